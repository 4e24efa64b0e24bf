"""The reader's work on one study: what is selected, what is decided."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from gui import finding_rows
from gui.ai_desk import AiDesk
from gui.deciding import Deciding
from gui.finding_order import FindingOrder
from gui.finding_rows import FindingRow
from gui.main_window import MainWindow
from gui.missed_desk import MissedDesk
from gui.review_screen import ReviewScreen

if TYPE_CHECKING:
    from gui.finding_rows import Arrangement
    from gui.pane import Pane
    from gui.review_model import ReviewModel
    from gui.series_analysis import SeriesAnalysis
    from gui.viewport import Viewport
    from review.decision import ReviewedFinding
    from studies.model import ImageHeader

_log = logging.getLogger(__name__)


def _nowhere(finding: ReviewedFinding) -> str:
    return ""


class ReviewDesk(QObject):
    """Turns keys and clicks into verbs of the review model, and redraws.

    Signals
    -------
    image_wanted(str, int)
        The selected finding lies on another image of the study.
    refreshed()
        The rows, or which of them is selected, are new.
    """

    image_wanted = Signal(str, int)
    refreshed = Signal()

    def __init__(
        self,
        window: MainWindow,
        viewport: Viewport,
        ai: AiDesk,
        series: SeriesAnalysis,
        clock: Callable[[], datetime],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._viewport = viewport
        self._ai = ai
        self._clock = clock
        self._screen = ReviewScreen(window, viewport, ai, series)
        self._series = series
        self._order = FindingOrder((), _nowhere)
        self.missed = MissedDesk(window, viewport)
        self.deciding = Deciding(window, self._screen, self)
        self.deciding.select_asked.connect(self.select)
        self._connect()

    @property
    def model(self) -> ReviewModel | None:
        """The review on screen."""
        return self._screen.model

    @property
    def selected(self) -> str:
        """Uid of the selected finding, or ""."""
        return self._screen.selected

    @property
    def selected_finding(self) -> ReviewedFinding | None:
        """The selected finding, or None."""
        row = self._screen.row
        return row.finding if row is not None else None

    @property
    def rows(self) -> Arrangement:
        """The rows as they are shown."""
        return self._screen.rows

    @property
    def ai_hidden(self) -> bool:
        """Whether the reader has hidden all AI."""
        return self._screen.hidden_since is not None

    def open(
        self,
        model: ReviewModel | None,
        where: Callable[[ReviewedFinding], str] = _nowhere,
    ) -> None:
        """Work on another study; None for no review.

        Parameters
        ----------
        where
            Names the image of a finding, where there are several.
        """
        if (old := self._screen.model) is not None:
            old.changed.disconnect(self.refresh)
            old.history_changed.disconnect(self._screen.draw_history)
            old.save_state_changed.disconnect(self._on_save_state)
            old.refused.disconnect(self._window.status.say)
        self._screen.model = model
        self._screen.header = None
        self._screen.selected = ""
        images = model.session.study.images if model is not None else ()
        self._order = FindingOrder(
            images, where, partial(self._series.volume_words, images)
        )
        self.deciding.leave_reason()
        self.missed.work_on(model, None)
        if model is not None:
            model.changed.connect(self.refresh)
            model.history_changed.connect(self._screen.draw_history)
            model.save_state_changed.connect(self._on_save_state)
            model.refused.connect(self._window.status.say)
            self._on_save_state(*model.save_state)
        self.refresh()

    @contextmanager
    def film_later(self) -> Iterator[None]:
        """Draw list and film in two turns, so that neither stalls the window."""
        self._screen.film_waits = True
        try:
            yield
        finally:
            self._screen.film_waits = False

    def show_image(self, header: ImageHeader | None) -> None:
        """Work on another image; the active pane shows it by now."""
        self._screen.header = header
        row = self._screen.row
        if row is not None and not self._screen.is_here(row.finding):
            self._screen.selected = ""
        self.missed.work_on(self.model, header)
        self.refresh()

    def refresh(self) -> None:
        """Bring the screen in line with the review model and the AI's states."""
        self._screen.rows = self._arranged(ai_hidden=self.ai_hidden)
        self._keep_selection()
        self._screen.draw()
        self.refreshed.emit()

    def reported_rows(self) -> Sequence[FindingRow]:
        """Return the rows that an export tells of, hidden ones too.

        What leaves the house must be seen by the one who answers for it, also
        when the AI's marks are hidden on the film.
        """
        return self._arranged(ai_hidden=False).listed

    def _arranged(self, *, ai_hidden: bool) -> Arrangement:
        return self._order.arranged(self.model, self._ai.is_quiet, ai_hidden=ai_hidden)

    def _keep_selection(self) -> None:
        """Keep the selected row; where it is gone, take the first to decide."""
        if self._screen.row is not None:
            return
        here = [row for row in self.rows.listed if self._screen.is_here(row.finding)]
        first = here[0].finding.finding_uid if here else ""
        self._screen.selected = finding_rows.next_undecided(here, "") or first

    # --- selection ------------------------------------------------------------

    def select(self, finding_uid: str) -> None:
        """Select a finding, and go to its image."""
        if finding_uid == self.selected:
            return
        self._screen.selected = finding_uid
        row = self._screen.row
        if row is not None and not self._screen.is_here(row.finding):
            self.image_wanted.emit(row.finding.sop_instance_uid, row.finding.frame)
        self.refresh()

    def _step(self, by: int) -> None:
        rows = (*self.rows.listed, *self.rows.below)
        uids = [row.finding.finding_uid for row in rows]
        if uids:
            place = uids.index(self.selected) + by if self.selected in uids else 0
            self.select(uids[place % len(uids)])

    def _on_next(self) -> None:
        self._step(1)

    def _on_previous(self) -> None:
        self._step(-1)

    # --- AI, saving, Esc ------------------------------------------------------

    def hide_ai(self, *, hidden: bool) -> None:
        """Hide or show all AI; logged either way."""
        if hidden == self.ai_hidden:
            return
        since = self._clock() if hidden else None
        self._screen.hidden_since = since
        _log.info("all AI %s", "hidden" if hidden else "shown")
        self._viewport.set_ai_hidden(hidden, since)
        self.deciding.leave_reason()
        self.refresh()

    def step_back(self) -> bool:
        """Esc: leave the open reasons; False if there are none."""
        return self.deciding.leave_reason()

    def _on_shown(self, pane: Pane) -> None:
        self._screen.new_image(pane)

    def _on_settled(self, pane: Pane) -> None:
        """Draw on a pane that shows another image; the active one follows."""
        if not pane.is_active:
            self._screen.draw_pane(pane)

    def _on_save_state(self, words: str, ok: bool) -> None:
        self._window.top.show_saved(words, ok=ok)

    def _connect(self) -> None:
        actions, dock = self._window.commands, self._window.dock
        actions["next-finding"].triggered.connect(self._on_next)
        actions["previous-finding"].triggered.connect(self._on_previous)
        dock.findings.selected.connect(self.select)
        self._viewport.finding_clicked.connect(self.select)
        self._viewport.shown.connect(self._on_shown)
        self._viewport.settled.connect(self._on_settled)
        self._ai.changed.connect(self._screen.draw_states)
        self.missed.added.connect(self.select)
        self.missed.box_refused.connect(self.refresh)
