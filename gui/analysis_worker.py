"""Runs analyses in a thread of their own, by way of the inference process."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from explain.analysis import Analysis, AnalysisRequest, AnalysisStatus
from explain.transport import pack_request, unpack_analysis
from gui import analysis_failure
from gui.analysis_failure import Failure
from inference.errors import HandlerFailedError, InferenceCancelledError
from inference.jobs import CancelToken, Job, JobQueue
from inference.model_card import read_manifest
from inference.process import WorkerProcess

_log = logging.getLogger(__name__)

_SECOND_TRY = "Ran on the CPU after the AI process failed."


class AnalysisWorker(QObject):
    """Serves a queue of requests until it is closed.

    Lives in a QThread; `run` is its only slot and holds the thread, so nothing
    else may be sent to it: cancelling goes through the job's token.

    Each job ends in exactly one of `completed`, `cancelled` and `failed`, and
    its id is free again when that signal is emitted.
    """

    started = Signal(str)
    """Request id: its turn has come."""

    progressed = Signal(str, float, str)
    """Request id, 0 to 1, name of the step."""

    completed = Signal(str, object)
    """Request id and `Analysis`, never one that FAILED."""

    cancelled = Signal(str)
    """Request id."""

    failed = Signal(str, str, bool)
    """Request id, what to say, and whether running it again may help."""

    def __init__(
        self, queue: JobQueue[AnalysisRequest], process: WorkerProcess
    ) -> None:
        super().__init__()
        self._queue = queue
        self._process = process

    @Slot()
    def run(self) -> None:
        """Serve jobs until the queue is closed. Worker thread."""
        self._make_ready()
        while (job := self._queue.take()) is not None:
            self._serve(job)
            self._make_ready()
        self._process.close()

    def _make_ready(self) -> None:
        """Start the process if there is none, so that it imports torch meanwhile.

        At first, and after a job that took it down.
        """
        try:
            self._process.start()
        except OSError as error:
            # The next job tries again, and tells the radiologist if it fails.
            _log.warning("the inference process did not start: %s", error)

    def _serve(self, job: Job[AnalysisRequest]) -> None:
        self.started.emit(job.job_id)
        outcome = self._outcome(job)
        self._queue.finish(job.job_id)
        if outcome is None:
            self.cancelled.emit(job.job_id)
        elif isinstance(outcome, Failure):
            self.failed.emit(job.job_id, outcome.message, outcome.can_retry)
        else:
            self.completed.emit(job.job_id, outcome)

    def _outcome(self, job: Job[AnalysisRequest]) -> Analysis | Failure | None:
        """Return the result, why there is none, or None if it was cancelled."""
        try:
            analysis = self._attempt(job.payload, job.token)
        except InferenceCancelledError:
            return None
        # Whatever went wrong, the next job must run.
        except Exception as error:  # noqa: BLE001 - told to the radiologist
            _tell_log(error)
            return analysis_failure.of_error(error)
        if analysis.status is AnalysisStatus.CANCELLED:
            return None
        if analysis.status is AnalysisStatus.FAILED:
            return analysis_failure.of_analysis(analysis)
        return analysis

    def _attempt(self, request: AnalysisRequest, token: CancelToken) -> Analysis:
        """Run the job, and once more on the CPU where that may help."""
        try:
            return self._call(request, token)
        except InferenceCancelledError:
            raise
        except Exception as error:
            if not analysis_failure.helps_on_cpu(error, request.device):
                raise
            _tell_log(error)
        analysis = self._call(replace(request, device="cpu"), token)
        return replace(analysis, notices=(*analysis.notices, _SECOND_TRY))

    def _call(self, request: AnalysisRequest, token: CancelToken) -> Analysis:
        card = read_manifest(Path(request.model_folder))
        payload, arrays = pack_request(request)
        result, maps = self._process.call(
            payload,
            arrays,
            on_progress=lambda fraction, step: self.progressed.emit(
                request.request_id, fraction, step
            ),
            token=token,
            timeout_s=card.time_limit_s,
        )
        return unpack_analysis(result, maps)


def _tell_log(error: Exception) -> None:
    """Log an error's kind and place, not its text, which may hold values."""
    kind = type(error).__name__
    frames = ""
    if isinstance(error, HandlerFailedError):
        kind, frames = error.kind, error.frames
    _log.warning("analysis failed: %s %s", kind, frames)
