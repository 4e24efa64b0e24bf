"""Where the other planes cut this one: two lines over the image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gui.screen_item import ScreenItem
from gui.view_geometry import ViewGeometry

_HOLE = 14.0
"""Logical pixels left free about the crossing, so that it can be seen."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line across the whole image, at a row, or (upright) at a column."""

    at: float
    upright: bool
    color: str


class CrosshairItem(ScreenItem):
    """Draws upright and level lines, open at their crossing."""

    def __init__(self, parent: QGraphicsItem | None = None) -> None:
        super().__init__(parent)
        self._lines: tuple[Line, ...] = ()

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is drawn."""
        return self._lines

    def set_lines(self, lines: Sequence[Line]) -> None:
        """Draw these lines, or none."""
        if tuple(lines) != self._lines:
            self._lines = tuple(lines)
            self.update()

    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        """Draw each line from edge to edge of the image."""
        geometry = self.geometry
        if geometry is None or not self._lines:
            return
        crossing = self._crossing(geometry)
        for line in self._lines:
            if line.upright:
                ends = (0.0, line.at), (float(geometry.rows), line.at)
            else:
                ends = (line.at, 0.0), (line.at, float(geometry.columns))
            first, last = (QPointF(*geometry.to_view(*end)) for end in ends)
            _draw(painter, line.color, first, last, crossing)

    def _crossing(self, geometry: ViewGeometry) -> QPointF | None:
        rows = [line.at for line in self._lines if not line.upright]
        columns = [line.at for line in self._lines if line.upright]
        if not rows or not columns:
            return None
        return QPointF(*geometry.to_view(rows[0], columns[0]))


def _draw(
    painter: QPainter, color: str, first: QPointF, last: QPointF, hole: QPointF | None
) -> None:
    dark = QColor(0, 0, 0, 140)
    for pen in (QPen(dark, 3.0), QPen(QColor(color), 1.2)):
        painter.setPen(pen)
        if hole is None:
            painter.drawLine(first, last)
            continue
        for end in (first, last):
            way = end - hole
            length = (way.x() ** 2 + way.y() ** 2) ** 0.5
            if length > _HOLE:
                painter.drawLine(hole + way * (_HOLE / length), end)
