"""Colours, line styles and the font of captures. Pillow, no Qt.

The colours are those of the window (`gui.tokens`), which this layer may not
import; a test keeps the two alike.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

from review.decision import Origin, ReviewedFinding, Verdict

AI = (0xCF, 0xC2, 0xFA)
CONFIRMED = (0x53, 0xC7, 0xA5)
REJECTED = (0xF2, 0x93, 0x5C)
UNSURE = (0xF2, 0xD0, 0x4B)
MISSED = (0xE8, 0x9B, 0xC8)
TEXT = (0xDC, 0xE2, 0xE8)
QUIET = (0xA9, 0xB4, 0xBF)
BANNER = (0x24, 0x1D, 0x08)
BANNER_TEXT = (0xF2, 0xD5, 0x8A)
BACKGROUND = (0, 0, 0)
CASING_ALPHA = 0.55


@dataclass(frozen=True, slots=True)
class LineStyle:
    """How a finding's outline is drawn: on and off lengths in line widths."""

    color: tuple[int, int, int]
    dashes: tuple[float, float] | None
    word: str


STYLE_AI = LineStyle(AI, (5.0, 3.0), "AI, not decided")
STYLE_CONFIRMED = LineStyle(CONFIRMED, None, "Confirmed")
STYLE_UNSURE = LineStyle(UNSURE, (1.5, 1.5), "Unsure")
STYLE_MISSED = LineStyle(MISSED, None, "Added by reader")
STYLE_REJECTED = LineStyle(REJECTED, None, "Rejected, not drawn")


def line_style(row: ReviewedFinding) -> LineStyle:
    """Return the style of a finding: dashed is AI, solid is a person."""
    if row.origin is Origin.READER:
        return STYLE_MISSED
    if row.decision is None:
        return STYLE_AI
    match row.decision.verdict:
        case Verdict.CONFIRMED:
            return STYLE_CONFIRMED
        case Verdict.UNSURE:
            return STYLE_UNSURE
        case Verdict.REJECTED:
            return STYLE_REJECTED


@lru_cache(maxsize=16)
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return a font of `size` pixels that knows Latin, Greek and Cyrillic.

    DejaVu Sans as matplotlib ships it, found without importing matplotlib;
    else Pillow's own, which knows Latin only.
    """
    spec = importlib.util.find_spec("matplotlib")
    if spec is not None and spec.origin is not None:
        path = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"
        if (path / "DejaVuSans.ttf").is_file():
            return ImageFont.truetype(str(path / "DejaVuSans.ttf"), size)
    return ImageFont.load_default(size)
