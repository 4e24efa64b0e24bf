"""The dark plate behind what must lie over the film."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

BACKING = QColor(0, 0, 0, 178)
"""Black of 70 % (interface design, section 1)."""


def paint_backing(widget: QWidget) -> None:
    """Fill a widget with black of 70 %, for text that lies over the film."""
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(BACKING)
    painter.drawRoundedRect(widget.rect(), 6, 6)
    painter.end()
