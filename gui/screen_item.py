"""What film, overlay, outlines and text have in common: they cover the viewport."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QTransform
from PySide6.QtWidgets import QGraphicsItem

from gui.view_geometry import ViewGeometry


class ScreenItem(QGraphicsItem):
    """An item as large as the viewport that places its content by a geometry.

    The scene is the viewport in logical pixels; so no item is ever moved or
    scaled by Qt, and all of them use the one `ViewGeometry`.
    """

    def __init__(self, parent: QGraphicsItem | None = None) -> None:
        super().__init__(parent)
        self.geometry: ViewGeometry | None = None

    def set_geometry(self, geometry: ViewGeometry) -> None:
        """Place the content anew."""
        old = self.geometry
        if old is None or (old.width, old.height) != (geometry.width, geometry.height):
            self.prepareGeometryChange()
        self.geometry = geometry
        self.update()

    def update_film(self) -> None:
        """Paint anew where the film shows, and nothing else."""
        if self.geometry is not None:
            ratio = self.geometry.ratio
            x, y, width, height = (v / ratio for v in self.geometry.visible())
            self.update(QRectF(x, y, width, height).adjusted(-1, -1, 1, 1))

    def boundingRect(self) -> QRectF:  # noqa: N802 (Qt's name)
        """Return the viewport in logical pixels."""
        if self.geometry is None:
            return QRectF()
        ratio = self.geometry.ratio
        return QRectF(0, 0, self.geometry.width / ratio, self.geometry.height / ratio)


@contextmanager
def device_pixels(painter: QPainter, ratio: float) -> Iterator[None]:
    """Let the painter count device pixels from the viewport's first whole one.

    With a scale factor of 1.25 the viewport may begin between two device
    pixels; a picture drawn there would be resampled and lose its sharpness.
    """
    painter.save()
    painter.setWorldTransform(QTransform.fromScale(1 / ratio, 1 / ratio), combine=True)
    at = painter.deviceTransform()
    painter.translate(round(at.dx()) - at.dx(), round(at.dy()) - at.dy())
    try:
        yield
    finally:
        painter.restore()
