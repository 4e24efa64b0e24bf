"""Samples as they lie in the file -> stored values of an Image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studies.dicom_file import pydicom_errors
from studies.layout import PALETTE, PixelLayout
from studies.model import GrayscaleParameters, IntArray, UInt8Array

# JPEG's full-range YCbCr (ITU-T T.871), as PS3.3 C.7.6.3.1.2 has it for YBR_FULL.
_FROM_YBR = np.array(
    [[1.0, 0.0, 1.402], [1.0, -0.344136, -0.714136], [1.0, 1.772, 0.0]], np.float32
)
_WIDEST_RANGE = 1 << 24
_ROUNDED_BITS = 16


def masked(samples: IntArray, layout: PixelLayout) -> IntArray:
    """Cut samples to the bits stored and extend the sign of signed ones.

    Bits above High Bit may hold overlays or rubbish (PS3.5 8.1.1): 0xF7FF with
    12 bits stored is 0x7FF, that is 2047; 0x0800 signed is -2048.
    """
    stored, size = layout.bits_stored, samples.dtype.itemsize * 8
    shift = layout.high_bit - (stored - 1)
    unsigned = samples.astype(f"u{samples.dtype.itemsize}", copy=False)
    if stored >= size:
        signed_type = f"i{samples.dtype.itemsize}"
        is_signed = layout.pixel_representation == 1
        return unsigned.view(signed_type) if is_signed else unsigned
    if layout.pixel_representation == 0:
        return _masked_unsigned(unsigned, shift, stored)
    # Up to the top, then arithmetically down again: the sign bit comes along.
    lifted = unsigned << np.array(size - layout.high_bit - 1, unsigned.dtype)
    signed = lifted.view(f"i{samples.dtype.itemsize}")
    return np.asarray(signed >> np.array(size - stored, signed.dtype))


def to_rgb(samples: IntArray, layout: PixelLayout, photometric: str) -> UInt8Array:
    """Return (rows, columns, 3) uint8 RGB of a colour frame."""
    if layout.bits_stored > 8:
        samples = samples >> (layout.bits_stored - 8)
    if not photometric.startswith("YBR"):
        return np.ascontiguousarray(samples, np.uint8)
    centred = samples.astype(np.float32) - np.array([0, 128, 128], np.float32)
    rgb: UInt8Array = np.clip(np.rint(centred @ _FROM_YBR.T), 0, 255).astype(np.uint8)
    return rgb


def from_palette(indices: IntArray, layout: PixelLayout) -> UInt8Array:
    """Return the (rows, columns, 3) uint8 RGB of palette indices (C.7.6.3.1.5).

    Raises
    ------
    UnreadableFileError
        If the tables are damaged.
    """
    from pathlib import Path

    with pydicom_errors(Path("palette"), "reading the palette"):
        from pydicom.pixels.processing import apply_color_lut

        colours = np.asarray(apply_color_lut(indices, layout.palette))
    if colours.dtype.itemsize == 2:
        colours = colours >> 8 if colours.max() > 255 else colours
    return np.ascontiguousarray(colours[..., :3], np.uint8)


def is_palette(layout: PixelLayout) -> bool:
    """Return whether the samples are indices of a palette."""
    return layout.photometric_interpretation == PALETTE


def needs_rounding(stored: IntArray, params: GrayscaleParameters) -> bool:
    """Return whether the values span too much for a display table (2^24)."""
    if params.bits_stored <= _ROUNDED_BITS or params.modality_lut is not None:
        return False
    return int(stored.max()) - int(stored.min()) >= _WIDEST_RANGE


def rounding_shift(stored: IntArray) -> int:
    """Return by how many bits stored values must be shifted to fit into 16 bits.

    `stored` has any shape, but at least one value; the sign takes one of the bits.
    """
    span = max(abs(int(stored.max())), abs(int(stored.min())))
    return max(0, span.bit_length() - (_ROUNDED_BITS - 1))


def _masked_unsigned(
    samples: NDArray[np.unsignedinteger], shift: int, bits: int
) -> IntArray:
    mask = np.array((1 << bits) - 1, samples.dtype)
    if shift:
        samples = samples >> np.array(shift, samples.dtype)
    # Mostly nothing is there to be cut: then the samples stay uncopied.
    if samples.size and int(samples.max()) <= int(mask):
        return samples
    return np.asarray(samples & mask)
