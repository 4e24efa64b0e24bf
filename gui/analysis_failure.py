"""Why an analysis ended without a result, as the radiologist reads it. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

from explain.analysis import Analysis
from inference.device import may_use_gpu
from inference.errors import (
    HandlerFailedError,
    ModelUnavailableError,
    SharedMemoryFullError,
    WorkerDiedError,
    WorkerTimeoutError,
)

_OUT_OF_MEMORY = "out of memory."


@dataclass(frozen=True, slots=True)
class Failure:
    """A sentence to follow "AI failed: ", unless it begins with "AI" itself."""

    message: str
    can_retry: bool


def of_error(error: Exception) -> Failure:
    """Return what to say of an error that ended a job."""
    if isinstance(error, WorkerTimeoutError):
        return Failure(f"AI stopped: over {error.limit_s:g} s", can_retry=True)
    if isinstance(error, WorkerDiedError):
        return Failure("the AI process ended unexpectedly.", can_retry=True)
    if isinstance(error, SharedMemoryFullError):
        return Failure(_OUT_OF_MEMORY, can_retry=True)
    if isinstance(error, ModelUnavailableError):
        return _of_model(error.reason)
    if isinstance(error, HandlerFailedError):
        return _of_handler(error)
    return Failure(f"{type(error).__name__}.", can_retry=True)


def of_analysis(analysis: Analysis) -> Failure:
    """Return what to say of an analysis whose status is FAILED."""
    reason = "; ".join(analysis.reasons) or "no reason was given"
    return Failure(reason if reason.endswith(".") else f"{reason}.", can_retry=True)


def helps_on_cpu(error: Exception, device: str) -> bool:
    """Whether the job may succeed on the CPU after this error.

    A process that died is worth a second try whatever it ran on; a hang or an
    exception only if it may have been the GPU's.
    """
    if device == "cpu":
        return False
    if isinstance(error, WorkerDiedError):
        return True
    if isinstance(error, HandlerFailedError):
        return error.kind == "DeviceUnavailableError" or (
            error.kind != "ModelUnavailableError" and may_use_gpu(device)
        )
    return isinstance(error, WorkerTimeoutError) and may_use_gpu(device)


def _of_model(reason: str) -> Failure:
    if "its SHA-256 is" in reason:
        return Failure("model file changed. The model is locked.", can_retry=False)
    return Failure(f"{reason}.", can_retry=False)


def _of_handler(error: HandlerFailedError) -> Failure:
    if error.kind == "ModelUnavailableError":
        return _of_model(error.reason)
    if error.kind in ("MemoryError", "OutOfMemoryError"):
        return Failure(_OUT_OF_MEMORY, can_retry=True)
    return Failure(f"{error.reason or error.kind}.", can_retry=True)
