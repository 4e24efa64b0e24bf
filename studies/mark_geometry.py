"""Points and planes in the patient -> (row, column) of the images they lie on."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from studies.mark_model import Float64Array
from studies.model import ImageHeader, Plane, SpacingSource

# Where neither neighbours nor the header say how thick a slice is.
_HALF_UNKNOWN_MM = 0.5
_SAME_DIRECTION = 1e-3  # about 2.5 degrees: 1 - cos
_ROUNDING_MM = 1e-2


@dataclass(frozen=True, slots=True, eq=False)
class PlacedImage:
    """An image and where it lies: unit vectors, mm.

    `half_mm` is half the distance to the next slice, else half the thickness:
    what lies within it belongs to this image.
    """

    header: ImageHeader
    position: Float64Array
    row: Float64Array
    column: Float64Array
    normal: Float64Array
    spacing: tuple[float, float]
    half_mm: float

    def project(self, points: Float64Array) -> tuple[Float64Array, Float64Array]:
        """Return image (row, column), (n, 2), and distance from the plane in mm, (n,).

        Parameters
        ----------
        points : (n, 3)
            In the patient, mm.

        References
        ----------
        DICOM PS3.3 C.7.6.2.1.1, whose indices count from pixel centres; here
        half a pixel is added, for ours count from the outer corner.
        """
        offset = points - self.position
        rows = offset @ self.column / self.spacing[0] + 0.5
        columns = offset @ self.row / self.spacing[1] + 0.5
        return np.stack([rows, columns], axis=1), offset @ self.normal

    def to_patient(self, row: float, column: float) -> Float64Array:
        """Return where an image position lies in the patient, (3,) in mm.

        `row` and `column` count from the outer corner of the first pixel, so that
        (0.5, 0.5) lies at Image Position (Patient) (0020,0032).
        """
        down = (row - 0.5) * self.spacing[0] * self.column
        along = (column - 0.5) * self.spacing[1] * self.row
        return np.asarray(self.position + down + along, np.float64)

    def holds(self, distances: Float64Array) -> bool:
        """Return whether all distances from the plane, (n,) in mm, are in the slice.

        That is, none is longer than half a slice.
        """
        return bool(np.abs(distances).max() <= self.half_mm + _ROUNDING_MM)


def place(header: ImageHeader, half_mm: float = _HALF_UNKNOWN_MM) -> PlacedImage | None:
    """Return an image with its geometry, or None where the header's is unusable."""
    spacing = header.spacing_mm
    if header.plane is None or spacing is None:
        return None
    if header.spacing_source is not SpacingSource.PIXEL_SPACING:
        return None
    axes = _axes(header.plane)
    if axes is None:
        return None
    row, column = axes
    position = np.array(header.plane.position, np.float64)
    return PlacedImage(
        header, position, row, column, np.cross(row, column), spacing, half_mm
    )


def _axes(plane: Plane) -> tuple[Float64Array, Float64Array] | None:
    """Return unit vectors at right angles, or None if the header's are neither."""
    row, column = np.array(plane.row), np.array(plane.column)
    lengths = float(np.linalg.norm(row)), float(np.linalg.norm(column))
    if any(abs(length - 1.0) > 0.01 for length in lengths):
        return None
    row, column = row / lengths[0], column / lengths[1]
    return None if abs(float(row @ column)) > 0.01 else (row, column)


