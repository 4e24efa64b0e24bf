"""The display shutter: what lies outside of it is black."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gui.mark_paths import image_to_view
from gui.screen_item import ScreenItem
from studies.shutter import Shutter


class ShutterItem(ScreenItem):
    """Covers what the shutter hides; `setVisible(False)` opens it."""

    def __init__(self, parent: QGraphicsItem | None = None) -> None:
        super().__init__(parent)
        self._shutter: Shutter | None = None

    @property
    def shutter(self) -> Shutter | None:
        """The shutter shown, open or closed."""
        return self._shutter

    def set_shutter(self, shutter: Shutter | None) -> None:
        """Cover what a shutter hides; None covers nothing."""
        if shutter != self._shutter:
            self._shutter = shutter
            self.update()

    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        """Fill the image's hidden part with black."""
        if self.geometry is None or self._shutter is None:
            return
        geometry = self.geometry
        image = QRectF(0, 0, geometry.columns, geometry.rows)
        hidden = QPainterPath()
        # A pixel beyond, so that no edge of the film shines through.
        hidden.addRect(image.adjusted(-1, -1, 1, 1))
        hidden = hidden.subtracted(seen_path(self._shutter, image))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillPath(image_to_view(geometry).map(hidden), Qt.GlobalColor.black)


def seen_path(shutter: Shutter, image: QRectF) -> QPainterPath:
    """Return what is seen of an image: x is the column, y the row."""
    seen = QPainterPath()
    seen.addRect(image)
    if shutter.rectangle is not None:
        top, left, bottom, right = shutter.rectangle
        part = QPainterPath()
        part.addRect(QRectF(QPointF(left, top), QPointF(right, bottom)))
        seen = seen.intersected(part)
    if shutter.circle is not None:
        row, column, high, wide = shutter.circle
        part = QPainterPath()
        part.addEllipse(QPointF(column, row), wide, high)
        seen = seen.intersected(part)
    if shutter.polygon:
        part = QPainterPath()
        part.addPolygon(QPolygonF([QPointF(c, r) for r, c in shutter.polygon]))
        part.closeSubpath()
        seen = seen.intersected(part)
    return seen
