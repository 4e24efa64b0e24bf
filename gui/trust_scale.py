"""A claim on its scale, with its interval and threshold."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.claim_words import Scale
from gui.finding_delegate import paint_scale

_SMALLEST = 11 / 13
"""Size of the scale's figures, in body sizes."""

_LINE = 14
"""Height of the scale's line, without its figures."""

_END = 14
"""Room for an end value of the scale, in logical pixels."""


class TrustScale(QWidget):
    """A line from one end of the scale to the other."""

    def __init__(self, scale: Scale) -> None:
        super().__init__()
        self._scale = scale
        self.ensurePolished()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        figures = self.fontMetrics().height() * _SMALLEST
        self.setFixedHeight(_LINE + round(figures) + 4)

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        """Return a wide, low strip."""
        return QSize(200, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """Paint the line, then its end values."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = QRectF(4, 0, self.width() - 8, _LINE)
        scale = self._scale
        paint_scale(painter, line, scale)
        painter.setPen(self.palette().color(self.palette().ColorRole.PlaceholderText))
        font = self.font()
        font.setPixelSize(round(font.pixelSize() * _SMALLEST))
        painter.setFont(font)
        low = QRectF(0, _LINE, self.width(), self.height() - _LINE)
        words, taken = "", QRectF()
        if scale.threshold is not None:
            words = f"threshold {scale.threshold:.2f}"
            wide = painter.fontMetrics().horizontalAdvance(words) + 2.0
            at = line.left() + scale.threshold * line.width() - wide / 2
            left = min(max(at, 0.0), self.width() - wide)
            taken = QRectF(left, low.top(), wide, low.height())
            painter.drawText(taken, Qt.AlignmentFlag.AlignHCenter, words)
        # An end of the scale gives way to the threshold's words.
        if taken.left() > _END or not words:
            painter.drawText(low, Qt.AlignmentFlag.AlignLeft, scale.ends[0])
        if taken.right() < self.width() - _END:
            painter.drawText(low, Qt.AlignmentFlag.AlignRight, scale.ends[1])
        painter.end()
