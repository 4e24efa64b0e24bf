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
