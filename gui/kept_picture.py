"""What an item has painted, kept until it or the view changes."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage, QPainter

from gui.screen_item import device_pixels
from gui.view_geometry import ViewGeometry


class KeptPicture:
    """Lines and tags as a picture, for the film beneath changes far more often.

    A smooth dashed line with its casing takes ten times as long to draw as all
    pixels of the film; a picture of it, cut to what it covers, hardly any.
    """

    def __init__(self) -> None:
        self._kept: tuple[QPoint, QImage] | None = None

    def drop(self) -> None:
        """Forget it: something has changed."""
        self._kept = None

    def draw(
        self,
        painter: QPainter,
        geometry: ViewGeometry,
        paint: Callable[[QPainter], None],
    ) -> None:
        """Draw it, painted anew if it was dropped.

        `paint` is given a painter that counts device pixels of the viewport and
        draws smooth lines.
        """
        if self._kept is None:
            self._kept = _painted(geometry, paint)
        at, image = self._kept
        if not image.isNull():
            with device_pixels(painter, geometry.ratio):
                painter.drawImage(at, image)


def _painted(
    geometry: ViewGeometry, paint: Callable[[QPainter], None]
) -> tuple[QPoint, QImage]:
    """Return what is painted, cut to the pixels that are not clear."""
    kind = QImage.Format.Format_ARGB32_Premultiplied
    image = QImage(geometry.width, geometry.height, kind)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint(painter)
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint8)
    alpha = pixels.reshape(geometry.height, geometry.width, 4)[..., 3]
    x, y, width, height = cv2.boundingRect(np.ascontiguousarray(alpha))
    if width == 0:
        return QPoint(), QImage()
    return QPoint(x, y), image.copy(QRect(x, y, width, height))
