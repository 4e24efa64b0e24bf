"""Draws figures with their intervals on one axis: a forest plot, row by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from gui import tokens

if TYPE_CHECKING:
    from gui.evidence_rows import Kind
    from inference.model_facts import Measured

_MARGIN = 14
_COLORS: dict[Kind, str] = {
    "source": tokens.AI,
    "site": tokens.CONFIRMED,
    "mean": tokens.FOCUS,
    "random": tokens.TEXT_3,
}


@dataclass(frozen=True, slots=True)
class ForestAxis:
    """The values at both ends, and the one of a model that knows nothing."""

    low: float
    high: float
    reference: float | None

    def ticks(self) -> tuple[float, ...]:
        """Return both ends and what is to be named between them."""
        middle = (self.low + self.high) / 2.0
        if self.reference is not None and self.low < self.reference < self.high:
            middle = self.reference
        return self.low, middle, self.high

    def place(self, rect: QRect, value: float) -> float:
        """Return the x of a value; beyond the ends it stays at the end."""
        share = (value - self.low) / (self.high - self.low)
        width = rect.width() - 2 * _MARGIN
        return rect.left() + _MARGIN + min(max(share, 0.0), 1.0) * width


def paint_row(
    painter: QPainter,
    rect: QRect,
    axis: ForestAxis,
    figure: Measured | None,
    kind: Kind,
) -> None:
    """Paint the axis' lines, and dot and interval where something was measured.

    A square stands for this site, a diamond for the mean, a dot for all others:
    the shapes are told apart without their colours.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _paint_lines(painter, rect, axis)
    if figure is None:
        return
    color, middle = QColor(_COLORS[kind]), rect.top() + rect.height() / 2.0
    painter.setPen(QPen(color, 2.0))
    painter.drawLine(
        QPointF(axis.place(rect, figure.low), middle),
        QPointF(axis.place(rect, figure.high), middle),
    )
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    _paint_mark(painter, QPointF(axis.place(rect, figure.value), middle), kind)


def paint_axis(painter: QPainter, rect: QRect, axis: ForestAxis) -> None:
    """Paint the axis' numbers where their values stand."""
    painter.setPen(QColor(tokens.TEXT_2))
    for value in axis.ticks():
        at = axis.place(rect, value)
        is_tenth = abs(10 * value - round(10 * value)) < 1e-9
        text = f"{value:.1f}" if is_tenth else f"{value:.2f}"
        where = QRectF(at - 24, rect.top(), 48, rect.height())
        painter.drawText(where, int(Qt.AlignmentFlag.AlignCenter), text)


def _paint_lines(painter: QPainter, rect: QRect, axis: ForestAxis) -> None:
    for value in axis.ticks():
        is_reference = value == axis.reference
        color = tokens.CONTROL_EDGE if is_reference else tokens.BORDER
        painter.setPen(QPen(QColor(color), 2.0 if is_reference else 1.0))
        at = axis.place(rect, value)
        painter.drawLine(QPointF(at, rect.top()), QPointF(at, rect.bottom() + 1))


def _paint_mark(painter: QPainter, at: QPointF, kind: Kind) -> None:
    if kind == "site":
        painter.drawRect(QRectF(at.x() - 4.5, at.y() - 4.5, 9, 9))
    elif kind == "mean":
        steps = ((0, -6), (6, 0), (0, 6), (-6, 0))
        painter.drawPolygon([at + QPointF(*step) for step in steps])
    else:
        painter.drawEllipse(at, 4.5, 4.5)
