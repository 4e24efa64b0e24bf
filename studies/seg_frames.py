"""The frames of a segmentation: their pixels, and which images they lie on."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from studies.deflated import DEFLATED
from studies.elements import Elements
from studies.errors import UnsupportedImageError
from studies.functional_groups import FunctionalGroups
from studies.mark_geometry import (
    PlacedImage,
    PlacedImages,
    coincide,
    grid_map,
    is_same_grid,
    place,
)
from studies.mark_model import Float64Array
from studies.mark_sources import StudyImages
from studies.model import ImageHeader, IntArray, UInt8Array
from studies.native import read_native_frame
from studies.reader import read_image
from studies.record import ImageRecord
from studies.source import device_errors, open_source
from studies.stored_values import is_palette, masked

NO_IMAGE = "lie on no image of this study"
ABSENT = "are of images that are not in this study"
AMBIGUOUS = "are of several images, and where they lie is not said"
OTHER_GRID = "have another grid than their image, and where they lie is not said"


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """An image that a frame is drawn over, and how to get there.

    `matrix` maps the frame's (column, row) to the image's, or None where the
    pixels are the same.
    """

    header: ImageHeader
    matrix: Float64Array | None = None

    def resample(self, values: UInt8Array, *, smooth: bool) -> UInt8Array:
        """Return a frame of 0 to 255 on the image's pixels.

        Parameters
        ----------
        values : (rows, columns)
            Of the frame.
        smooth
            Interpolate between pixels, as suits shares; else take the nearest one.

        Returns
        -------
        (rows, columns)
            Of the image; 0 where the frame does not reach.
        """
        if self.matrix is None:
            return values
        size = (self.header.columns, self.header.rows)
        flags = cv2.INTER_LINEAR if smooth else cv2.INTER_NEAREST
        return np.asarray(
            cv2.warpAffine(values, self.matrix, size, flags=flags), np.uint8
        )


class SegFrames:
    """Finds for each frame its pixels, its segment and its images."""

    def __init__(
        self, elements: Elements, record: ImageRecord, images: StudyImages
    ) -> None:
        self._record = record
        self._macros = FunctionalGroups(elements, len(record.headers))
        self._root = elements
        self._images = images
        self._placed = PlacedImages(images.headers)

    def __len__(self) -> int:
        return len(self._record.headers)

    def segment_number(self, frame: int) -> int | None:
        """Return Referenced Segment Number (0062,000B) of a frame."""
        item = self._macros.find(frame, "SegmentIdentificationSequence")
        return item.integer("ReferencedSegmentNumber")

    def values(self, frame: int) -> IntArray:
        """Return a frame's stored values, (rows, columns); a palette is not applied.

        Raises
        ------
        UnreadableFileError, UnsupportedImageError
            As `reader.read_image`; also for a compressed palette image.
        """
        header, layout = self._record.headers[frame], self._record.layout
        if layout is None or not is_palette(layout):
            stored = read_image(header).stored
            if stored.ndim != 2:
                raise UnsupportedImageError(header.path.name, "colours", "grey levels")
            return stored
        if layout.is_compressed or layout.transfer_syntax_uid == DEFLATED:
            raise UnsupportedImageError(
                header.path.name, "a compressed palette", "an uncompressed one"
            )
        with device_errors(header.path), open_source(header.path) as stream:
            samples = read_native_frame(header.path, stream, layout, frame)
        return masked(samples, layout)

    def targets(self, frame: int) -> tuple[list[Target], str]:
        """Return the images a frame is drawn over, else why there is none.

        Those it was made from come first (by UID and frame); where the frame's
        place in the patient is known they must agree with it. Where none is
        named or here, all images of its frame of reference that it lies on.
        """
        named = self._sources(frame)
        found = [h for item in named for h in self._images.referenced(item)]
        header = self._record.headers[frame]
        grid = place(header)
        if grid is None:
            return self._by_matrix(header, found, named=bool(named))
        candidates = [p for p in map(self._placed.find, found) if p is not None]
        candidates = [p for p in candidates if _share_frame(p, grid)]
        hits = [image for image in candidates if coincide(grid, image)]
        if not hits:
            uid = header.frame_of_reference_uid
            middle = grid.to_patient(header.rows / 2, header.columns / 2)
            others = self._placed.near(uid, middle[None, :])
            hits = [image for image in others if coincide(grid, image)]
        if hits:
            return [_target(grid, image) for image in hits], ""
        if not candidates and found:
            return self._by_matrix(header, found, named=True)
        return [], ABSENT if named and not found else NO_IMAGE

    def _by_matrix(
        self, header: ImageHeader, found: list[ImageHeader], *, named: bool
    ) -> tuple[list[Target], str]:
        """Draw over the one named image whose rows and columns are the frame's own."""
        size = (header.rows, header.columns)
        one = {(h.sop_instance_uid, h.frame): h for h in found}
        if len(one) > 1:
            return [], AMBIGUOUS
        for image in one.values():
            if (image.rows, image.columns) == size:
                return [Target(image)], ""
            return [], OTHER_GRID
        return [], ABSENT if named else NO_IMAGE

    def _sources(self, frame: int) -> tuple[Elements, ...]:
        """Return the references to the images a frame was made from.

        Of the frame, else shared by all; a file of one frame may have them in
        the data set itself.
        """
        item = self._macros.find(frame, "DerivationImageSequence")
        return item.items("SourceImageSequence")


def _share_frame(image: PlacedImage, grid: PlacedImage) -> bool:
    """Whether positions of both count from one origin, as far as they say."""
    a = image.header.frame_of_reference_uid
    b = grid.header.frame_of_reference_uid
    return not a or not b or a == b


def _target(grid: PlacedImage, image: PlacedImage) -> Target:
    if is_same_grid(grid, image):
        return Target(image.header)
    return Target(image.header, grid_map(grid, image))
