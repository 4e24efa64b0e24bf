"""Where the slices of a NIfTI volume lie, in DICOM's axes.

References
----------
nifti1.h: axes towards right, anterior, superior. DICOM PS3.3 C.7.6.2: towards left,
posterior, head.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from studies.model import Plane, Vector

_MILLIMETRES = {"mm": 1.0, "meter": 1000.0, "micron": 0.001}
_SMALLEST_MM, _LARGEST_MM = 1e-3, 100.0
_RIGHT_ANGLE = 0.01
# DICOM's letters of the axes x, y, z: forwards and backwards.
_LETTERS = (("L", "R"), ("P", "A"), ("H", "F"))
ODD_HEADER = (ValueError, TypeError, KeyError, ArithmeticError)
"""What nibabel raises on odd headers, besides its own HeaderDataError."""


class NiftiPlace:
    """Where the voxels lie: one plane a slice, in DICOM's axes, slices turned.

    Attributes
    ----------
    flip_rows, flip_columns
        Whether slices are turned to lie as they are expected.
    spacing_mm
        Rows first; None without millimetres that can be trusted.
    orientation
        As `ImageHeader.patient_orientation`.
    thickness_mm
        From slice to slice.
    """

    def __init__(self, header: Any, notices: list[str]) -> None:
        self.flip_rows = self.flip_columns = False
        self.spacing_mm: tuple[float, float] | None = None
        self.orientation: tuple[str, ...] = ()
        self.thickness_mm: float | None = None
        self._origin: NDArray[np.float64] | None = None
        steps = _steps(header, notices)
        if steps is None:
            return
        origin, across, down, along = steps
        self.spacing_mm = _spacing(across, down, notices)
        if not _has_place(header):
            notices.append("The header does not say how the volume lies")
            return
        if _is_oblique(across, down):
            notices.append("The axes are not at right angles: no millimetres")
            self.spacing_mm = None
            return
        columns, rows = int(header["dim"][1]), int(header["dim"][2])
        self.flip_columns = not _is_expected(across)
        self.flip_rows = not _is_expected(down)
        if self.flip_columns:
            origin, across = origin + (columns - 1) * across, -across
        if self.flip_rows:
            origin, down = origin + (rows - 1) * down, -down
        self._origin, self._along = origin, along
        self._across = across / np.linalg.norm(across)
        self._down = down / np.linalg.norm(down)
        self.thickness_mm = float(np.linalg.norm(along)) or None
        self.orientation = _letters(self._across), _letters(self._down)

    def plane(self, number: int) -> Plane | None:
        """Return where a slice lies, None where the header does not say."""
        if self._origin is None:
            return None
        position = self._origin + number * self._along
        return Plane(_vector(position), _vector(self._across), _vector(self._down))


def _steps(header: Any, notices: list[str]) -> NDArray[np.float64] | None:
    """Return origin and the steps along columns, rows, slices: (4, 3), mm, LPS."""
    from nibabel.spatialimages import HeaderDataError

    try:
        with np.errstate(all="ignore"):
            affine = np.asarray(header.get_best_affine(), float)
        unit = header.get_xyzt_units()[0]
    except (HeaderDataError, *ODD_HEADER):
        affine, unit = np.full((4, 4), np.nan), ""
    if not np.isfinite(affine).all():
        notices.append("The header does not say where the volume lies: px only")
        return None
    if unit not in _MILLIMETRES:
        notices.append("The header states no unit of length: taken as mm")
    to_lps = np.array([-1.0, -1.0, 1.0]) * _MILLIMETRES.get(unit, 1.0)
    steps = affine[:3].T * to_lps
    return np.stack([steps[3], steps[0], steps[1], steps[2]])


def _has_place(header: Any) -> bool:
    return int(header["sform_code"]) > 0 or int(header["qform_code"]) > 0


def _spacing(
    across: NDArray[np.float64], down: NDArray[np.float64], notices: list[str]
) -> tuple[float, float] | None:
    between_rows, between_columns = (
        float(np.linalg.norm(down)),
        float(np.linalg.norm(across)),
    )
    if all(_SMALLEST_MM <= mm <= _LARGEST_MM for mm in (between_rows, between_columns)):
        return between_rows, between_columns
    notices.append("The pixel spacing cannot be used: px only")
    return None


def _is_oblique(across: NDArray[np.float64], down: NDArray[np.float64]) -> bool:
    lengths = float(np.linalg.norm(across) * np.linalg.norm(down))
    return lengths == 0 or abs(float(across @ down)) / lengths > _RIGHT_ANGLE


def _is_expected(step: NDArray[np.float64]) -> bool:
    """Return whether a step leads to the left, the back or the feet."""
    axis = int(np.argmax(np.abs(step)))
    return bool(step[axis] < 0) if axis == 2 else bool(step[axis] > 0)


def _letters(direction: NDArray[np.float64]) -> str:
    """Name a direction; beyond its main axis those that hold a fifth of it."""
    order = sorted(range(3), key=lambda axis: -abs(direction[axis]))
    return "".join(
        _LETTERS[axis][int(direction[axis] < 0)]
        for axis in order
        if abs(direction[axis]) > 0.2
    )


def _vector(values: NDArray[np.float64]) -> Vector:
    return (
        float(values[0]) + 0.0,
        float(values[1]) + 0.0,
        float(values[2]) + 0.0,
    )  # no -0
