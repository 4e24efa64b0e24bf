"""Runs a piece of work in a thread of its own and hands back what came of it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QThread, Signal, Slot

from studies.errors import OverreadError

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a piece of work gave, or the foreseen error that it ended with."""

    result: object = None
    error: OverreadError | None = None


class _Worker(QObject):
    """Does the work; lives in a thread of its own."""

    done = Signal(int, object)  # ticket, Outcome

    @Slot(int, object)
    def run(self, ticket: int, work: Work) -> None:
        """Do one piece; called in the worker's thread."""
        try:
            outcome = Outcome(work())
        except OverreadError as error:
            outcome = Outcome(error=error)
        self.done.emit(ticket, outcome)


class Background(QObject):
    """One thread for work of one kind, in the order asked. Main thread.

    An answer that is no longer wanted is dropped: `forget` takes back all that
    was asked before.
    """

    _wanted = Signal(int, object)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tickets = itertools.count()
        self._answers: dict[int, Callable[[Outcome], None]] = {}
        self._worker = _Worker()
        self._thread = QThread(self)
        self._thread.setObjectName(name)
        self._worker.moveToThread(self._thread)
        self._wanted.connect(self._worker.run)
        self._worker.done.connect(self._on_done)
        self._thread.start()

    def ask(self, work: Work, answer: Callable[[Outcome], None]) -> None:
        """Do `work` in the thread, then call `answer` here in the main thread."""
        ticket = next(self._tickets)
        self._answers[ticket] = answer
        self._wanted.emit(ticket, work)

    def forget(self) -> None:
        """Answer nothing that was asked so far."""
        self._answers.clear()

    def close(self) -> None:
        """Stop after the work under way; wait until the thread ended."""
        self.forget()
        self._thread.quit()
        self._thread.wait()

    @Slot(int, object)
    def _on_done(self, ticket: int, outcome: Outcome) -> None:
        answer = self._answers.pop(ticket, None)
        if answer is not None:
            answer(outcome)
