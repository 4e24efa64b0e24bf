"""A round loupe over the film, at the pointer."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gui import theme, tokens
from gui.film_item import FilmItem
from gui.region import Region
from gui.screen_item import ScreenItem, device_pixels
from gui.view_geometry import ViewGeometry

DIAMETER = 220.0
FACTOR = 2.0
"""How many times larger than the view."""


class MagnifierItem(ScreenItem):
    """Shows the film beneath the pointer larger, with its window and inversion.

    Drawn from the film's own pixels, not from those of the screen; without map
    and outlines, so that what lies under them is seen.
    """

    def __init__(self, film: FilmItem, parent: QGraphicsItem | None = None) -> None:
        super().__init__(parent)
        self._film = film
        self._point: QPointF | None = None

    def show_at(self, point: QPointF | None) -> None:
        """Show the loupe about a point in logical pixels, or take it away."""
        self._update_at(self._point)
        self._point = None if point is None else QPointF(point)
        self._update_at(self._point)

    def _update_at(self, point: QPointF | None) -> None:
        if point is not None:
            self.update(_round_rect(point).adjusted(-4, -4, 4, 4))

    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        """Draw the film in the circle, its ring and how much it enlarges."""
        if self._point is None or self.geometry is None:
            return
        circle = QPainterPath()
        circle.addEllipse(_round_rect(self._point))
        painter.save()
        painter.setClipPath(circle)
        painter.fillPath(circle, QColor(tokens.VIEWPORT))
        self._draw_film(painter, self.geometry, self._point)
        painter.restore()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(0, 0, 0, 140), tokens.CASING_WIDTH))
        painter.drawPath(circle)
        painter.setPen(QPen(QColor(tokens.FOCUS), 1.6))
        painter.drawPath(circle)
        self._draw_factor(painter, self._point)

    def _draw_film(
        self, painter: QPainter, geometry: ViewGeometry, point: QPointF
    ) -> None:
        ratio = geometry.ratio
        x, y = point.x() * ratio, point.y() * ratio
        larger = geometry.magnified(FACTOR, x, y)
        shown = _region_about(larger, x, y, DIAMETER / 2 * ratio)
        picture = self._film.sampled(larger.grid, shown)
        if picture is None:
            return
        with device_pixels(painter, ratio):
            picture.draw(painter, larger, shown)

    def _draw_factor(self, painter: QPainter, point: QPointF) -> None:
        bottom = point + QPointF(0, DIAMETER / 2 - 24)
        plate = QRectF(bottom.x() - 18, bottom.y() - 9, 36, 18)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 178))
        painter.drawRoundedRect(plate, 4, 4)
        painter.setPen(QColor(tokens.TEXT_1))
        painter.setFont(theme.font(tokens.SMALL))
        center = Qt.AlignmentFlag.AlignCenter
        painter.drawText(plate, center, f"{FACTOR:g} ×")  # noqa: RUF001 (a times sign)


def _round_rect(point: QPointF) -> QRectF:
    half = DIAMETER / 2
    return QRectF(point.x() - half, point.y() - half, DIAMETER, DIAMETER)


def _region_about(geometry: ViewGeometry, x: float, y: float, half: float) -> Region:
    """Return the part of the shown image within a square of device pixels."""
    side = int(2 * half) + 2
    square = Region(
        round(x - half) - geometry.x, round(y - half) - geometry.y, side, side
    )
    return square.within(geometry.whole())
