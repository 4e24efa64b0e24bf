"""A ring around the pane that has the keyboard."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gui import tokens

_BY_KEYBOARD = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


class FocusRing(QWidget):
    """2 px wide, 2 px from the edge; the mouse passes through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_for(self, reason: Qt.FocusReason) -> None:
        """Show the ring if the focus came by a key, not by a click."""
        self.setVisible(reason in _BY_KEYBOARD)
        self.raise_()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """Paint the ring."""
        painter = QPainter(self)
        painter.setPen(QPen(QColor(tokens.FOCUS), 2))
        painter.drawRect(QRectF(self.rect()).adjusted(3, 3, -3, -3))
        painter.end()
