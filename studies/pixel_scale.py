"""How long a pixel is, and what the values of an image are counted in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

from studies.model import ImageHeader, SpacingSource

Point: TypeAlias = tuple[float, float]
"""(row, column) from the outer corner of the first pixel, whose centre is
(0.5, 0.5)."""

STORED = "stored"
UNSPECIFIED = "US"
"""Rescale Type (0028,1054) for values that were rescaled into no known unit."""

_PROJECTIONS = frozenset({"CR", "DX", "MG", "RF", "XA", "PX", "IO", "RG"})


@dataclass(frozen=True, slots=True)
class PixelScale:
    """The size of a pixel, and the unit that may be written behind a length.

    Attributes
    ----------
    row, column
        Length of a step to the next row, and to the next column.
    unit
        "mm", "mm at detector" or "px", the width of a pixel. "mm at detector" is
        the size of the shadow on the detector: it is larger than the anatomy by the
        magnification of the beam, which is never guessed at and never corrected here.
    """

    row: float
    column: float
    unit: str

    @property
    def area_unit(self) -> str:
        """Unit of an area: "mm2", "mm2 at detector" or "px2"."""
        length, _, rest = self.unit.partition(" ")
        return f"{length}2 {rest}".strip()

    def way(self, start: Point, end: Point) -> tuple[float, float]:
        """Return the way from one point to another, (down, right), in the unit."""
        return (end[0] - start[0]) * self.row, (end[1] - start[1]) * self.column

    def distance(self, start: Point, end: Point) -> float:
        """Return the length of the straight line between two points."""
        return math.hypot(*self.way(start, end))


def pixel_scale(header: ImageHeader) -> PixelScale:
    """Return the scale of an image: millimetres only where the header gives them.

    Without millimetres Pixel Aspect Ratio (0028,0034) still says how much higher
    than wide a pixel is, so that angles and ratios are true.

    References
    ----------
    DICOM PS3.3 10.7.1.1 and 10.7.1.3: Pixel Spacing (0028,0030) is meant in the
    patient, Imager Pixel Spacing (0018,1164) at the detector; the first value is
    the distance of the rows.
    """
    if header.spacing_mm is None:
        return PixelScale(header.pixel_aspect, 1.0, "px")
    at_detector = header.spacing_source is SpacingSource.IMAGER_PIXEL_SPACING
    return PixelScale(*header.spacing_mm, "mm at detector" if at_detector else "mm")


def scale_notices(header: ImageHeader, *, angle: bool = False) -> tuple[str, ...]:
    """Say what a length, or an `angle`, on this image does not tell.

    The Pixel Spacing of a projection holds at one depth in the patient at most, and
    where it stands alone "it cannot be determined whether or not correction or
    calibration have been performed" (PS3.3 10.7.1.1).
    """
    if header.spacing_mm is None:
        square = header.pixel_aspect == 1.0
        told = "No pixel spacing: pixels taken as square"
        return (told,) if angle and square else ()
    if angle:
        return ()
    if header.spacing_source is SpacingSource.IMAGER_PIXEL_SPACING:
        return ("At the detector: magnification is not corrected",)
    if header.modality in _PROJECTIONS:
        return ("Projection: true at the depth that was calibrated, if one was",)
    return ()


def value_unit(header: ImageHeader, *, colour: bool = False) -> str:
    """Return the unit of the modality values: "HU", the Rescale Type, or "stored".

    A CT without a Rescale Type is in Hounsfield units, for the CT Image Module
    wants the type where it is anything else (PS3.3 C.8.2.1.1); not so unsigned
    values without any rescale, which could not be those of air. "US" stands for
    values that were rescaled into no stated unit, "stored" for values as the file
    holds them.
    """
    params = header.grayscale
    if colour:
        return STORED
    if params.rescale_type:
        return params.rescale_type
    if params.modality_lut is not None:
        return UNSPECIFIED
    rescaled = (params.rescale_slope, params.rescale_intercept) != (1.0, 0.0)
    if header.modality == "CT" and (rescaled or params.pixel_representation == 1):
        return "HU"
    return UNSPECIFIED if rescaled else STORED
