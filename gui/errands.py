"""Runs functions in one thread of their own and hands the answers back."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from PySide6.QtCore import QObject, QThread, Signal, Slot

Stopped: TypeAlias = Callable[[], bool]
Work: TypeAlias = Callable[[Stopped], object]
Answer: TypeAlias = Callable[[object], None]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class _Errand:
    ticket: int
    work: Work
    answer: Answer
    failed: Answer
    keep: bool = False
    stop: threading.Event = field(default_factory=threading.Event)


def breathe() -> None:
    """Let the window have the interpreter; for work in pure Python, every ms or so.

    Else each call from Qt into Python waits for the switch interval, 5 ms, and a
    repaint is hundreds of such calls.
    """
    time.sleep(0)


class _Runner(QObject):
    """Lives in the thread; runs one errand after the other."""

    ended = Signal(object, object)  # errand, result
    broke = Signal(object, object)  # errand, exception

    @Slot(object)
    def run(self, errand: _Errand) -> None:
        """Run an errand; called in the errands' thread."""
        if errand.stop.is_set():
            return
        try:
            result = errand.work(errand.stop.is_set)
        except Exception as error:  # noqa: BLE001 - handed to the main thread, which tells it
            self.broke.emit(errand, error)
        else:
            self.ended.emit(errand, result)

    @Slot()
    def leave(self) -> None:
        """End the thread once all before is done; called in the errands' thread."""
        QThread.currentThread().quit()


class Errands(QObject):
    """A thread for slow questions; everything here is for the main thread.

    Errands run in the order asked. Each belongs to a topic, and of a topic only
    the latest counts: the earlier ones are skipped, or stopped where their work
    asks, and are not answered. Every other errand is answered exactly once, in
    the main thread.

    Parameters
    ----------
    name
        Of the thread, for the debugger.
    """

    _wanted = Signal(object)
    _leaving = Signal()

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tickets = itertools.count()
        self._latest: dict[str, _Errand] = {}
        self._closed = False
        self._runner = _Runner()
        self._thread = QThread(self)
        self._thread.setObjectName(name)
        self._runner.moveToThread(self._thread)
        self._wanted.connect(self._runner.run)
        self._leaving.connect(self._runner.leave)
        self._runner.ended.connect(self._on_ended)
        self._runner.broke.connect(self._on_broke)

    @property
    def busy(self) -> bool:
        """Whether an errand is under way or waits."""
        return bool(self._latest)

    def ask(
        self,
        topic: str,
        work: Work,
        answer: Answer,
        failed: Answer | None = None,
        *,
        keep: bool = False,
    ) -> None:
        """Run `work` in the thread, then `answer` with its result here.

        Parameters
        ----------
        topic
            An errand of the same topic that is not answered yet is dropped.
        work
            Called with a function that says whether the errand was dropped.
        failed
            Called with the exception instead of `answer`; by default it is logged
            by its kind.
        keep
            Do it even if the errands are closed meanwhile: it changes something.
        """
        if self._closed:
            return
        self.drop(topic)
        errand = _Errand(next(self._tickets), work, answer, failed or _logged, keep)
        self._latest[topic] = errand
        if not self._thread.isRunning():
            self._thread.start()
        self._wanted.emit(errand)

    def drop(self, topic: str) -> None:
        """Forget the errand of a topic; it is not answered."""
        known = self._latest.pop(topic, None)
        if known is not None:
            known.stop.set()

    def drop_matching(self, start: str) -> None:
        """Forget the errands of all topics that begin so."""
        for topic in list(self._latest):
            if topic.startswith(start):
                self.drop(topic)

    def close(self) -> None:
        """Drop what may be dropped, end the thread and wait for it."""
        if self._closed:
            return
        for topic, errand in list(self._latest.items()):
            if not errand.keep:
                self.drop(topic)
        self._closed = True
        if not self._thread.isRunning():
            return
        self._leaving.emit()
        self._thread.wait()

    def _take(self, errand: _Errand) -> bool:
        """Return whether an errand still counts; it is over then."""
        for topic, known in self._latest.items():
            if known is errand:
                del self._latest[topic]
                return True
        return False

    @Slot(object, object)
    def _on_ended(self, errand: _Errand, result: object) -> None:
        if self._take(errand):
            errand.answer(result)

    @Slot(object, object)
    def _on_broke(self, errand: _Errand, error: object) -> None:
        if self._take(errand):
            errand.failed(error)


def _logged(error: object) -> None:
    # Its text may hold a patient's name; its kind does not.
    _log.error("an errand failed: %s", type(error).__name__)
