"""The film in words: for the status bar and for screen readers."""

from __future__ import annotations

from collections.abc import Sequence

from gui.corners import Corners
from gui.outlines import Outline
from studies.model import Image


def value_text(image: Image, row: int, column: int) -> str:
    """Return a stored value with thin spaces between thousands, or three for RGB."""
    value = image.stored[row, column]
    parts = value.tolist() if image.stored.ndim == 3 else [int(value)]
    return ", ".join(f"{part:,}".replace(",", "\u2009") for part in parts)


def spoken(corners: Corners, outlines: Sequence[Outline]) -> str:
    """Return the film in words: corner texts, sides, then each outline."""
    known = corners.sides
    side = f"{known.left} at the left edge" if known.known else known.source
    pane = () if corners.tag is None else (corners.tag.title,)
    texts = (*corners.top_left, *corners.slice, *corners.top_right)
    lines = [*pane, *texts, *corners.bottom_left, side]
    for outline in outlines:
        number = "" if outline.number is None else f" {outline.number}"
        state = outline.kind.value.word
        lines.append(f"Finding{number}, {outline.name}: {state}")
    return ". ".join(lines)
