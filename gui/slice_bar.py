"""A thin bar at a pane's right edge: the slice, what is read, where gaps lie."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QWidget

from gui import tokens

WIDTH = 12
_EDGE = 10.0


class SliceBar(QWidget):
    """Shows the place in a stack, and goes to another by click or drag.

    Signals
    -------
    asked(int)
        Go to this image.
    """

    asked = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedWidth(WIDTH)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setAccessibleName("Slices")
        self._count, self._index = 0, 0
        self._read: frozenset[int] = frozenset()
        self._gaps: tuple[int, ...] = ()
        self._stars: frozenset[int] = frozenset()
        self.hide()

    def show_stack(self, count: int, gaps: tuple[int, ...]) -> None:
        """Show another stack; hidden for a single image."""
        self._count, self._gaps = count, gaps
        self._read = frozenset()
        self._stars = frozenset()
        self.setVisible(count > 1)
        self.update()

    def show_place(self, index: int) -> None:
        """Mark the image on screen."""
        if index != self._index:
            self._index = index
            self.setAccessibleDescription(f"Image {index + 1} of {self._count}")
            self.update()

    def show_read(self, indices: frozenset[int]) -> None:
        """Mark what has been read."""
        self._read = indices
        self.update()

    def show_stars(self, indices: frozenset[int]) -> None:
        """Mark the key images."""
        if indices != self._stars:
            self._stars = indices
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        """Go where the pointer is."""
        event.accept()
        self._ask(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        """Follow the pointer."""
        event.accept()
        self._ask(event.position())

    def _ask(self, at: QPointF) -> None:
        share = (at.y() - _EDGE) / max(self.height() - 2 * _EDGE, 1.0)
        place = round(share * (self._count - 1))
        self.asked.emit(min(max(place, 0), self._count - 1))

    def _y(self, place: float) -> float:
        share = place / max(self._count - 1, 1)
        return _EDGE + share * (self.height() - 2 * _EDGE)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """Draw the line, what is read of it, gaps, stars and the place."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(tokens.VIEWPORT))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        middle = self.width() / 2
        line = QRectF(middle - 1, _EDGE, 2, self.height() - 2 * _EDGE)
        painter.fillRect(line, QColor(tokens.BORDER))
        if len(self._read) < self._count:
            for low, high in _runs(self._read):
                top, bottom = self._y(low - 0.5), self._y(high + 0.5)
                part = QRectF(middle - 1, top, 2, max(bottom - top, 1.0))
                painter.fillRect(part & line, QColor(tokens.CONTROL_EDGE))
        else:
            painter.fillRect(line, QColor(tokens.CONTROL_EDGE))
        for gap in self._gaps:
            y = self._y(gap + 0.5)
            painter.fillRect(QRectF(1, y - 2, self.width() - 2, 4), QColor("#000000"))
            painter.fillRect(
                QRectF(2, y - 1, self.width() - 4, 2), QColor(tokens.WARNING)
            )
        painter.setBrush(QColor(tokens.READER))
        for star in self._stars:
            y = self._y(star)
            painter.drawPolygon(
                QPolygonF([QPointF(0, y - 3), QPointF(5, y), QPointF(0, y + 3)])
            )
        painter.setBrush(QColor(tokens.TEXT_1))
        y = self._y(self._index)
        painter.drawRoundedRect(QRectF(middle - 4, y - 2, 8, 4), 2, 2)
        painter.end()


def _runs(places: frozenset[int]) -> list[tuple[int, int]]:
    """Return the runs of neighbouring places, first and last."""
    found: list[tuple[int, int]] = []
    for place in sorted(places):
        if found and place == found[-1][1] + 1:
            found[-1] = (found[-1][0], place)
        else:
            found.append((place, place))
    return found
