"""A widget painted once and shown as a picture until it changes."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QPainter, QPixmap, QTransform
from PySide6.QtWidgets import QGraphicsEffect, QWidget

_HARMLESS = {QEvent.Type.Paint, QEvent.Type.UpdateRequest, QEvent.Type.UpdateLater}


class Still(QGraphicsEffect):
    """Keeps what a widget and its children look like.

    A widget over the film is painted anew whenever the film beneath it is: at
    every step of a window drag, all its labels and its slider, which takes as
    long as the film itself. Any event but a paint drops the picture; what sends
    none (a text or a value set by the program) has to call `renew`.
    """

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._kept: tuple[QPixmap, QPoint] | None = None
        widget.setGraphicsEffect(self)
        for part in (widget, *widget.findChildren(QWidget)):
            part.installEventFilter(self)

    def renew(self) -> None:
        """Paint the widget anew at its next paint."""
        self._kept = None
        self.update()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        """Drop the picture with whatever happens to the widget."""
        if event.type() not in _HARMLESS:
            self._kept = None
        return False

    def draw(self, painter: QPainter) -> None:
        """Paint the kept picture, pixel by pixel."""
        if self._kept is None:
            at = QPoint()
            mode = QGraphicsEffect.PixmapPadMode.NoPad
            system = Qt.CoordinateSystem.DeviceCoordinates
            self._kept = self.sourcePixmap(system, at, mode), at
        painter.save()
        painter.setWorldTransform(QTransform())
        painter.drawPixmap(self._kept[1], self._kept[0])
        painter.restore()
