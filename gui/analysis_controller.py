"""The window's side of the analyses: owns the thread and the queue."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QThread, Signal

from explain.analysis import AnalysisRequest
from explain.transport import HANDLER
from gui.analysis_worker import AnalysisWorker
from inference.jobs import JobQueue, Priority
from inference.process import WorkerProcess


class AnalysisController(QObject):
    """Submits requests and relays what becomes of them. Main thread only.

    Every submitted request ends in exactly one of `completed`, `cancelled` and
    `failed`; see `AnalysisWorker` for the signals' arguments.

    Parameters
    ----------
    process
        The inference process; None for the usual one. It is started by the
        worker's thread, after `start`.
    """

    started = Signal(str)
    progressed = Signal(str, float, str)
    completed = Signal(str, object)
    cancelled = Signal(str)
    failed = Signal(str, str, bool)

    def __init__(
        self, parent: QObject | None = None, *, process: WorkerProcess | None = None
    ) -> None:
        super().__init__(parent)
        self._queue: JobQueue[AnalysisRequest] = JobQueue()
        self._process = process or WorkerProcess(HANDLER, name="inference")
        self._thread = QThread()
        self._thread.setObjectName("analysis")
        self._worker = AnalysisWorker(self._queue, self._process)
        self._worker.moveToThread(self._thread)
        self._thread.started.connect(self._worker.run)
        # Signal to signal: delivered in this object's thread, the main one.
        self._worker.started.connect(self.started)
        self._worker.progressed.connect(self.progressed)
        self._worker.completed.connect(self.completed)
        self._worker.cancelled.connect(self.cancelled)
        self._worker.failed.connect(self.failed)
        self._closed = False

    def start(self) -> None:
        """Start the thread, and in it the process; call it after the window shows."""
        if not self._closed:
            self._thread.start()

    def submit(
        self, request: AnalysisRequest, priority: Priority = Priority.ON_SCREEN
    ) -> None:
        """Ask for an analysis.

        A request that waits already takes the new priority; one that runs
        already goes on.
        """
        if self._queue.promote(request.request_id, priority):
            return
        if not self._queue.knows(request.request_id):
            self._queue.submit(request.request_id, request, priority)

    def cancel(self, request_id: str) -> None:
        """Withdraw a request; one that ended already is left alone.

        A waiting one ends at once, a running one within 200 ms.
        """
        if self._queue.cancel(request_id):
            self.cancelled.emit(request_id)

    def position(self, request_id: str) -> int | None:
        """Return how many requests come before a waiting one; None if none waits."""
        return self._queue.position(request_id)

    @property
    def waiting(self) -> int:
        """How many requests wait."""
        return self._queue.waiting

    @property
    def process_id(self) -> int | None:
        """Process id of the inference process, for the status bar and tests."""
        return self._process.pid

    def close(self) -> None:
        """Cancel everything, end the process and wait for the thread.

        Takes up to 200 ms while a request runs. Every request has ended when
        it returns.
        """
        if self._closed:
            return
        self._closed = True
        for request_id in self._queue.close():
            self.cancelled.emit(request_id)
        self._thread.quit()
        self._thread.wait()
        # The end of the request that ran is still on its way to this object.
        QCoreApplication.sendPostedEvents(self, QEvent.Type.MetaCall.value)
