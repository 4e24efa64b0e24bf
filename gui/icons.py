"""Our own icon set: SVG files on a 20-px grid, coloured when painted.

The files stand in ``resources/icons``, drawn with a 1.6-px stroke and round
ends in ``currentColor``; here they get the colour of what they stand for.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

import resources
from gui import tokens

_SCALES = (1.0, 2.0)


@lru_cache(maxsize=256)
def _renderer(name: str, color: str) -> QSvgRenderer:
    text = (resources.path("icons") / f"{name}.svg").read_text(encoding="utf-8")
    return QSvgRenderer(QByteArray(text.replace("currentColor", color).encode()))


def paint(painter: QPainter, name: str, color: str, rect: QRectF) -> None:
    """Draw an icon into a square of the painter.

    Raises
    ------
    FileNotFoundError
        If there is no such icon.
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _renderer(name, color).render(painter, rect)
    painter.restore()


@lru_cache(maxsize=512)
def pixmap(
    name: str, color: str = tokens.TEXT_2, size: int = 20, scale: float = 1.0
) -> QPixmap:
    """Return an icon as a pixmap of `size` logical pixels."""
    picture = QPixmap(round(size * scale), round(size * scale))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    paint(painter, name, color, QRectF(0, 0, picture.width(), picture.height()))
    painter.end()
    picture.setDevicePixelRatio(scale)
    return picture


@lru_cache(maxsize=256)
def icon(name: str, color: str = tokens.TEXT_2, size: int = 20) -> QIcon:
    """Return an icon for a button, with its disabled state."""
    made = QIcon()
    for scale in _SCALES:
        made.addPixmap(pixmap(name, color, size, scale), QIcon.Mode.Normal)
        made.addPixmap(
            pixmap(name, tokens.CONTROL_EDGE, size, scale), QIcon.Mode.Disabled
        )
    return made
