"""What can be wrong with a model or a run of it."""

from studies.errors import OverreadError


class ModelUnavailableError(OverreadError):
    """A model that is missing, was changed, or may not be loaded."""

    def __init__(self, model_id: str, reason: str) -> None:
        self.model_id = model_id
        self.reason = reason
        super().__init__(f"model {model_id} is not available: {reason}")


class InferenceFailedError(OverreadError):
    """A run that ended without a result; viewing goes on."""

    def __init__(self, model_id: str, reason: str) -> None:
        self.model_id = model_id
        self.reason = reason
        super().__init__(f"model {model_id} failed: {reason}")


class InferenceCancelledError(OverreadError):
    """A run ended because its cancel token was set."""


class WorkerDiedError(OverreadError):
    """The worker process ended by itself; the next call starts another."""

    def __init__(self, worker: str, exit_code: int | None) -> None:
        self.exit_code = exit_code
        super().__init__(f"{worker} process ended unexpectedly (exit code {exit_code})")


class WorkerTimeoutError(OverreadError):
    """The worker process did not answer in time; it was killed and replaced."""

    def __init__(self, worker: str, limit_s: float) -> None:
        self.limit_s = limit_s
        super().__init__(f"{worker} process gave no answer within {limit_s:g} s")


class HandlerFailedError(OverreadError):
    """The handler in the worker process raised; the process lives on.

    Attributes
    ----------
    kind
        Name of the exception's class, e.g. ``"MemoryError"``.
    reason
        Its text.
    frames
        Where it was raised, without values, so that it may be logged.
    """

    def __init__(self, worker: str, kind: str, reason: str, frames: str = "") -> None:
        self.kind = kind
        self.reason = reason
        self.frames = frames
        super().__init__(f"{worker} process failed: {kind}: {reason}")


class SharedMemoryFullError(OverreadError):
    """There is too little shared memory for the arrays of a call."""

    def __init__(self, needed: int, free: int) -> None:
        super().__init__(
            f"shared memory is full: {needed} bytes are needed, {free} are free"
        )


class DeviceUnavailableError(OverreadError):
    """A device was named that this machine lacks."""

    def __init__(self, found: str, allowed: tuple[str, ...]) -> None:
        self.found = found
        self.allowed = allowed
        super().__init__(f"device {found!r} is not here; allowed: {', '.join(allowed)}")


class UnknownModelError(ModelUnavailableError):
    """No model of this id is installed; the text names the ones there are."""

    def __init__(self, model_id: str, known: tuple[str, ...]) -> None:
        self.known = known
        super().__init__(model_id, f"not known; there is: {', '.join(known) or 'none'}")


class LocalCalibrationError(OverreadError):
    """A local calibration that may not be used; the manifest's values stay."""

    def __init__(self, model_id: str, reason: str) -> None:
        self.model_id = model_id
        self.reason = reason
        super().__init__(
            f"local calibration of {model_id} is refused: {reason}. Validate the"
            f" model again, or remove it: overread models uncalibrate {model_id}"
        )
