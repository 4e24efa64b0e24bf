"""NumPy pixels as a QImage without a copy."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage, QPainter

from gui.memory import Memory
from gui.region import Region
from gui.view_geometry import ViewGeometry
from studies.model import UInt8Array


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """What a region of the shown image looks like, device pixel by device pixel.

    `pixels` is (region height, region width, 4) uint8: blue, green, red, alpha.
    The QImage only borrows these bytes, so both are kept together.
    """

    region: Region
    pixels: UInt8Array
    image: QImage

    def draw(self, painter: QPainter, geometry: ViewGeometry, shown: Region) -> None:
        """Paint a part of it where it lies; the painter counts device pixels."""
        rows, columns = shown.part_of(self.region)
        painter.drawImage(
            QPoint(geometry.x + shown.x, geometry.y + shown.y),
            self.image,
            QRect(columns.start, rows.start, shown.width, shown.height),
        )


def opaque(region: Region, pixels: UInt8Array, memory: Memory) -> Picture:
    """Return a picture of 8-bit grey or RGB pixels, in memory of its own.

    Qt blits 32 bits as they are; grey of 8 bits it would convert at every paint.
    """
    kind = cv2.COLOR_GRAY2BGRA if pixels.ndim == 2 else cv2.COLOR_RGB2BGRA
    bgra = memory.array((*pixels.shape[:2], 4), np.uint8)
    cv2.cvtColor(pixels, kind, dst=bgra)
    return _picture(region, bgra, QImage.Format.Format_RGB32)


def translucent(region: Region, bgra: UInt8Array) -> Picture:
    """Return a picture of premultiplied (rows, columns, 4) pixels."""
    kind = QImage.Format.Format_ARGB32_Premultiplied
    return _picture(region, np.ascontiguousarray(bgra), kind)


def _picture(region: Region, bgra: UInt8Array, kind: QImage.Format) -> Picture:
    height, width = bgra.shape[:2]
    image = QImage(bgra.data, width, height, bgra.strides[0], kind)
    return Picture(region, bgra, image)
