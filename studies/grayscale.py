"""Stored values -> modality values -> display values (DICOM PS3.3 C.11).

*Stored* is what the file holds, *modality* what the Modality LUT or rescale
makes of it, *display* what the screen shows, 0 (black) to 1 (white), bone bright.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from studies.auto_window import EIGHT_BIT_WINDOW, window_of_pixels
from studies.errors import UnsupportedImageError
from studies.modality import apply_modality as apply_modality
from studies.modality import look_up, padding_mask
from studies.modality import to_modality_values as to_modality_values
from studies.model import (
    Float32Array,
    GrayscaleParameters,
    Image,
    IntArray,
    LookupTable,
    UInt8Array,
    VoiFunction,
    Window,
)

Voi: TypeAlias = Window | LookupTable

_COLOUR = GrayscaleParameters("RGB", bits_stored=8, pixel_representation=0)
_LARGEST_TABLE = 1 << 24


@dataclass(frozen=True, slots=True)
class DisplayTable:
    """Display value of each stored value, as 8-bit grey.

    ``values[stored - first_stored]`` is the grey of `stored`; `values` is
    read-only and covers every value the image can hold.
    """

    values: UInt8Array
    first_stored: int


def apply_window(modality: Float32Array, window: Window) -> Float32Array:
    """Map modality values to 0 to 1 by a window of any VOI LUT Function.

    References
    ----------
    DICOM PS3.3 C.11.2.1.2 (LINEAR), C.11.2.1.3.1 (SIGMOID), C.11.2.1.3.2
    (LINEAR_EXACT).
    """
    x = modality.astype(np.float64)
    center, width = window.center, window.width
    if window.function is VoiFunction.SIGMOID:
        exponent = np.clip(-4.0 * (x - center) / width, -700.0, 700.0)
        return (1.0 / (1.0 + np.exp(exponent))).astype(np.float32)
    if window.function is VoiFunction.LINEAR_EXACT:
        return np.clip((x - center) / width + 0.5, 0.0, 1.0).astype(np.float32)
    if width <= 1:
        # LINEAR of width 1 is a step: black up to and including center - 0.5.
        return (x > center - 0.5).astype(np.float32)
    ramp = (x - (center - 0.5)) / (width - 1.0) + 0.5
    return np.clip(ramp, 0.0, 1.0).astype(np.float32)


def apply_voi_lut(modality: Float32Array, lut: LookupTable) -> Float32Array:
    """Map modality values to 0 to 1 by an item of the VOI LUT Sequence.

    Values below the first mapped get the first entry, values beyond the last
    the last; 1 is the largest value of the table's bits.

    References
    ----------
    DICOM PS3.3 C.11.2.1.1.
    """
    entries = look_up(np.rint(modality).astype(np.int64), lut)
    return (entries / float((1 << lut.bits) - 1)).astype(np.float32)


def voi_choices(image: Image) -> tuple[Voi, ...]:
    """Return the VOI LUTs and windows of the header, else one from the pixels.

    PS3.3 C.11.2.1 lets a viewer choose among them; the LUTs come first, for
    they say more. There is always at least one.
    """
    params = image.header.grayscale
    if image.stored.ndim == 3:
        return (EIGHT_BIT_WINDOW,)
    return (*params.voi_luts, *params.windows) or (window_of_pixels(image),)


def default_voi(image: Image) -> Voi:
    """Return the first of `voi_choices`."""
    return voi_choices(image)[0]


def to_display(
    image: Image, voi: Voi | None = None, *, inverted: bool = False
) -> Float32Array:
    """Return display values, (rows, columns), 0 (black) to 1 (white), bone bright.

    MONOCHROME1 is inverted (its smallest value is white); padding is black
    whatever the inversion; colour becomes its luminance (ITU-R BT.601).

    Raises
    ------
    UnsupportedImageError
        If the header's rescale is unusable.
    """
    voi = voi or default_voi(image)
    stored = image.stored
    if stored.ndim == 3:
        stored = np.rint(stored @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)
    first, last = _bounds(image)
    params = _parameters(image)
    if last - first >= _LARGEST_TABLE:
        return _display_of(stored, params, voi, inverted)
    values = np.arange(first, last + 1, dtype=np.int64)
    table = _display_of(values, params, voi, inverted)
    return np.take(table, stored if first == 0 else stored.astype(np.int64) - first)


def display_table(image: Image, voi: Voi, *, inverted: bool = False) -> DisplayTable:
    """Return the 8-bit grey of every stored value: `to_display` to within 1/255.

    For a colour image the table serves each of the three channels.

    Raises
    ------
    UnsupportedImageError
        If the header's rescale is unusable, or more than 2^24 values would
        need an entry (`reader.read_image` rounds such images first).
    """
    first, last = _bounds(image)
    if last - first >= _LARGEST_TABLE:
        raise UnsupportedImageError(
            "stored values", f"a range of {last - first + 1}", f"{_LARGEST_TABLE}"
        )
    values = np.arange(first, last + 1, dtype=np.int64)
    display = _display_of(values, _parameters(image), voi, inverted)
    grey = np.rint(display * 255.0).astype(np.uint8)
    grey.setflags(write=False)
    return DisplayTable(grey, first)


def _display_of(
    stored: IntArray, params: GrayscaleParameters, voi: Voi, inverted: bool
) -> Float32Array:
    modality = apply_modality(stored, params)
    if isinstance(voi, Window):
        shown = apply_window(modality, voi)
    else:
        shown = apply_voi_lut(modality, voi)
    if (params.photometric_interpretation == "MONOCHROME1") is not inverted:
        shown = np.float32(1.0) - shown
    shown[padding_mask(stored, params)] = 0.0
    return shown


def _parameters(image: Image) -> GrayscaleParameters:
    """Return the header's parameters; those of grey levels mean nothing for RGB."""
    return _COLOUR if image.stored.ndim == 3 else image.header.grayscale


def _bounds(image: Image) -> tuple[int, int]:
    """Return the smallest and largest value a table must cover."""
    params = image.header.grayscale
    if image.stored.ndim == 3:
        return 0, 255
    if params.bits_stored > 16:
        return int(image.stored.min()), int(image.stored.max())
    if params.pixel_representation == 1:
        half = 1 << (params.bits_stored - 1)
        return -half, half - 1
    return 0, (1 << params.bits_stored) - 1
