"""Millimetres, directions and sides of a header."""

from __future__ import annotations

import math
from dataclasses import dataclass

from studies.elements import Elements
from studies.model import Plane, SpacingSource, Vector

# Beyond these a pixel is no pixel of a patient: 1 micrometre to 10 centimetres.
_SMALLEST_MM, _LARGEST_MM = 1e-3, 100.0
_MEASURED_MODALITIES = ("CR", "DX", "MG", "CT", "MR", "RF", "XA", "PX", "IO", "PT")
_LETTERS = set("APLRHF")


@dataclass(frozen=True, slots=True)
class Spacing:
    """Millimetres of a pixel, rows first, and where they come from."""

    millimetres: tuple[float, float] | None
    source: SpacingSource


def read_spacing(elements: Elements, measures: Elements, modality: str) -> Spacing:
    """Return the pixel spacing that can be trusted, with a notice if there is none.

    Pixel Spacing first; else Imager Pixel Spacing, which is measured at the
    detector and not in the patient. Where the two are the same, nothing was
    corrected for magnification: then both are at the detector (PS3.3 10.7.1.1).
    """
    pixel = _pair(measures, "PixelSpacing")
    imager = _pair(elements, "ImagerPixelSpacing")
    if pixel is not None:
        if imager is not None and _agree(pixel, imager):
            return Spacing(pixel, SpacingSource.IMAGER_PIXEL_SPACING)
        if imager is not None:
            elements.note("Pixel Spacing and Imager Pixel Spacing differ")
        return Spacing(pixel, SpacingSource.PIXEL_SPACING)
    if imager is not None:
        return Spacing(imager, SpacingSource.IMAGER_PIXEL_SPACING)
    told = any("PixelSpacing is" in notice for notice in elements.notices)
    if modality in _MEASURED_MODALITIES and not told:
        elements.note("No pixel spacing: px only")
    return Spacing(None, SpacingSource.NONE)


def read_patient_orientation(elements: Elements, plane: Elements) -> tuple[str, ...]:
    """Return Patient Orientation, else what the plane's cosines say of it.

    Values other than combinations of A, P, L, R, H and F are told and left out.
    """
    found = tuple(text.upper() for text in elements.texts("PatientOrientation"))
    if not any(found):
        return _from_cosines(plane)
    if len(found) == 2 and all(t and set(t) <= _LETTERS for t in found):
        return found
    elements.note("Patient Orientation cannot be read: no side letters")
    return ()


def read_plane(plane_position: Elements, orientation: Elements) -> Plane | None:
    """Return where the image lies, or None if the header does not say."""
    position = plane_position.numbers("ImagePositionPatient")
    cosines = _cosines(orientation)
    if len(position) != 3 or cosines is None or not all(map(math.isfinite, position)):
        return None
    return Plane((position[0], position[1], position[2]), *cosines)


def _pair(elements: Elements, keyword: str) -> tuple[float, float] | None:
    values = elements.numbers(keyword)
    if not values:
        return None
    if len(values) == 2 and all(_SMALLEST_MM <= v <= _LARGEST_MM for v in values):
        return values[0], values[1]
    told = ", ".join(f"{value:g}" for value in values[:4])
    elements.note(f"{keyword} is {told} mm: not used")
    return None


def _agree(one: tuple[float, float], other: tuple[float, float]) -> bool:
    pairs = zip(one, other, strict=True)
    return all(math.isclose(a, b, rel_tol=0.01) for a, b in pairs)


def _cosines(plane: Elements) -> tuple[Vector, Vector] | None:
    values = plane.numbers("ImageOrientationPatient")
    if len(values) != 6 or not all(map(math.isfinite, values)):
        return None
    return (values[0], values[1], values[2]), (values[3], values[4], values[5])


def _from_cosines(plane: Elements) -> tuple[str, ...]:
    """Name the rows' and columns' main directions; x is L, y is P, z is H."""
    cosines = _cosines(plane)
    if cosines is None:
        return ()
    return tuple(_letters(vector) for vector in cosines)


def _letters(vector: Vector) -> str:
    names = (("L", "R"), ("P", "A"), ("H", "F"))
    order = sorted(range(3), key=lambda axis: -abs(vector[axis]))
    # A direction counts if it holds more than a fifth: an oblique plane has two.
    kept = [axis for axis in order if abs(vector[axis]) > 0.2]
    return "".join(names[axis][vector[axis] < 0] for axis in kept)
