"""Runs one job at a time in a process of its own, watched by a thread."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeAlias

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QThread, Signal, Slot

from inference.errors import HandlerFailedError, InferenceCancelledError
from inference.jobs import CancelToken
from inference.process import WorkerProcess

_log = logging.getLogger(__name__)

Words: TypeAlias = Callable[[Exception], str]
Clean: TypeAlias = Callable[[Any], object]


def _nothing(_: object) -> None:
    return None


class ProcessWorker(QObject):
    """Runs jobs and relays what becomes of them. Main thread only.

    Every job ends in exactly one of `finished`, `failed` and `cancelled`.

    Parameters
    ----------
    process
        The thread starts it with the first job.
    name
        Of the thread and in the log, e.g. ``"export"``.
    words
        Says why there is no result; never with values, which may be a patient's.
    clean
        Called with a job that ended without a result, in the worker's thread.
    """

    progressed = Signal(float, str)
    """0 to 1, name of the step."""

    finished = Signal(object)
    """What the process returned."""

    failed = Signal(str)
    """Why there is no result, in words."""

    cancelled = Signal()
    """It was cancelled; nothing stays of it."""

    _asked = Signal(object, float, object)

    def __init__(
        self,
        process: WorkerProcess,
        name: str,
        words: Words,
        clean: Clean = _nothing,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._process = process
        self._token: CancelToken | None = None
        self._thread = QThread()
        self._thread.setObjectName(name)
        self._runner = _Runner(process, name, words, clean)
        self._runner.moveToThread(self._thread)
        self._asked.connect(self._runner.run)
        self._runner.progressed.connect(self.progressed)
        self._runner.finished.connect(self._on_finished)
        self._runner.failed.connect(self._on_failed)
        self._runner.cancelled.connect(self._on_cancelled)
        self._closed = False

    @property
    def running(self) -> bool:
        """Whether a job is under way."""
        return self._token is not None

    def submit(self, job: object, time_limit_s: float) -> None:
        """Begin a job; ignored while one runs or after `close`."""
        if self._closed or self.running:
            return
        self._token = CancelToken()
        self._thread.start()
        self._asked.emit(job, time_limit_s, self._token)

    def cancel(self) -> None:
        """Withdraw the job that runs; it ends within 200 ms."""
        if self._token is not None:
            self._token.cancel()

    def close(self) -> None:
        """Cancel, end the process and wait for the thread."""
        if self._closed:
            return
        self._closed = True
        self.cancel()
        self._thread.quit()
        self._thread.wait()
        self._process.close()
        # The end of the job that ran is still on its way to this object.
        QCoreApplication.sendPostedEvents(self, QEvent.Type.MetaCall.value)

    @Slot(object)
    def _on_finished(self, result: object) -> None:
        self._token = None
        self.finished.emit(result)

    @Slot(str)
    def _on_failed(self, message: str) -> None:
        self._token = None
        self.failed.emit(message)

    @Slot()
    def _on_cancelled(self) -> None:
        self._token = None
        self.cancelled.emit()


class _Runner(QObject):
    """Calls the process from the worker's thread."""

    progressed = Signal(float, str)
    finished = Signal(object)
    failed = Signal(str)
    cancelled = Signal()

    def __init__(
        self, process: WorkerProcess, name: str, words: Words, clean: Clean
    ) -> None:
        super().__init__()
        self._process = process
        self._name = name
        self._words = words
        self._clean = clean

    @Slot(object, float, object)
    def run(self, job: object, time_limit_s: float, token: CancelToken) -> None:
        """Run one job to its end. Worker's thread."""
        try:
            result, _ = self._process.call(
                job,
                on_progress=self.progressed.emit,
                token=token,
                timeout_s=time_limit_s,
            )
        except InferenceCancelledError:
            self._clean(job)
            self.cancelled.emit()
        # Whatever went wrong, the window says so and the next job can run.
        except Exception as error:  # noqa: BLE001 - told to the radiologist
            _tell_log(self._name, error)
            self._clean(job)
            self.failed.emit(self._words(error))
        else:
            self.finished.emit(result)


def _tell_log(name: str, error: Exception) -> None:
    """Log an error's kind and place, not its text, which may hold values."""
    kind = type(error).__name__
    frames = ""
    if isinstance(error, HandlerFailedError):
        kind, frames = error.kind, error.frames
    _log.warning("%s failed: %s %s", name, kind, frames)
