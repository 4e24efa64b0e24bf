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
from gui.action_specs import REASON_COUNT
from gui.ai_desk import AiDesk
from gui.finding_order import FindingOrder
from gui.finding_rows import FindingRow
from gui.main_window import MainWindow
from gui.missed_desk import MissedDesk
from gui.review_screen import ReviewScreen
from review.decision import Origin, Verdict
from review.vocabulary import REJECTION_REASONS

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
        self._reason_for = ""
        self._series = series
        self._order = FindingOrder((), _nowhere)
        self.missed = MissedDesk(window, viewport)
        self.advance = True
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
        self._leave_reason()
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

    # --- decisions ------------------------------------------------------------

    def decide(self, verdict: Verdict) -> None:
        """Record a verdict on the selected finding and go on to the next."""
        row = self._screen.row
        if row is None or self.model is None:
            return
        uid = row.finding.finding_uid
        if not self.model.decide(uid, verdict):
            return
        self._leave_reason()
        if verdict is Verdict.REJECTED:
            self._reason_for = uid
            self._window.dock.bar.reasons.ask(row.finding.name, "")
        following = finding_rows.next_undecided(self.rows.listed, uid)
        if self.advance and following is not None:
            self.select(following)

    def _on_confirm(self) -> None:
        self.decide(Verdict.CONFIRMED)

    def _on_reject(self) -> None:
        self.decide(Verdict.REJECTED)

    def _on_unsure(self) -> None:
        self.decide(Verdict.UNSURE)

    def _on_clear(self) -> None:
        row = self._screen.row
        if row is None or self.model is None:
            return
        if row.finding.origin is Origin.READER:
            self.model.remove_added(row.finding.finding_uid)
        else:
            self.model.decide(row.finding.finding_uid, None)
        self._leave_reason()

    def _on_reason(self, key: str) -> None:
        if self.model is not None and self._reason_for:
            self.model.set_reason(self._reason_for, key)
        self._leave_reason()

    def _on_reason_key(self) -> None:
        action = self.sender()
        assert action is not None
        self._window.dock.bar.reasons.choose(int(action.objectName()[-1]))

    def _leave_reason(self) -> None:
        self._reason_for = ""
        self._window.dock.bar.reasons.hide()

    def _on_comment(self, text: str) -> None:
        if self.model is not None and self.selected:
            self.model.comment(self.selected, text)

    def _on_comment_asked(self) -> None:
        self._window.dock.bar.comment.setFocus()

    def _on_undo(self) -> None:
        if self.model is not None:
            touched = self.model.last_change
            self.model.undo()
            self._show_touched(touched.finding_uid if touched is not None else "")

    def _on_redo(self) -> None:
        if self.model is not None:
            self.model.redo()
            touched = self.model.last_change
            self._show_touched(touched.finding_uid if touched is not None else "")

    def _show_touched(self, finding_uid: str) -> None:
        """Select what was undone or done again, if it is still there."""
        self._leave_reason()
        rows = (*self.rows.listed, *self.rows.below)
        if finding_uid in {row.finding.finding_uid for row in rows}:
            self.select(finding_uid)

    # --- AI, saving, Esc ------------------------------------------------------

    def hide_ai(self, *, hidden: bool) -> None:
        """Hide or show all AI; logged either way."""
        if hidden == self.ai_hidden:
            return
        since = self._clock() if hidden else None
        self._screen.hidden_since = since
        _log.info("all AI %s", "hidden" if hidden else "shown")
        self._viewport.set_ai_hidden(hidden, since)
        self._leave_reason()
        self.refresh()

    def step_back(self) -> bool:
        """Esc: leave the open reasons; False if there are none."""
        asking = bool(self._reason_for)
        self._leave_reason()
        return asking

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
        for action_id, slot in {
            "confirm": self._on_confirm,
            "reject": self._on_reject,
            "unsure": self._on_unsure,
            "clear-decision": self._on_clear,
            "next-finding": self._on_next,
            "previous-finding": self._on_previous,
            "undo": self._on_undo,
            "redo": self._on_redo,
            "comment": self._on_comment_asked,
        }.items():
            actions[action_id].triggered.connect(slot)
        for number in range(1, REASON_COUNT + 1):
            action = actions[f"reason-{number}"]
            title = REJECTION_REASONS[number - 1].title
            action.setText(f"Rejected because: {title.lower()}")
            action.triggered.connect(self._on_reason_key)
        dock.findings.selected.connect(self.select)
        dock.bar.reason_chosen.connect(self._on_reason)
        dock.bar.comment_written.connect(self._on_comment)
        dock.bar.comment_left.connect(self._window.focus_film)
        self._viewport.finding_clicked.connect(self.select)
        self._viewport.shown.connect(self._on_shown)
        self._viewport.settled.connect(self._on_settled)
        self._ai.changed.connect(self._screen.draw_states)
        self.missed.added.connect(self.select)
        self.missed.box_refused.connect(self.refresh)
