"""The review of the open study, for the window: one undo stack, change signals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from explain.analysis import Analysis
from inference.model_card import Code
from review.decision import Box, ReviewedFinding, Verdict
from review.errors import ReviewNotSavedError, ReviewRefusedError
from review.journal import Action
from review.session import ReviewSession
from review.store import DecisionStore
from review.timeline import Change
from studies.model import ImageHeader


class ReviewModel(QObject):
    """Wraps a `ReviewSession`: the same verbs, with signals and a QUndoStack.

    List, film and report redraw from here only, on `changed`. No verb raises
    for what the reader or the disk does: a change that could not be saved
    stands in memory and `save_state_changed` says so; one that is not allowed
    is told by `refused`. Main thread.

    Signals
    -------
    changed()
        Findings, analyses or history changed.
    save_state_changed(str, bool)
        What to show of saving, e.g. "Saved 07:42:10", and whether all is saved.
    refused(str)
        Why a change was not made.
    """

    changed = Signal()
    save_state_changed = Signal(str, bool)
    refused = Signal(str)

    def __init__(self, session: ReviewSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.stack = QUndoStack(self)
        self._commands: list[_Command] = []
        self._following = False
        self._trouble = ""
        self._rebuild()

    @property
    def findings(self) -> tuple[ReviewedFinding, ...]:
        """The rows: the models' claims in their order, then the reader's."""
        return self.session.findings

    @property
    def analyses(self) -> tuple[Analysis, ...]:
        """The result that counts for each image and model."""
        return self.session.analyses

    @property
    def undecided(self) -> tuple[ReviewedFinding, ...]:
        """Flagged findings that still want a decision."""
        return tuple(
            row for row in self.findings if row.flagged and row.decision is None
        )

    @property
    def last_change(self) -> Change | None:
        """The change that `undo` would take back."""
        position = self.session.position
        return self.session.history[position - 1] if position else None

    @property
    def save_state(self) -> tuple[str, bool]:
        """What `save_state_changed` said last."""
        if self._trouble:
            return self._trouble, False
        at = self.session.last_saved_at
        return (f"Saved {_clock_time(at)}" if at is not None else "", True)

    def adopt(self, analysis: Analysis) -> None:
        """Take in a model's result."""
        with self._saving():
            self.session.adopt(analysis)

    def decide(
        self, finding_uid: str, verdict: Verdict | None, reason: str = ""
    ) -> bool:
        """Record a verdict, or clear it with None; returns whether it was made."""
        return self._change(lambda: self.session.decide(finding_uid, verdict, reason))

    def set_reason(self, finding_uid: str, reason: str) -> bool:
        """Give the coded reason of a rejection; returns whether it was given."""
        return self._change(lambda: self.session.set_reason(finding_uid, reason))

    def add_finding(
        self,
        name: str,
        code: Code,
        header: ImageHeader,
        box: Box | None,
        comment: str = "",
    ) -> ReviewedFinding | None:
        """Add a finding that the models missed; returns its row, or None."""
        made = self._change(
            lambda: self.session.add_finding(name, code, header, box, comment)
        )
        change = self.last_change
        return change.after if made and change is not None else None

    def edit_box(self, finding_uid: str, box: Box) -> bool:
        """Move or resize a finding's box; returns whether it was done."""
        return self._change(lambda: self.session.edit_box(finding_uid, box))

    def remove_added(self, finding_uid: str) -> bool:
        """Remove a finding that the reader added; returns whether it was done."""
        return self._change(lambda: self.session.remove_added(finding_uid))

    def comment(self, finding_uid: str, text: str) -> bool:
        """Write the reader's remark on a finding; returns whether it was done."""
        return self._change(lambda: self.session.comment(finding_uid, text))

    def undo(self) -> None:
        """Take back the last change, if there is one."""
        self.stack.undo()

    def redo(self) -> None:
        """Do the last undone change again, if there is one."""
        self.stack.redo()

    def discard(self) -> None:
        """Take back all changes, one by one; each can be done again."""
        self.stack.setIndex(0)

    def save_now(self) -> None:
        """Write what stands in memory only, to the same file."""
        with self._saving():
            self.session.retry_save()

    def save_to(self, store: DecisionStore) -> bool:
        """Move the whole study's journal to another file; returns whether it did."""
        with self._saving():
            self.session.retry_save(store)
        return not self._trouble

    def _change(self, verb: Callable[[], Change]) -> bool:
        before = self.session.history[: self.session.position]
        with self._saving():
            verb()
        after = self.session.history[: self.session.position]
        if after == before:
            return False
        self._follow(before, after)
        return True

    @contextmanager
    def _saving(self) -> Iterator[None]:
        """Run a verb of the session and say how saving went."""
        try:
            yield
        except ReviewNotSavedError as error:
            self._trouble = str(error)
        except ReviewRefusedError as error:
            self.refused.emit(str(error))
        else:
            self._trouble = ""
        if not self._following:
            QTimer.singleShot(0, self, self._catch_up)
        self.changed.emit()
        self.save_state_changed.emit(*self.save_state)

    def _follow(self, before: tuple[Change, ...], after: tuple[Change, ...]) -> None:
        """Put one new change on the stack."""
        if after[:-1] == before and self._known() == before:
            self._push(after[-1])
        else:
            self._rebuild()

    def _known(self) -> tuple[Change, ...]:
        done = self._commands[: self.stack.index()]
        return tuple(command.change for command in done)

    def _push(self, change: Change) -> None:
        command = _Command(self, change)
        del self._commands[self.stack.index() :]
        self._commands.append(command)
        self.stack.push(command)

    def _rebuild(self) -> None:
        """Make the stack anew from the session's history."""
        self._following = True
        try:
            self.stack.clear()
            self._commands.clear()
            for change in self.session.history:
                self._push(change)
            self.stack.setIndex(self.session.position)
        finally:
            self._following = False

    def _catch_up(self) -> None:
        """Make the stack anew where another window has changed the history."""
        known = tuple(command.change for command in self._commands)
        at = self.stack.index()
        if (known, at) != (self.session.history, self.session.position):
            self._rebuild()
            self.changed.emit()

    def _step(self, verb: Callable[[], Change | None]) -> None:
        """Undo or redo on behalf of the stack, unless the stack is being made."""
        if self._following:
            return
        with self._saving():
            verb()

    def _undo_command(self) -> None:
        self._step(self.session.undo)

    def _redo_command(self) -> None:
        self._step(self.session.redo)


