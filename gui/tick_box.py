"""A check box whose box is seen on a dark panel, ticked or not."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox

from gui import icons, tokens

_SIDE = 18
_GAP = 10


class TickBox(QCheckBox):
    """A QCheckBox painted with the tokens; keys and mouse are Qt's own."""

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        """Return room for the box, the text and the focus ring."""
        text = self.fontMetrics().size(int(Qt.TextFlag.TextSingleLine), self.text())
        height = max(text.height(), _SIDE, tokens.MINIMUM_TARGET - 4) + 4
        return QSize(_SIDE + _GAP + text.width() + 6, height)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        """Never cut the text off."""
        return self.sizeHint()

    def hitButton(self, point: QPoint) -> bool:  # noqa: N802 (Qt's name)
        """Take a click on the box and on the text."""
        return self.rect().contains(point)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """Paint the box, its tick, the text and the focus ring."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(2.5, (self.height() - _SIDE) / 2 + 0.5, _SIDE - 1, _SIDE - 1)
        on, enabled = self.isChecked(), self.isEnabled()
        edge = tokens.FOCUS if on and enabled else tokens.CONTROL_EDGE
        fill = tokens.PRIMARY if on and enabled else tokens.APP
        painter.setPen(QPen(QColor(edge), 1))
        painter.setBrush(QColor(fill))
        painter.drawRoundedRect(box, 4, 4)
        if on:
            tick = tokens.PRIMARY_TEXT if enabled else tokens.CONTROL_EDGE
            icons.paint(painter, "check", tick, box.adjusted(2, 2, -2, -2))
        painter.setPen(QColor(tokens.TEXT_1 if enabled else tokens.CONTROL_EDGE))
        left = _SIDE + _GAP
        rect = QRect(left, 0, self.width() - left, self.height())
        painter.drawText(
            rect, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft),
            self.text(),
        )  # fmt: skip
        if self.hasFocus():
            painter.setPen(QPen(QColor(tokens.FOCUS), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
        painter.end()
