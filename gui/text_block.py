"""Lines of text as pictures: they stay the same while the film moves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter

from gui import theme


@dataclass(frozen=True, slots=True)
class TextStyle:
    """Size in logical pixels, weight, colour, distance of the lines."""

    size: int
    pitch: int
    color: str
    weight: int = 400
    right: bool = False


@lru_cache(maxsize=256)
def line_width(text: str, size: int, weight: int = 400) -> float:
    """Return the width of one line in logical pixels."""
    return QFontMetricsF(theme.font(size, weight=weight)).horizontalAdvance(text)


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


@lru_cache(maxsize=64)
def picture(lines: tuple[str, ...], style: TextStyle, ratio: float) -> QImage:
    """Return lines of text on a clear ground, `ratio` device pixels a pixel."""
    width = block_width(lines, style.size, style.weight)
    height = style.pitch * len(lines)
    kind = QImage.Format.Format_ARGB32_Premultiplied
    image = QImage(math.ceil(width * ratio), math.ceil(height * ratio), kind)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setFont(theme.font(style.size, weight=style.weight))
    painter.setPen(QColor(style.color))
    side = Qt.AlignmentFlag.AlignRight if style.right else Qt.AlignmentFlag.AlignLeft
    for index, line in enumerate(lines):
        row = QRectF(0, index * style.pitch, width, style.pitch)
        painter.drawText(row, side | Qt.AlignmentFlag.AlignVCenter, line)
    painter.end()
    return image