class _Command(QUndoCommand):
    """One change on the stack; it was made before it is pushed."""

    def __init__(self, model: ReviewModel, change: Change) -> None:
        super().__init__(change_words(change))
        self.change = change
        self._model = model
        self._made = True

    def undo(self) -> None:
        """Take the change back, in the journal too."""
        self._model._undo_command()

    def redo(self) -> None:
        """Make the change again; nothing to do when it is pushed."""
        if self._made:
            self._made = False
            return
        self._model._redo_command()


_VERDICT_WORDS = {
    Verdict.CONFIRMED: "Confirmed",
    Verdict.REJECTED: "Rejected",
    Verdict.UNSURE: "Unsure about",
}


def change_words(change: Change) -> str:
    """Say a change in a few words, e.g. "Confirmed Pneumonia"."""
    row = change.after or change.before
    name = row.name if row is not None else change.finding_uid
    match change.action:
        case Action.DECIDE:
            decision = change.after.decision if change.after else None
            if decision is None:
                return f"Cleared the decision on {name}"
            return f"{_VERDICT_WORDS[decision.verdict]} {name}"
        case Action.REASON:
            return f"Gave the reason for {name}"
        case Action.ADD:
            return f"Added {name}"
        case Action.REMOVE:
            return f"Removed {name}"
        case Action.BOX:
            return f"Moved the box of {name}"
        case _:
            return f"Commented on {name}"


def _clock_time(at: datetime) -> str:
    return f"{at.astimezone():%H:%M:%S}"
