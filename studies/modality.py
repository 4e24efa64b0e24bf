"""Stored values -> modality values (DICOM PS3.3 C.11.1), and where padding is."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from studies.errors import UnsupportedImageError
from studies.model import Float32Array, GrayscaleParameters, IntArray, LookupTable


def to_modality_values(
    stored: IntArray, slope: float, intercept: float
) -> Float32Array:
    """Apply the rescale of the Modality LUT.

    Parameters
    ----------
    stored : (rows, columns)
        Stored values.
    slope, intercept
        Rescale Slope (0028,1053), Rescale Intercept (0028,1052).

    Returns
    -------
    (rows, columns)
        Hounsfield units for CT; no fixed unit for CR and DX.

    Raises
    ------
    UnsupportedImageError
        If slope is zero, or either is not finite.

    References
    ----------
    DICOM PS3.3 C.11.1.
    """
    if slope == 0 or not math.isfinite(slope):
        raise UnsupportedImageError(
            "Rescale Slope (0028,1053)", f"{slope:g}", "a finite number, not zero"
        )
    if not math.isfinite(intercept):
        raise UnsupportedImageError(
            "Rescale Intercept (0028,1052)", f"{intercept:g}", "a finite number"
        )
    # In float64 first: a 16-bit value times a slope may need more than 24 bits.
    return (stored * np.float64(slope) + np.float64(intercept)).astype(np.float32)


def apply_modality(stored: IntArray, params: GrayscaleParameters) -> Float32Array:
    """Apply the Modality LUT (0028,3000) if there is one, else the rescale.

    Parameters
    ----------
    stored
        Stored values, of any shape.

    Returns
    -------
    The same shape
        Hounsfield units for CT; no fixed unit for CR and DX.

    Raises
    ------
    UnsupportedImageError
        If the rescale is unusable.

    References
    ----------
    DICOM PS3.3 C.11.1: the two exclude each other.
    """
    if params.modality_lut is None:
        return to_modality_values(
            stored, params.rescale_slope, params.rescale_intercept
        )
    return look_up(stored.astype(np.int64), params.modality_lut).astype(np.float32)


def look_up(values: NDArray[np.int64], lut: LookupTable) -> NDArray[np.int64]:
    """Return the entry of each value, in the shape of `values`.

    Values outside get the first or the last entry (PS3.3 C.11.1.1.1, C.11.2.1.1).
    """
    entries = np.asarray(lut.entries, np.int64)
    return entries[np.clip(values - lut.first_mapped, 0, len(entries) - 1)]


def padding_mask(stored: IntArray, params: GrayscaleParameters) -> NDArray[np.bool_]:
    """Return where stored values, of any shape, are padding and not image.

    References
    ----------
    DICOM PS3.3 C.7.5.1.1.2.
    """
    if params.padding is None:
        return np.zeros(stored.shape, bool)
    low, high = params.padding
    return np.asarray((stored >= low) & (stored <= high))
