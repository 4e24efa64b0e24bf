"""Drags that only tell: crosshair, magnifier, scrolling through slices."""

from __future__ import annotations

from PySide6.QtCore import QPointF

from gui.drag import Drag, Pane

PIXELS_A_SLICE = 8.0
"""Logical pixels of a drag that lead to the next slice."""


class CrosshairDrag(Drag):
    """The crosshair follows the pointer, from the press on, held on the image."""

    def begin(self) -> None:
        """Take the crosshair here."""
        view = self.pane.view
        row, column = view.view_to_image(self.last.x(), self.last.y())
        row = min(max(row, 0.0), float(view.rows))
        self.pane.tell_crosshair(row, min(max(column, 0.0), float(view.columns)))

    def step(self, moved: QPointF) -> None:
        """Take it along."""
        self.begin()


class MagnifierDrag(Drag):
    """The magnifier is there as long as the button is down."""

    def begin(self) -> None:
        """Hold it over the pointer."""
        self.pane.tell_magnifier(self.last)

    def step(self, moved: QPointF) -> None:
        """Take it along."""
        self.begin()

    def finish(self) -> None:
        """Put it away."""
        self.pane.tell_magnifier(None)

    def cancel(self) -> None:
        """Put it away."""
        self.pane.tell_magnifier(None)


class ScrollDrag(Drag):
    """Down leads to later slices, up to earlier ones."""

    def __init__(self, pane: Pane, start: QPointF) -> None:
        super().__init__(pane, start)
        self._told = 0

    def step(self, moved: QPointF) -> None:
        """Tell whole slices; by the whole way, so that none is lost."""
        slices = int((self.last.y() - self.start.y()) / PIXELS_A_SLICE)
        if slices != self._told:
            self.pane.tell_scroll(slices - self._told)
            self._told = slices
