"""One drag of the mouse over the film, and what it may ask of the viewport."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QPointF

from gui.view_geometry import ViewGeometry
from review.decision import Box

CLICK_SLOP = 3.0
"""Logical pixels the pointer may move between press and release of a click."""


class Pane(Protocol):
    """What a drag may ask of the viewport."""

    @property
    def view(self) -> ViewGeometry:
        """Where the image lies now."""

    def set_view(self, view: ViewGeometry) -> None:
        """Move or scale the image."""

    def drag_window(self, dx: float, dy: float) -> None:
        """Change width by `dx` and brightness by `dy` logical pixels."""

    def show_rubber(self, box: Box | None) -> None:
        """Show a box in the making."""

    def finish_rubber(self, box: Box | None) -> None:
        """Take a drawn box over; None if it was too small to be meant."""

    def show_moved(self, finding_uid: str, box: Box | None) -> None:
        """Show a finding's box elsewhere."""

    def finish_moved(self, finding_uid: str, box: Box) -> None:
        """Take the moved box over."""

    def tell_crosshair(self, row: float, column: float) -> None:
        """Tell where on the image the crosshair was taken."""

    def tell_magnifier(self, at: QPointF | None) -> None:
        """Tell where the magnifier is held, None once it is let go."""

    def tell_scroll(self, slices: int) -> None:
        """Ask for a slice further on, or back if negative."""


class Drag:
    """One drag, from press to release, in logical pixels."""

    def __init__(self, pane: Pane, start: QPointF) -> None:
        self.pane = pane
        self.start = start
        self.last = start

    def begin(self) -> None:
        """React to the press itself."""

    def move(self, point: QPointF) -> None:
        """Follow the pointer."""
        step = point - self.last
        self.last = point
        self.step(step)

    def step(self, moved: QPointF) -> None:
        """React to the way since the last move; `last` is where it led."""

    def finish(self) -> None:
        """End the drag where it is."""

    def cancel(self) -> None:
        """Undo what the drag has shown but not yet handed over."""

    def is_click(self, point: QPointF) -> bool:
        """Whether the pointer has hardly moved since the press."""
        way = point - self.start
        return max(abs(way.x()), abs(way.y())) <= CLICK_SLOP
