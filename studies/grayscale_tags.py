"""The grayscale parameters of a header; unusable ones are refused here."""

from __future__ import annotations

import math
import struct

from studies.elements import Elements
from studies.errors import UnsupportedImageError
from studies.model import GrayscaleParameters, LookupTable, VoiFunction, Window

# A window this wide or this far out shows nothing; 32-bit images stay below.
_LARGEST_WINDOW = float(1 << 33)


def read_grayscale(
    elements: Elements, modality: Elements, voi: Elements
) -> GrayscaleParameters:
    """Read what stands between stored and display values.

    Parameters
    ----------
    elements
        The image's data set.
    modality, voi
        Where rescale and windows stand: the data set itself, or an item of the
        frame's functional groups (PS3.3 C.7.6.16.2.9, C.7.6.16.2.10).

    Raises
    ------
    UnsupportedImageError
        If the rescale or the Modality LUT is unusable: the values would be wrong.
    """
    representation = elements.integer("PixelRepresentation") or 0
    bits = elements.integer("BitsStored") or elements.integer("BitsAllocated") or 8
    slope, intercept = _rescale(modality)
    return GrayscaleParameters(
        photometric_interpretation=elements.text("PhotometricInterpretation").upper(),
        bits_stored=bits,
        pixel_representation=representation,
        rescale_slope=slope,
        rescale_intercept=intercept,
        rescale_type=modality.text("RescaleType"),
        modality_lut=_modality_lut(modality, representation == 1),
        windows=_windows(voi),
        voi_luts=_voi_luts(voi, slope, intercept, representation == 1),
        padding=_padding(elements, representation, bits),
    )


def _rescale(elements: Elements) -> tuple[float, float]:
    """Return slope and intercept; 1 and 0 where the header has none."""
    slope = _required_number(elements, "RescaleSlope", 1.0)
    if slope == 0:
        raise UnsupportedImageError(
            "Rescale Slope (0028,1053)", "0", "a finite number, not zero"
        )
    return slope, _required_number(elements, "RescaleIntercept", 0.0)


def _required_number(elements: Elements, keyword: str, absent: float) -> float:
    if not elements.has(keyword):
        return absent
    found = elements.number(keyword)
    if found is None:
        raise UnsupportedImageError(keyword, "no finite number", "a finite number")
    return found


def _modality_lut(elements: Elements, signed: bool) -> LookupTable | None:
    items = elements.items("ModalityLUTSequence")
    if not items:
        return None
    table = _table(items[0], signed)
    if table is None:
        raise UnsupportedImageError(
            "Modality LUT Sequence (0028,3000)", "a damaged table", "a whole table"
        )
    return table


def _voi_luts(
    elements: Elements, slope: float, intercept: float, stored_signed: bool
) -> tuple[LookupTable, ...]:
    """Return the VOI LUTs; a damaged one is told and left out."""
    # The first mapped value is signed if modality values can be (C.11.2.1.1).
    signed = stored_signed or intercept < 0 or slope < 0
    items = elements.items("VOILUTSequence")
    found = tuple(_table(item, signed) for item in items)
    if None in found:
        elements.note("A VOI LUT is damaged and was left out")
    return tuple(table for table in found if table is not None)


def _table(item: Elements, signed: bool) -> LookupTable | None:
    """Read one LUT, or return None if descriptor and data disagree."""
    descriptor = [int(v) for v in item.numbers("LUTDescriptor") if math.isfinite(v)]
    if len(descriptor) != 3:
        return None
    length = descriptor[0] & 0xFFFF or 1 << 16  # 0 stands for 65536
    first = descriptor[1]
    if signed and first > 0x7FFF:
        first -= 1 << 16
    entries = _entries(item, length, descriptor[2])
    if entries is None or len(entries) < length:
        return None
    entries = entries[:length]
    # Some writers declare 8 or 12 bits and fill more: then 1.0 is what they fill.
    bits = max(descriptor[2] & 0xFFFF, max(entries).bit_length(), 1)
    if bits > 16:
        return None
    explanation = item.text("LUTExplanation")
    return LookupTable(entries, first, bits, explanation)


def _entries(item: Elements, length: int, bits: int) -> tuple[int, ...] | None:
    data = item.value("LUTData")
    if isinstance(data, bytes):
        if bits <= 8 and len(data) in (length, length + length % 2):
            return tuple(data)
        order = ">" if item.big_endian else "<"
        return struct.unpack(f"{order}{len(data) // 2}H", data[: len(data) // 2 * 2])
    if isinstance(data, int):
        return (data,)
    if isinstance(data, str) or data is None or not hasattr(data, "__iter__"):
        return None
    values = tuple(data)
    if not all(isinstance(value, int) and 0 <= value <= 0xFFFF for value in values):
        return None
    return values


def _windows(elements: Elements) -> tuple[Window, ...]:
    """Return the windows that can be used; of each other one a notice tells."""
    centers = elements.numbers("WindowCenter")
    widths = elements.numbers("WindowWidth")
    if len(centers) != len(widths):
        elements.note(f"{len(centers)} window centers but {len(widths)} widths")
    function = _function(elements)
    names = elements.texts("WindowCenterWidthExplanation")
    found = []
    for index, (center, width) in enumerate(zip(centers, widths, strict=False)):
        name = names[index] if index < len(names) else ""
        if _is_usable(center, width, function):
            found.append(Window(center, width, name, function))
        else:
            elements.note(f"Window center {center:g}, width {width:g} cannot be used")
    return tuple(found)


def _is_usable(center: float, width: float, function: VoiFunction) -> bool:
    """Return whether a window shows anything; NaN fails every comparison."""
    smallest = 1.0 if function is VoiFunction.LINEAR else 1e-6
    return smallest <= width <= _LARGEST_WINDOW and abs(center) <= _LARGEST_WINDOW


def _function(elements: Elements) -> VoiFunction:
    words = elements.text("VOILUTFunction").upper()
    try:
        return VoiFunction(words or "LINEAR")
    except ValueError:
        elements.note(f"VOI LUT Function {words} is unknown; LINEAR is used")
        return VoiFunction.LINEAR


def _padding(
    elements: Elements, representation: int, bits: int
) -> tuple[int, int] | None:
    """Return the padding range in stored values (PS3.3 C.7.5.1.1.2)."""
    value = elements.integer("PixelPaddingValue")
    if value is None:
        return None
    limit = elements.integer("PixelPaddingRangeLimit")
    ends = (value, value if limit is None else limit)
    low, high = (_as_stored(end, representation, bits) for end in ends)
    return min(low, high), max(low, high)


def _as_stored(value: int, representation: int, bits: int) -> int:
    """Cut a value to the bits stored, as the pixels are cut.

    Some writers store a negative padding value as unsigned, 63536 for -2000.
    """
    value &= (1 << bits) - 1
    signed = representation == 1 and value >= 1 << (bits - 1)
    return value - (1 << bits) if signed else value
