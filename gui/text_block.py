"""Lines of text as pictures: they stay the same while the film moves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter

from gui import theme
from gui.backing import BACKING


@dataclass(frozen=True, slots=True)
class TextStyle:
    """Size in logical pixels, weight, colour, distance of the lines."""

    size: int
    pitch: int
    color: str
    weight: int = 400
    right: bool = False


@lru_cache(maxsize=32)
def _font(size: int, weight: int) -> QFont:
    return theme.font(size, weight=weight)


@lru_cache(maxsize=256)
def line_width(text: str, size: int, weight: int = 400) -> float:
    """Return the width of one line in logical pixels."""
    return QFontMetricsF(_font(size, weight)).horizontalAdvance(text)


def block_width(lines: tuple[str, ...], size: int, weight: int = 400) -> int:
    """Return the width of the longest line, in whole logical pixels."""
    widest = max((line_width(line, size, weight) for line in lines), default=0.0)
    return math.ceil(widest) + 1


@lru_cache(maxsize=256)
def break_line(text: str, size: int, width: int) -> tuple[str, ...]:
    """Break a line at spaces where it is wider than `width` logical pixels."""
    lines: list[str] = []
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and line_width(joined, size) <= width:
            lines[-1] = joined
        else:
            lines.append(word)
    return tuple(lines)


PAD_X, PAD_Y = 6, 4
"""How far the dark plate reaches beyond the text."""


@lru_cache(maxsize=64)
def picture(
    lines: tuple[str, ...], style: TextStyle, ratio: float, *, backed: bool
) -> QImage:
    """Return lines of text, on a dark plate or a clear ground.

    It reaches `PAD_X` and `PAD_Y` beyond the text on each side.
    """
    width = block_width(lines, style.size, style.weight)
    height = style.pitch * len(lines)
    image = _blank(width + 2 * PAD_X, height + 2 * PAD_Y, ratio)
    painter = QPainter(image)
    if backed:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(BACKING)
        plate = QRectF(0, 0, width + 2 * PAD_X, height + 2 * PAD_Y)
        painter.drawRoundedRect(plate, 4, 4)
    for index, text in enumerate(lines):
        line = _line(text, style, ratio)
        left = width - line.width() / ratio if style.right else 0.0
        painter.drawImage(QPointF(PAD_X + left, PAD_Y + index * style.pitch), line)
    painter.end()
    return image


@lru_cache(maxsize=256)
def _line(text: str, style: TextStyle, ratio: float) -> QImage:
    """Return one line: while the window changes only one of a block's does."""
    width = block_width((text,), style.size, style.weight)
    image = _blank(width, style.pitch, ratio)
    painter = QPainter(image)
    painter.setFont(_font(style.size, style.weight))
    painter.setPen(QColor(style.color))
    side = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(QRectF(0, 0, width, style.pitch), side, text)
    painter.end()
    return image


def _blank(width: int, height: int, ratio: float) -> QImage:
    kind = QImage.Format.Format_ARGB32_Premultiplied
    image = QImage(math.ceil(width * ratio), math.ceil(height * ratio), kind)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    return image
