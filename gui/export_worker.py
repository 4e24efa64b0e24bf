"""Exports in a process of their own, so that highdicom never enters the window's."""

from __future__ import annotations

from PySide6.QtCore import QObject

from gui.process_worker import ProcessWorker
from inference.errors import HandlerFailedError, WorkerDiedError, WorkerTimeoutError
from inference.process import WorkerProcess
from review.export import ExportRequest
from review.export_files import sweep
from studies.errors import OverreadError

HANDLER = "review.export:handler"
TIME_LIMIT_S = 300.0
_KEPT = "Nothing was written. Your decisions are kept; export again."


class ExportWorker(ProcessWorker):
    """Runs one export at a time; `finished` carries its `ExportReport`.

    Single objects may have been refused in it.

    Parameters
    ----------
    process
        The export process; None for the usual one.
    """

    def __init__(
        self, parent: QObject | None = None, *, process: WorkerProcess | None = None
    ) -> None:
        super().__init__(
            process or WorkerProcess(HANDLER, name="export"),
            "export",
            _words,
            _sweep,
            parent,
        )

    def export(self, request: ExportRequest) -> None:
        """Begin an export; ignored while one runs or after `close`."""
        self.submit(request, TIME_LIMIT_S)


def _sweep(request: ExportRequest) -> None:
    sweep(request.folder, request.export_id)


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
