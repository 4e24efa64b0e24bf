"""Exports in a process of their own, so that highdicom never enters the window's."""

from __future__ import annotations

import logging

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QThread, Signal, Slot

from inference.errors import (
    HandlerFailedError,
    InferenceCancelledError,
    WorkerDiedError,
    WorkerTimeoutError,
)
from inference.jobs import CancelToken
from inference.process import WorkerProcess
from review.export import ExportReport, ExportRequest
from review.export_files import sweep
from studies.errors import OverreadError

_log = logging.getLogger(__name__)

HANDLER = "review.export:handler"
TIME_LIMIT_S = 300.0
_KEPT = "Nothing was written. Your decisions are kept; export again."


class ExportWorker(QObject):
    """Runs one export at a time and relays what becomes of it. Main thread only.

    Every export ends in exactly one of `finished`, `failed` and `cancelled`.

    Parameters
    ----------
    process
        The export process; None for the usual one. The worker's thread starts
        it with the first export.
    """

    progressed = Signal(float, str)
    """0 to 1, name of the step."""

    finished = Signal(object)
    """`ExportReport`; single objects may have been refused."""

    failed = Signal(str)
    """Why there is no report, in words."""

    cancelled = Signal()
    """It was cancelled; no file stays of it."""

    _asked = Signal(object, object)

    def __init__(
        self, parent: QObject | None = None, *, process: WorkerProcess | None = None
    ) -> None:
        super().__init__(parent)
        self._process = process or WorkerProcess(HANDLER, name="export")
        self._token: CancelToken | None = None
        self._thread = QThread()
        self._thread.setObjectName("export")
        self._runner = _Runner(self._process)
        self._runner.moveToThread(self._thread)
        self._asked.connect(self._runner.run)
        self._runner.progressed.connect(self.progressed)
        self._runner.finished.connect(self._on_finished)
        self._runner.failed.connect(self._on_failed)
        self._runner.cancelled.connect(self._on_cancelled)
        self._closed = False

    @property
    def running(self) -> bool:
        """Whether an export is under way."""
        return self._token is not None

    def export(self, request: ExportRequest) -> None:
        """Begin an export; ignored while one runs or after `close`."""
        if self._closed or self.running:
            return
        self._token = CancelToken()
        self._thread.start()
        self._asked.emit(request, self._token)

    def cancel(self) -> None:
        """Withdraw the export that runs; it ends within 200 ms."""
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
        # The end of the export that ran is still on its way to this object.
        QCoreApplication.sendPostedEvents(self, QEvent.Type.MetaCall.value)

    @Slot(object)
    def _on_finished(self, report: ExportReport) -> None:
        self._token = None
        self.finished.emit(report)

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

    def __init__(self, process: WorkerProcess) -> None:
        super().__init__()
        self._process = process

    @Slot(object, object)
    def run(self, request: ExportRequest, token: CancelToken) -> None:
        """Run one export to its end. Worker's thread."""
        try:
            report, _ = self._process.call(
                request,
                on_progress=self.progressed.emit,
                token=token,
                timeout_s=TIME_LIMIT_S,
            )
        except InferenceCancelledError:
            sweep(request.folder, request.export_id)
            self.cancelled.emit()
        # Whatever went wrong, the window says so and the next export can run.
        except Exception as error:  # noqa: BLE001 - told to the radiologist
            _tell_log(error)
            sweep(request.folder, request.export_id)
            self.failed.emit(_words(error))
        else:
            self.finished.emit(report)


def _words(error: Exception) -> str:
    """Say why there is no report; never with values, which may be a patient's."""
    if isinstance(error, WorkerTimeoutError):
        return f"Export stopped: over {error.limit_s:g} s. {_KEPT}"
    if isinstance(error, WorkerDiedError):
        return f"Export stopped: its process ended unexpectedly. {_KEPT}"
    if isinstance(error, HandlerFailedError):
        return f"Export failed ({error.kind}). {_KEPT}"
    if isinstance(error, OverreadError):
        return f"Export failed: {error}. {_KEPT}"
    return f"Export failed ({type(error).__name__}). {_KEPT}"


def _tell_log(error: Exception) -> None:
    """Log an error's kind and place, not its text, which may hold values."""
    kind = type(error).__name__
    frames = ""
    if isinstance(error, HandlerFailedError):
        kind, frames = error.kind, error.frames
    _log.warning("export failed: %s %s", kind, frames)
