"""A probability on a line from 0 to 1, with its interval and threshold."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.finding_delegate import paint_interval
from review.decision import ReviewedFinding

_SMALLEST = 11 / 13
"""Size of the scale's figures, in body sizes."""

_LINE = 14
"""Height of the scale's line, without its figures."""

_END = 14
"""Room for an end value of the scale, in logical pixels."""


class TrustScale(QWidget):
    """The finding's probability on a line from 0 to 1."""

    def __init__(self, finding: ReviewedFinding) -> None:
        super().__init__()
        self._finding = finding
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
        finding = self._finding
        assert finding.probability is not None
        paint_interval(
            painter, line, finding.probability, finding.interval, finding.threshold
        )
        painter.setPen(self.palette().color(self.palette().ColorRole.PlaceholderText))
        font = self.font()
        font.setPixelSize(round(font.pixelSize() * _SMALLEST))
        painter.setFont(font)
        low = QRectF(0, _LINE, self.width(), self.height() - _LINE)
        words, taken = "", QRectF()
        if finding.threshold is not None:
            words = f"threshold {finding.threshold:.2f}"
            wide = painter.fontMetrics().horizontalAdvance(words) + 2.0
            at = line.left() + finding.threshold * line.width() - wide / 2
            left = min(max(at, 0.0), self.width() - wide)
            taken = QRectF(left, low.top(), wide, low.height())
            painter.drawText(taken, Qt.AlignmentFlag.AlignHCenter, words)
        # An end of the scale gives way to the threshold's words.
        if taken.left() > _END or not words:
            painter.drawText(low, Qt.AlignmentFlag.AlignLeft, "0")
        if taken.right() < self.width() - _END:
            painter.drawText(low, Qt.AlignmentFlag.AlignRight, "1")
        painter.end()
