"""The viewport: up to four panes in a layout, one of them active."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from gui.image_view import ImageView
from gui.pane import Pane
from gui.tools import Tool
from gui.view_state import ViewState
from studies.hanging_protocol import LayoutName

PLACES: dict[LayoutName, tuple[tuple[int, int], ...]] = {
    LayoutName.ONE: ((0, 0),),
    LayoutName.TWO: ((0, 0), (0, 1)),
    LayoutName.FOUR: ((0, 0), (0, 1), (1, 0), (1, 1)),
    LayoutName.MPR: ((0, 0), (0, 1), (1, 0), (1, 1)),
}
"""Row and column of each pane."""

MOST_PANES = max(map(len, PLACES.values()))


class Viewport(QWidget):
    """Holds panes; what one of them says comes out here.

    Keys, tools and lists are about the active pane, `view`. That two patients are
    never on screen together is for `HangingDesk` to see to.

    Signals
    -------
    active_changed(), layout_changed()
    emptied(Pane), shown(Pane), settled(Pane), stepped(Pane, int), dropped(Pane, str)
        As `Pane` tells them.
    made(Pane)
        There is another pane, for layouts to use.
    enlarged_changed()
        One pane fills the viewport, or no longer.

    The rest as `ImageView` tells them, of any pane.
    """

    active_changed = Signal()
    layout_changed = Signal()
    enlarged_changed = Signal()
    emptied = Signal(object)
    shown = Signal(object)
    settled = Signal(object)
    stepped = Signal(object, int)
    dropped = Signal(object, str)
    made = Signal(object)
    box_drawn = Signal(object)
    box_edited = Signal(str, object)
    cursor_moved = Signal(int, int, str)
    finding_clicked = Signal(str)
    view_changed = Signal()
    menu_requested = Signal(object)
    drawing_changed = Signal(bool)
    status_action = Signal(str)

    def __init__(
        self, clock: Callable[[], datetime], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._all: list[Pane] = []
        self._states: dict[str, ViewState] = {}
        self._layout_name = LayoutName.ONE
        self._enlarged = False
        self._tool: Tool = "window"
        self._hidden: tuple[bool, datetime | None] = (False, None)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(2)
        self.setMinimumSize(320, 240)
        self.setAccessibleName("Viewport")
        self._active = self._pane(0)
        self._arrange()

    # --- panes ----------------------------------------------------------------

    @property
    def panes(self) -> tuple[Pane, ...]:
        """The panes of the layout, enlarged or not."""
        return tuple(self._all[: len(PLACES[self._layout_name])])

    @property
    def active(self) -> Pane:
        """The pane that keys and lists are about."""
        return self._active

    @property
    def view(self) -> ImageView:
        """The active pane's film."""
        return self._active.view

    @property
    def views(self) -> Iterator[ImageView]:
        """The films of all panes of the layout."""
        return (pane.view for pane in self.panes)

    @property
    def layout_name(self) -> LayoutName:
        """How the panes are laid out."""
        return self._layout_name

    @property
    def enlarged(self) -> bool:
        """Whether the active pane fills the viewport."""
        return self._enlarged

    def set_layout(self, name: LayoutName) -> None:
        """Lay the panes out anew; what they show stays, the first ones first."""
        self._enlarged = False
        old = self.panes
        self._layout_name = name
        for number in range(len(PLACES[name])):
            self._pane(number)
        for pane in old:
            if pane not in self.panes:
                pane.show_nothing()
        if self._active not in self.panes:
            self._active = self.panes[0]
        self._arrange()
        self.layout_changed.emit()
        self.active_changed.emit()

    def prepare(self, count: int) -> None:
        """Make panes before a layout needs them: each takes some 10 ms."""
        self._pane(count - 1)

    def activate(self, pane: Pane) -> None:
        """Turn to a pane."""
        if pane is self._active or pane not in self.panes:
            return
        self._active = pane
        if self._enlarged:
            # What keys and lists are about is what is seen.
            self._arrange()
        self._mark()
        self.active_changed.emit()

    def enlarge(self, pane: Pane | None = None) -> None:
        """Fill the viewport with one pane, or show all again."""
        if pane is not None:
            self.activate(pane)
        if len(self.panes) > 1:
            self._enlarged = not self._enlarged
            self._arrange()
            self._active.view.setFocus()
            self.enlarged_changed.emit()

    def clear(self) -> None:
        """Drop what all panes show; how it was looked at is remembered."""
        self._enlarged = False
        for pane in self._all:
            pane.show_nothing()

    def forget(self) -> None:
        """Drop what all panes show and how it was looked at."""
        self.clear()
        self._states.clear()

    # --- for all panes --------------------------------------------------------

    def set_ai_hidden(self, hidden: bool, since: datetime | None = None) -> None:
        """Hide or show all the AI says, in every pane."""
        self._hidden = hidden, since
        for pane in self._all:
            pane.view.set_ai_hidden(hidden, since)

    def hold_beneath(self, held: bool) -> None:
        """Take maps and outlines away while held."""
        for view in self.views:
            view.hold_beneath(held)

    def set_tool(self, tool: Tool) -> None:
        """Choose what a left drag does, in every pane."""
        self._tool = tool
        for pane in self._all:
            pane.view.set_tool(tool)

    def tool(self) -> Tool:
        """Return what a left drag does."""
        return self._tool

    def show_key_marks(self, keys: set[tuple[str, int]]) -> None:
        """Say on each film whether it is a key image."""
        for pane in self.panes:
            header = pane.header
            here = None if header is None else (header.sop_instance_uid, header.frame)
            pane.view.set_key(here in keys)

    # --- layout ---------------------------------------------------------------

    def _pane(self, number: int) -> Pane:
        while len(self._all) <= number:
            pane = Pane(self._clock, self._states, self)
            pane.hide()
            pane.view.set_tool(self._tool)
            self._listen(pane)
            self._all.append(pane)
            if self._hidden[0]:
                pane.view.set_ai_hidden(*self._hidden)
            self.made.emit(pane)
        return self._all[number]

    def _arrange(self) -> None:
        for pane in self._all:
            self._grid.removeWidget(pane)
        shown = (self._active,) if self._enlarged else self.panes
        for pane in self._all:
            pane.setVisible(pane in shown)
        for number, pane in enumerate(self.panes):
            if pane in shown:
                place = (0, 0) if self._enlarged else PLACES[self._layout_name][number]
                self._grid.addWidget(pane, *place)
        for row in range(2):
            used = any(self._grid.itemAtPosition(row, c) for c in range(2))
            self._grid.setRowStretch(row, int(used))
        for column in range(2):
            used = any(self._grid.itemAtPosition(r, column) for r in range(2))
            self._grid.setColumnStretch(column, int(used))
        self._mark()

    def _mark(self) -> None:
        framed = len(self.panes) > 1
        for pane in self._all:
            pane.set_active(pane is self._active, framed=framed)
        self.setFocusProxy(self._active.view)

    def _listen(self, pane: Pane) -> None:
        view = pane.view
        pane.activated.connect(self.activate)
        pane.enlarge_asked.connect(self.enlarge)
        for theirs, ours in (
            (pane.emptied, self.emptied),
            (pane.shown, self.shown),
            (pane.settled, self.settled),
            (pane.stepped, self.stepped),
            (pane.dropped, self.dropped),
            (view.box_drawn, self.box_drawn),
            (view.box_edited, self.box_edited),
            (view.cursor_moved, self.cursor_moved),
            (view.finding_clicked, self.finding_clicked),
            (view.view_changed, self.view_changed),
            (view.menu_requested, self.menu_requested),
            (view.drawing_changed, self.drawing_changed),
            (view.status_action, self.status_action),
        ):
            theirs.connect(ours)

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802 (Qt's name)
        """Tab goes from pane to pane before it leaves the viewport."""
        panes = self.panes
        place = panes.index(self._active) + (1 if forward else -1)
        if self._enlarged or not 0 <= place < len(panes):
            return super().focusNextPrevChild(forward)
        reason = Qt.FocusReason
        panes[place].view.setFocus(
            reason.TabFocusReason if forward else reason.BacktabFocusReason
        )
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt's name)
        """Leave keys to the window."""
        event.ignore()
