"""Single facts of a header: view, side, proportion of a pixel, compression."""

from __future__ import annotations

from studies.elements import Elements
from studies.transfer_syntax import is_lossy

# Pixels flatter or steeper than this are a mistake of the header.
_WIDEST = 20.0
_LONGEST_SIDE = 1e6
_VIEWS = (
    ("postero-anterior", "PA"),
    ("posteroanterior", "PA"),
    ("antero-posterior", "AP"),
    ("anteroposterior", "AP"),
    ("lateral", "LATERAL"),
    ("oblique", "OBLIQUE"),
)


def above_zero(elements: Elements, keyword: str) -> float | None:
    """Return a number above 0; None where there is none or another."""
    found = elements.number(keyword) if elements.has(keyword) else None
    return found if found is not None and found > 0 else None


def read_sequence(elements: Elements) -> str:
    """Return what tells MR sequences apart, in the header's own words."""
    keywords = ("SequenceName", "ProtocolName", "ScanningSequence")
    return " ".join(text for text in map(elements.text, keywords) if text)


def tell_oddities(elements: Elements, spacing_mm: tuple[float, float] | None) -> None:
    """Note burned-in text and pixels that are not square."""
    if elements.text("BurnedInAnnotation").upper() == "YES":
        elements.note("Text is burned into the pixels")
    ratio = spacing_mm or _aspect_ratio(elements)
    if abs(ratio[0] - ratio[1]) > 0.01 * ratio[0]:
        told = f"{ratio[0]:g} high, {ratio[1]:g} wide"
        elements.note(f"Pixels are not square ({told}): shown in true proportion")


def _aspect_ratio(elements: Elements) -> tuple[float, float]:
    """Return Pixel Aspect Ratio, vertical and horizontal (PS3.3 C.7.6.3.1.7).

    One beyond 20 to 1 is told and taken for square.
    """
    ratio = elements.numbers("PixelAspectRatio")
    if not ratio:
        return 1.0, 1.0
    usable = len(ratio) == 2 and all(0 < v < _LONGEST_SIDE for v in ratio)
    if usable and 1 / _WIDEST <= ratio[0] / ratio[1] <= _WIDEST:
        return ratio[0], ratio[1]
    told = ", ".join(f"{value:g}" for value in ratio[:4])
    elements.note(f"Pixel Aspect Ratio is {told}: not used, shown as square")
    return 1.0, 1.0


def read_pixel_aspect(
    elements: Elements, spacing_mm: tuple[float, float] | None
) -> float:
    """Return height divided by width of a pixel where no spacing says it."""
    vertical, horizontal = _aspect_ratio(elements)
    return 1.0 if spacing_mm is not None else vertical / horizontal


def read_view(elements: Elements) -> str:
    """Return View Position (0018,5101), else that of View Code Sequence; may be ""."""
    stated = elements.text("ViewPosition").upper()
    if stated:
        return stated
    for item in elements.items("ViewCodeSequence"):
        meaning = item.text("CodeMeaning").lower()
        for words, view in _VIEWS:
            if words in meaning:
                return view
    return ""


def read_laterality(elements: Elements) -> str:
    """Return R, L, U or B: Image Laterality (0020,0062), else (0020,0060); or ""."""
    found = elements.text("ImageLaterality") or elements.text("Laterality")
    return found.upper() if found.upper() in ("R", "L", "U", "B") else ""


def read_lossy_ratio(elements: Elements, transfer_syntax_uid: str) -> float | None:
    """Return the product of the ratios: each value is one step (C.7.6.1.1.5)."""
    stated = elements.text("LossyImageCompression")
    if stated != "01" and not is_lossy(transfer_syntax_uid):
        return None
    ratio = 1.0
    for step in elements.numbers("LossyImageCompressionRatio"):
        ratio *= step
    if 1.0 < ratio < 10_000:
        return ratio
    elements.note("Lossy compressed, ratio not stated")
    return None
