"""The history of a review for the window: saving, undo, and what has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from PySide6.QtCore import QObject, QTimer, Signal, SignalInstance
from PySide6.QtGui import QUndoCommand, QUndoStack

from gui.change_words import change_words
from review.errors import ReviewNotSavedError, ReviewRefusedError
from review.journal import Subject
from review.session import ReviewSession
from review.store import DecisionStore
from review.timeline import Change


class ReviewHistory(QObject):
    """Wraps a `ReviewSession`: one QUndoStack for all, and signals.

    No verb raises for what the reader or the disk does: a change that could not
    be saved stands in memory and `save_state_changed` says so; one that is not
    allowed is told by `refused`. Main thread.

    Signals
    -------
    changed()
        Findings, analyses or their history changed.
    marks_changed()
        Measurements or key images changed.
    layout_changed()
        The layout is another one: made here, undone, or of another window.
    views_changed()
        How an image or series is shown is another.
    history_changed()
        Any of these: `last_change`, undo and redo are others.
    save_state_changed(str, bool)
        What to show of saving, e.g. "Saved 07:42:10", and whether all is saved.
    refused(str)
        Why a change was not made.
    """

    changed = Signal()
    marks_changed = Signal()
    layout_changed = Signal()
    views_changed = Signal()
    history_changed = Signal()
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

    def _change(
        self, verb: Callable[[], Change | None], subject: Subject = Subject.FINDING
    ) -> bool:
        before = self.session.history[: self.session.position]
        with self._saving(subject):
            verb()
        after = self.session.history[: self.session.position]
        if after == before:
            return False
        self._follow(before, after)
        return True

    @contextmanager
    def _saving(self, subject: Subject = Subject.FINDING) -> Iterator[None]:
        """Run a verb of the session; say how saving went and what to redraw."""
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
        self._tell(subject)
        self.save_state_changed.emit(*self.save_state)

    def _tell(self, *subjects: Subject) -> None:
        """Emit each signal once; a refused change too, to draw it as it stands."""
        for signal in dict.fromkeys(self._signal_of(subject) for subject in subjects):
            signal.emit()
        self.history_changed.emit()

    def _signal_of(self, subject: Subject) -> SignalInstance:
        match subject:
            case Subject.FINDING:
                return self.changed
            case Subject.MEASUREMENT | Subject.KEY_IMAGE:
                return self.marks_changed
            case Subject.LAYOUT:
                return self.layout_changed
            case Subject.VIEW:
                return self.views_changed

    def _follow(self, before: tuple[Change, ...], after: tuple[Change, ...]) -> None:
        """Put one new change on the stack."""
        if after[:-1] == before and self._known() == before:
            self._push(after[-1])
        else:
            self._rebuild()
            self._tell(*Subject)

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
            self._tell(*Subject)

    def _step(self, verb: Callable[[], Change | None], subject: Subject) -> None:
        """Undo or redo on behalf of the stack, unless the stack is being made."""
        if self._following:
            return
        with self._saving(subject):
            verb()

    def _undo_command(self, subject: Subject) -> None:
        self._step(self.session.undo, subject)

    def _redo_command(self, subject: Subject) -> None:
        self._step(self.session.redo, subject)


class _Command(QUndoCommand):
    """One change on the stack; it was made before it is pushed."""

    def __init__(self, model: ReviewHistory, change: Change) -> None:
        super().__init__(change_words(change))
        self.change = change
        self._model = model
        self._made = True

    def undo(self) -> None:
        """Take the change back, in the journal too."""
        self._model._undo_command(self.change.subject)

    def redo(self) -> None:
        """Make the change again; nothing to do when it is pushed."""
        if self._made:
            self._made = False
            return
        self._model._redo_command(self.change.subject)


def _clock_time(at: datetime) -> str:
    return f"{at.astimezone():%H:%M:%S}"