class PlacedImages:
    """All images of a study that have a place in the patient."""

    def __init__(self, headers: tuple[ImageHeader, ...]) -> None:
        self._headers = headers
        self._cached: dict[str, tuple[Float64Array, Float64Array, Float64Array]] = {}

    @cached_property
    def _by_frame_of_reference(self) -> dict[str, list[PlacedImage]]:
        stacks: dict[tuple[str, str, tuple[float, ...]], list[PlacedImage]]
        stacks = defaultdict(list)
        for header in self._headers:
            placed = place(header)
            if placed is not None and header.frame_of_reference_uid:
                direction = tuple(round(float(v), 2) + 0.0 for v in placed.normal)
                uid = header.frame_of_reference_uid
                stacks[uid, header.series_instance_uid, direction].append(placed)
        found: dict[str, list[PlacedImage]] = defaultdict(list)
        for (uid, _series, _direction), stack in stacks.items():
            half = _half_slice(stack)
            found[uid] += [replace(image, half_mm=half) for image in stack]
        return found

    @cached_property
    def _by_key(self) -> dict[tuple[str, int], PlacedImage]:
        return {
            (image.header.sop_instance_uid, image.header.frame): image
            for images in self._by_frame_of_reference.values()
            for image in images
        }

    def in_frame_of_reference(self, uid: str) -> list[PlacedImage]:
        """Return the images of a frame of reference (0020,0052)."""
        return self._by_frame_of_reference.get(uid, []) if uid else []

    def near(self, uid: str, points: Float64Array) -> list[PlacedImage]:
        """Return the images of a frame of reference that hold all the points.

        Parameters
        ----------
        points : (n, 3)
            In the patient, mm.
        """
        images = self.in_frame_of_reference(uid)
        if not images:
            return []
        normals, heights, halves = self._arrays(uid)
        # The extremes along a normal are those of the box about the points.
        low, high = points.min(axis=0), points.max(axis=0)
        middle, reach = (low + high) / 2, (high - low) / 2
        far = np.abs(normals @ middle - heights) - np.abs(normals) @ reach
        maybe = np.flatnonzero(far <= halves + _ROUNDING_MM)
        chosen = (images[index] for index in maybe)
        return [image for image in chosen if image.holds(image.project(points)[1])]

    def _arrays(self, uid: str) -> tuple[Float64Array, Float64Array, Float64Array]:
        """Return normals, heights along them and half slices of the images."""
        if uid not in self._cached:
            images = self._by_frame_of_reference[uid]
            normals = np.array([image.normal for image in images])
            heights = np.array([image.normal @ image.position for image in images])
            halves = np.array([image.half_mm for image in images])
            self._cached[uid] = normals, heights, halves
        return self._cached[uid]

    def find(self, header: ImageHeader) -> PlacedImage | None:
        """Return an image's place, or None if it has none."""
        return self._by_key.get((header.sop_instance_uid, header.frame))


def _half_slice(stack: list[PlacedImage]) -> float:
    """Return half of the usual distance of neighbours, else of the thickness."""
    heights = np.unique(
        [round(float(image.position @ stack[0].normal), 3) for image in stack]
    )
    if len(heights) > 1:
        return float(np.median(np.diff(heights))) / 2
    thickness = stack[0].header.slice_thickness_mm
    return _HALF_UNKNOWN_MM if thickness is None else thickness / 2


def coincide(one: PlacedImage, image: PlacedImage) -> bool:
    """Return whether a plane is parallel to an image and within half a slice of it."""
    if 1.0 - abs(float(one.normal @ image.normal)) > _SAME_DIRECTION:
        return False
    header = one.header
    middle = one.to_patient(header.rows / 2, header.columns / 2)
    return image.holds(image.project(middle[None, :])[1])


def grid_map(one: PlacedImage, image: PlacedImage) -> Float64Array:
    """Return the (2, 3) map from a grid's (column, row) to an image's.

    Both count from the *centre* of the first pixel, as OpenCV wants it.
    """
    corners = np.array(
        [one.to_patient(0.5, 0.5), one.to_patient(0.5, 1.5), one.to_patient(1.5, 0.5)]
    )
    found, _ = image.project(corners)
    origin, along, down = found[:, ::-1] - 0.5
    return np.stack([along - origin, down - origin, origin], axis=1)


def is_same_grid(one: PlacedImage, image: PlacedImage) -> bool:
    """Return whether the pixels of a grid are those of an image, to 1/20 pixel."""
    a, b = one.header, image.header
    if (a.rows, a.columns) != (b.rows, b.columns):
        return False
    wanted = np.array([[0, 0], [a.rows, 0], [0, a.columns]])
    found, _ = image.project(np.array([one.to_patient(*corner) for corner in wanted]))
    return bool(np.abs(found - wanted).max() <= 0.05)
