"""The true planes of the patient and the grid on which they are shown."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from studies.model import Plane, Vector

FloatArray = NDArray[np.float64]

# No side of a plane has more pixels than this; they grow before it does.
_MOST_PIXELS = 2048
# A last pixel or plane that would stick out by less than this is left out.
_ROUNDING = 1e-6


class PlaneKind(StrEnum):
    """A plane of the patient's axes, whatever the acquisition's."""

    AXIAL = "axial"
    CORONAL = "coronal"
    SAGITTAL = "sagittal"


@dataclass(frozen=True, slots=True)
class Axes:
    """Along which axis of the patient (x, y, z) and which way each step goes."""

    index: tuple[int, int]
    row: tuple[int, int]  # towards the right edge of the image
    column: tuple[int, int]  # towards its bottom edge


# The radiological convention: the patient's right at the left of the screen, the
# head or the front at the top; a sagittal plane has the front at the left. The
# planes follow each other as `studies.places` sorts slices.
AXES = {
    PlaneKind.AXIAL: Axes(index=(2, -1), row=(0, 1), column=(1, 1)),
    PlaneKind.CORONAL: Axes(index=(1, 1), row=(0, 1), column=(2, -1)),
    PlaneKind.SAGITTAL: Axes(index=(0, 1), row=(1, 1), column=(2, -1)),
}


@dataclass(frozen=True, slots=True)
class PlaneGrid:
    """Planes of one kind through a box in the patient, in mm.

    Attributes
    ----------
    low, high
        Corners of the box, its faces the outer faces of the voxels.
    pixel_mm
        Side of a square pixel.
    step_mm
        Distance from plane to plane.
    """

    kind: PlaneKind
    low: Vector
    high: Vector
    pixel_mm: float
    step_mm: float

    @property
    def axes(self) -> Axes:
        """Which way the planes, their rows and their columns go."""
        return AXES[self.kind]

    @property
    def count(self) -> int:
        """How many planes there are; the first lies half a step inside the box."""
        return max(round(self._extent(self.axes.index[0]) / self.step_mm), 1)

    @property
    def rows(self) -> int:
        """Rows of a plane, so many that the box is covered."""
        return self._pixels(self.axes.column[0])

    @property
    def columns(self) -> int:
        """Columns of a plane."""
        return self._pixels(self.axes.row[0])

    def point(self, index: float, row: float, column: float) -> Vector:
        """Return where a place lies in the patient.

        `row` and `column` count from the outer corner of the first pixel: its
        centre is (0.5, 0.5).
        """
        axes, found = self.axes, [0.0, 0.0, 0.0]
        for (axis, way), distance in (
            (axes.index, (index + 0.5) * self.step_mm),
            (axes.column, row * self.pixel_mm),
            (axes.row, column * self.pixel_mm),
        ):
            found[axis] = self._start(axis, way) + way * distance
        return found[0], found[1], found[2]

    def place(self, point_mm: Vector) -> tuple[float, float, float]:
        """Return (index, row, column) of a point: the inverse of `point`."""
        axes = self.axes
        index, row, column = (
            way * (point_mm[axis] - self._start(axis, way))
            for axis, way in (axes.index, axes.column, axes.row)
        )
        return (
            index / self.step_mm - 0.5,
            row / self.pixel_mm,
            column / self.pixel_mm,
        )

    def plane(self, index: float) -> Plane:
        """Return where a plane lies, as a header says it."""
        position = self.point(index, 0.5, 0.5)
        return Plane(position, _vector(*self.axes.row), _vector(*self.axes.column))

    def _start(self, axis: int, way: int) -> float:
        return self.low[axis] if way > 0 else self.high[axis]

    def _extent(self, axis: int) -> float:
        return self.high[axis] - self.low[axis]

    def _pixels(self, axis: int) -> int:
        return max(math.ceil(self._extent(axis) / self.pixel_mm - _ROUNDING), 1)


def plane_grids(
    affine: FloatArray, shape: tuple[int, ...]
) -> dict[PlaneKind, PlaneGrid]:
    """Return the grids of a volume.

    Pixels are as small as the smallest side of a voxel. From plane to plane it is
    one voxel along the voxel axis nearest to that axis of the patient.

    Parameters
    ----------
    affine : (4, 4)
        Voxel index to mm; see `studies.volume.Volume`.
    shape
        Voxels along each index.
    """
    low, high = _box(affine, shape)
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    nearest = np.argmax(np.abs(affine[:3, :3] / spacing), axis=1)
    pixel = max(float(spacing.min()), max(high - low) / _MOST_PIXELS)
    return {
        kind: PlaneGrid(
            kind,
            _triple(low),
            _triple(high),
            pixel,
            float(spacing[nearest[axes.index[0]]]),
        )
        for kind, axes in AXES.items()
    }


def _box(affine: FloatArray, shape: tuple[int, ...]) -> tuple[FloatArray, FloatArray]:
    ends = [(-0.5, size - 0.5) for size in shape]
    corners = np.array([(s, r, c) for s in ends[0] for r in ends[1] for c in ends[2]])
    points = corners @ affine[:3, :3].T + affine[:3, 3]
    return points.min(axis=0), points.max(axis=0)


def _triple(array: FloatArray) -> Vector:
    return float(array[0]), float(array[1]), float(array[2])


def _vector(axis: int, way: int) -> Vector:
    vector = [0.0, 0.0, 0.0]
    vector[axis] = float(way)
    return vector[0], vector[1], vector[2]
