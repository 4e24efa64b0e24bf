"""A drop-down list whose arrow is seen on a dark panel."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox

from gui import icons, tokens

_SIDE = 16


class ChoiceBox(QComboBox):
    """A QComboBox with our own arrow; keys and mouse are Qt's own."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """Paint the box as the style has it, then the arrow."""
        super().paintEvent(event)
        painter = QPainter(self)
        top = (self.height() - _SIDE) / 2
        color = tokens.TEXT_2 if self.isEnabled() else tokens.CONTROL_EDGE
        rect = QRectF(self.width() - _SIDE - 6, top, _SIDE, _SIDE)
        icons.paint(painter, "chevron-down", color, rect)
        painter.end()
