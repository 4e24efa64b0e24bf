"""Drags that draw a measurement, or move one."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QPointF

from gui.drag import CLICK_SLOP, Drag, Pane
from gui.measure_edit import Point, Points, held, shifted, with_handle
from gui.measure_mark import Mark


class Drafting(Protocol):
    """What drawing by mouse asks of the hands."""

    def press(self, at: Point) -> None:
        """Take the button that went down at an image point."""

    def hover(self, at: Point) -> None:
        """Follow the pointer to an image point."""

    def release(self, at: Point, *, click: bool) -> None:
        """Take the button that went up."""

    def drop(self) -> bool:
        """Forget the measurement in the making; whether there was one."""

    def show_moved(self, mark: Mark, points: Points | None) -> None:
        """Show a measurement elsewhere; None puts it back."""

    def finish_moved(self, mark: Mark, points: Points) -> None:
        """Take a moved measurement over."""


class MeasureDrag(Drag):
    """A line of a new measurement, from press to release."""

    def __init__(self, pane: Pane, start: QPointF, hands: Drafting) -> None:
        super().__init__(pane, start)
        self._hands = hands

    def begin(self) -> None:
        """Place the first point, or take the one that is left over."""
        self._hands.press(self._at())

    def step(self, moved: QPointF) -> None:
        """Let the next point follow."""
        self._hands.hover(self._at())

    def finish(self) -> None:
        """Place the point."""
        self._hands.release(self._at(), click=self.is_click(self.last))

    def cancel(self) -> None:
        """Take the whole measurement away."""
        self._hands.drop()

    def _at(self) -> Point:
        view = self.pane.view
        return held(
            view.view_to_image(self.last.x(), self.last.y()), view.rows, view.columns
        )


class MoveDrag(Drag):
    """A measurement moved whole, or by one of its handles."""

    def __init__(
        self,
        pane: Pane,
        start: QPointF,
        hands: Drafting,
        mark: Mark,
        handle: int | None,
    ) -> None:
        super().__init__(pane, start)
        self._hands, self._mark, self._handle = hands, mark, handle
        self._points = mark.points

    def step(self, moved: QPointF) -> None:
        """Show it as it would be; a click that trembles moves nothing."""
        way = self.last - self.start
        if self._points == self._mark.points and (
            max(abs(way.x()), abs(way.y())) <= CLICK_SLOP
        ):
            return
        self._points = self._led()
        self._hands.show_moved(self._mark, self._points)

    def _led(self) -> Points:
        view, mark = self.pane.view, self._mark
        from_row, from_column = view.view_to_image(self.start.x(), self.start.y())
        row, column = view.view_to_image(self.last.x(), self.last.y())
        if self._handle is None:
            by = row - from_row, column - from_column
            return shifted(mark.points, *by, view.rows, view.columns)
        at = held((row, column), view.rows, view.columns)
        return with_handle(mark.kind, mark.points, self._handle, at)

    def finish(self) -> None:
        """Hand it over if it changed."""
        if self._points != self._mark.points:
            self._hands.finish_moved(self._mark, self._points)

    def cancel(self) -> None:
        """Put it back."""
        self._hands.show_moved(self._mark, None)
