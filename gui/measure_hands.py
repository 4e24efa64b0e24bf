"""Measuring on one canvas, by mouse and by keys: what is drawn, held and moved."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QPointF, Signal

from gui import measure_words
from gui.canvas import Canvas
from gui.drag import CLICK_SLOP, Drag, Pane
from gui.measure_drag import MeasureDrag, MoveDrag
from gui.measure_edit import Draft, Point, Points, first_shape, held, shifted
from gui.measure_item import MeasureItem
from gui.measure_mark import Mark
from review.measurement import MeasurementKind

_FIRST_SHARE = 0.125
"""Reach to each side of a shape placed by Enter, as a share of what is in view."""


def _never() -> str:
    return ""


class MeasureHands(QObject):
    """Holds what is being measured on a canvas; the canvas tells of it.

    `kind` is what the tool in hand measures, None for other tools. `refusal` says
    why nothing may be measured on this image, or "".

    Signals
    -------
    measured(MeasurementKind, points)
        A new one is complete.
    moved(str, points)
        One was moved, told once, when it is let go.
    selected(object)
        Uid that was chosen, or None.
    removed(str)
        The reader wants one deleted.
    refused(str)
        Why nothing is measured here.
    said(str)
        What the keys do now.
    """

    measured = Signal(object, object)
    moved = Signal(str, object)
    selected = Signal(object)
    removed = Signal(str)
    refused = Signal(str)
    said = Signal(str)

    def __init__(self, canvas: Canvas, item: MeasureItem) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._item = item
        self._nudged: tuple[Mark, Points] | None = None
        self.kind: MeasurementKind | None = None
        self.refusal: Callable[[], str] = _never

    @property
    def draft(self) -> Draft | None:
        """The measurement in the making."""
        return self._item.draft

    @property
    def busy(self) -> bool:
        """Whether Esc has something to step back from."""
        return self.draft is not None or self._item.selected is not None

    def take(self, kind: MeasurementKind | None) -> None:
        """Take another tool in hand; what was begun is dropped, nothing is held."""
        self.drop()
        self.kind = kind
        if kind is not None:
            self.choose(None)

    def drop(self) -> bool:
        """Forget the measurement in the making; whether there was one."""
        self._nudged = None
        was = self.draft is not None
        self._item.set_draft(None)
        return was

    def step_back(self) -> bool:
        """Esc: drop what is being drawn, else let go of what is chosen."""
        if self.drop():
            return True
        held_one = self._item.selected is not None
        if held_one:
            self.choose(None)
        return held_one

    def choose(self, uid: str | None) -> None:
        """Give one its handles, and tell if that is new."""
        self.finish_nudge()
        old = self._item.selected
        self._item.set_selected(uid)
        if uid != (old.uid if old is not None else None):
            self.selected.emit(uid)

    # By mouse

    def drag_at(self, pane: Pane, at: QPointF) -> Drag | None:
        """Return the drag a press begins: move what is chosen, or draw."""
        self.finish_nudge()
        hit, chosen = self._item.hit(at), self._item.selected
        if self.draft is None and hit and chosen and hit.uid == chosen.uid:
            return MoveDrag(pane, at, self, chosen, hit.handle)
        if self.kind is None or self._is_refused():
            return None
        return MeasureDrag(pane, at, self)

    def _is_refused(self) -> bool:
        why = self.refusal()
        if why:
            self.drop()
            self.refused.emit(why)
        return bool(why)

    def press(self, at: Point) -> None:
        """Place the start of a line, or take the point that is left over."""
        assert self.kind is not None
        draft = self.draft
        if draft is None or draft.complete:
            draft = Draft(self.kind)
        self._item.set_draft(draft.pressed(at))

    def hover(self, at: Point) -> None:
        """Let the next point follow the pointer, the button down or not."""
        draft = self.draft
        if draft is not None and not draft.complete:
            view = self._canvas.view
            self._item.set_draft(draft.moved(held(at, view.rows, view.columns)))

    def release(self, at: Point, *, click: bool) -> None:
        """Place the point; the last one makes the measurement."""
        draft = self.draft
        if draft is None:
            return
        if not draft.began and draft.placed and self._is_near(draft.placed[-1], at):
            # The second click of a double click ends no line.
            return
        self._take(draft.released(at, click=click))

    def _is_near(self, one: Point, other: Point) -> bool:
        view = self._canvas.view
        start, end = (QPointF(*view.to_view(*point)) for point in (one, other))
        return (start - end).manhattanLength() <= CLICK_SLOP

    def _take(self, draft: Draft) -> None:
        if not draft.complete:
            self._item.set_draft(draft)
            return
        self._item.set_draft(None)
        if draft.uid:
            self.moved.emit(draft.uid, draft.placed)
        else:
            self.measured.emit(draft.kind, draft.placed)

    def click(self, at: QPointF) -> bool:
        """Choose what a click met, or let go; whether it met a measurement."""
        hit = self._item.hit(at)
        self.choose(hit.uid if hit is not None else None)
        return hit is not None

    def settle(self, at: QPointF) -> None:
        """Let a click that began a measurement on an old one choose that instead."""
        draft, hit = self.draft, self._item.hit(at)
        if draft is not None and len(draft.placed) == 1 and hit is not None:
            self.drop()
            self.choose(hit.uid)

    def show_moved(self, mark: Mark, points: Points | None) -> None:
        """Show one elsewhere; None puts it back."""
        self._item.set_moved(mark.uid, points)

    def finish_moved(self, mark: Mark, points: Points) -> None:
        """Hand a moved one over."""
        self.moved.emit(mark.uid, points)

    # By keys

    def enter(self) -> None:
        """Place a whole one, take it over, or take the chosen one's points in hand."""
        draft, chosen = self.draft, self._item.selected
        if draft is not None and draft.complete:
            self._take(draft)
        elif draft is None and chosen is not None:
            self.finish_nudge()
            self._begin(Draft(chosen.kind, chosen.points, active=0, uid=chosen.uid))
        elif self.kind is not None and not self._is_refused():
            placed = draft.placed if draft is not None else ()
            whole = (*placed, *self._first(self.kind)[len(placed) :])
            self._begin(Draft(self.kind, whole, active=0))

    def _first(self, kind: MeasurementKind) -> Points:
        view = self._canvas.view
        reach = _FIRST_SHARE * min(view.height, view.width) / view.scale
        return first_shape(kind, view.center, reach, view.rows, view.columns)

    def _begin(self, draft: Draft) -> None:
        self._item.set_draft(draft)
        self._say(draft)

    def _say(self, draft: Draft) -> None:
        count = len(draft.placed)
        self.said.emit(measure_words.point_words(draft.kind, draft.active, count))

    def turn(self, by: int) -> None:
        """Give the arrows another point."""
        draft = self.draft
        if draft is not None and draft.complete:
            self._begin(draft.turned(by))

    def nudge(self, d_row: float, d_column: float) -> None:
        """Move a point of what is drawn by keys, else the chosen one whole."""
        view, draft = self._canvas.view, self.draft
        if draft is not None and draft.complete:
            size = view.rows, view.columns
            self._item.set_draft(draft.nudged(d_row, d_column, *size))
            return
        chosen = self._item.selected
        if draft is None and chosen is not None:
            points = self._nudged[1] if self._nudged is not None else chosen.points
            points = shifted(points, d_row, d_column, view.rows, view.columns)
            self._nudged = chosen, points
            self.show_moved(chosen, points)

    def finish_nudge(self) -> bool:
        """Hand over what the arrows moved; whether there was something."""
        nudged, self._nudged = self._nudged, None
        if nudged is None:
            return False
        if nudged[1] != nudged[0].points:
            self.finish_moved(*nudged)
        return True

    def remove(self) -> None:
        """Ask for the chosen one to be deleted."""
        chosen = self._item.selected
        if chosen is not None:
            self.drop()
            self.removed.emit(chosen.uid)
