"""What the AI desk needs of the registry and of the controller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import SignalInstance

if TYPE_CHECKING:
    from explain.analysis import AnalysisRequest
    from inference.errors import ModelUnavailableError
    from inference.jobs import Priority
    from inference.model_card import ModelCard


class Models(Protocol):
    """What is needed of `inference.registry.Registry`."""

    def cards(self) -> tuple[ModelCard, ...]:
        """Return the sound models."""

    def problems(self) -> tuple[ModelUnavailableError, ...]:
        """Return what is wrong with the others."""


class Controller(Protocol):
    """What is needed of `gui.analysis_controller.AnalysisController`."""

    started: SignalInstance
    progressed: SignalInstance
    completed: SignalInstance
    cancelled: SignalInstance
    failed: SignalInstance

    def submit(self, request: AnalysisRequest, priority: Priority) -> None:
        """Queue a request."""

    def cancel(self, request_id: str) -> None:
        """Cancel a request."""
