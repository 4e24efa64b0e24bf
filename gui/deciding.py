"""Verdicts, reasons, comments, undo: what the reader says of the selected finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from gui import finding_rows
from gui.action_specs import REASON_COUNT
from gui.main_window import MainWindow
from gui.review_screen import ReviewScreen
from review.decision import Origin, Verdict
from review.vocabulary import REJECTION_REASONS

if TYPE_CHECKING:
    from gui.review_model import ReviewModel


class Deciding(QObject):
    """Turns the keys and buttons of the decision bar into verbs of the model.

    Attributes
    ----------
    advance
        Go on to the next undecided finding after a verdict.

    Signals
    -------
    select_asked(str)
        The finding of that uid is to be selected.
    """

    select_asked = Signal(str)

    def __init__(
        self, window: MainWindow, screen: ReviewScreen, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._window = window
        self._screen = screen
        self._reason_for = ""
        self.advance = True
        self._connect()

    @property
    def _model(self) -> ReviewModel | None:
        return self._screen.model

    def decide(self, verdict: Verdict) -> None:
        """Record a verdict on the selected finding and go on to the next."""
        row = self._screen.row
        if row is None or self._model is None:
            return
        uid = row.finding.finding_uid
        if not self._model.decide(uid, verdict):
            return
        self.leave_reason()
        if verdict is Verdict.REJECTED:
            self._reason_for = uid
            self._window.dock.bar.reasons.ask(row.finding.name, "")
        following = finding_rows.next_undecided(self._screen.rows.listed, uid)
        if self.advance and following is not None:
            self.select_asked.emit(following)

    def _on_confirm(self) -> None:
        self.decide(Verdict.CONFIRMED)

    def _on_reject(self) -> None:
        self.decide(Verdict.REJECTED)

    def _on_unsure(self) -> None:
        self.decide(Verdict.UNSURE)

    def _on_clear(self) -> None:
        row = self._screen.row
        if row is None or self._model is None:
            return
        if row.finding.origin is Origin.READER:
            self._model.remove_added(row.finding.finding_uid)
        else:
            self._model.decide(row.finding.finding_uid, None)
        self.leave_reason()

    def _on_reason(self, key: str) -> None:
        if self._model is not None and self._reason_for:
            self._model.set_reason(self._reason_for, key)
        self.leave_reason()

    def _on_reason_key(self) -> None:
        action = self.sender()
        assert action is not None
        self._window.dock.bar.reasons.choose(int(action.objectName()[-1]))

    def leave_reason(self) -> bool:
        """Ask for no reason any more; False if none was asked for."""
        asking, self._reason_for = bool(self._reason_for), ""
        self._window.dock.bar.reasons.hide()
        return asking

    def _on_comment(self, text: str) -> None:
        if self._model is not None and self._screen.selected:
            self._model.comment(self._screen.selected, text)

    def _on_comment_asked(self) -> None:
        self._window.dock.bar.comment.setFocus()

    def _on_undo(self) -> None:
        if self._model is not None:
            touched = self._model.last_change
            self._model.undo()
            self._show_touched(touched.finding_uid if touched is not None else "")

    def _on_redo(self) -> None:
        if self._model is not None:
            self._model.redo()
            touched = self._model.last_change
            self._show_touched(touched.finding_uid if touched is not None else "")

    def _show_touched(self, finding_uid: str) -> None:
        """Select what was undone or done again, if it is still there."""
        self.leave_reason()
        rows = (*self._screen.rows.listed, *self._screen.rows.below)
        if finding_uid in {row.finding.finding_uid for row in rows}:
            self.select_asked.emit(finding_uid)

    def _connect(self) -> None:
        actions, bar = self._window.commands, self._window.dock.bar
        for action_id, slot in {
            "confirm": self._on_confirm,
            "reject": self._on_reject,
            "unsure": self._on_unsure,
            "clear-decision": self._on_clear,
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
        bar.reason_chosen.connect(self._on_reason)
        bar.comment_written.connect(self._on_comment)
        bar.comment_left.connect(self._window.focus_film)
