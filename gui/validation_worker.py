"""Validations in a process of their own: the window never imports torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from gui.process_worker import ProcessWorker
from inference.errors import HandlerFailedError, WorkerDiedError, WorkerTimeoutError
from inference.process import WorkerProcess
from studies.errors import OverreadError

if TYPE_CHECKING:
    from learning.validation_job import ValidationJob

HANDLER = "learning.validation_job:handler"
_FILM_S = 30.0
_START_S = 300.0
_KEPT = "Nothing was changed; what was in force stays so."


class ValidationWorker(ProcessWorker):
    """Runs one validation at a time; `finished` carries its `ValidationOutcome`.

    Parameters
    ----------
    process
        The validation's process; None for the usual one.
    """

    def __init__(
        self, parent: QObject | None = None, *, process: WorkerProcess | None = None
    ) -> None:
        super().__init__(
            process or WorkerProcess(HANDLER, name="validation"),
            "validation",
            words,
            parent=parent,
        )

    def validate(self, job: ValidationJob, films: int) -> None:
        """Begin a validation on so many films."""
        self.submit(job, _START_S + films * _FILM_S)


def words(error: Exception) -> str:
    """Say why there is no result, and what to do next."""
    if isinstance(error, WorkerTimeoutError):
        return (
            f"Validation stopped: over {error.limit_s:g} s. {_KEPT}"
            " Try fewer films, or a machine with more memory."
        )
    if isinstance(error, WorkerDiedError):
        return (
            f"Validation stopped: its process ended unexpectedly. {_KEPT}"
            " Close other programs and run it again."
        )
    if isinstance(error, HandlerFailedError):
        # Errors of the labels and of the model say file, line and next step.
        return f"Validation failed: {error.reason or error.kind}. {_KEPT}"
    if isinstance(error, OverreadError):
        return f"Validation failed: {error}. {_KEPT}"
    return f"Validation failed ({type(error).__name__}). {_KEPT}"
