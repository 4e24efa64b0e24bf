"""One analysis under way: what was asked, what it took so far, how it ended.

Imports torch (through `inference.device`): never in the window's process.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from explain.analysis import STEPS, Analysis, AnalysisRequest, AnalysisStatus
from explain.identity import identity
from inference import device as devices
from inference.errors import InferenceFailedError
from inference.jobs import CancelToken
from inference.local_store import LocalState
from inference.model_card import ModelCard
from inference.process_child import Report
from studies.errors import OverreadError


@dataclass(slots=True)
class Run:
    """A request with its model, and the time its steps took.

    `card` has the site's calibration in force, if `local` has one.
    """

    request: AnalysisRequest
    card: ModelCard
    local: LocalState
    progress: Report | None = None
    token: CancelToken | None = None
    timing_ms: dict[str, float] = field(
        default_factory=lambda: dict.fromkeys(STEPS, 0.0)
    )

    def report(self, fraction: float, step: str) -> None:
        """Tell of a step, and stop here if the run was cancelled."""
        if self.token is not None:
            self.token.check()
        if self.progress is not None:
            self.progress(fraction, step)

    def clock(self, step: str, began: float) -> None:
        """Add the time since `began` to a step."""
        self.timing_ms[step] += (time.perf_counter() - began) * 1000.0

    def share(self, step: str, began: float, films: int) -> None:
        """Add this film's share of the time that several films took together."""
        each_ms = (time.perf_counter() - began) * 1000.0 / films
        self.timing_ms[step] += each_ms

    def ended(self, status: AnalysisStatus, **more: Any) -> Analysis:
        """Return the result."""
        header = self.request.image.header
        return Analysis(
            request_id=self.request.request_id,
            sop_instance_uid=header.sop_instance_uid,
            frame=header.frame,
            model=identity(self.card),
            status=status,
            acquired_at=header.acquired_at,
            timing_ms=dict(self.timing_ms),
            **more,
        )


def reason_of(error: Exception) -> str:
    """Say why a run failed, in words that follow "AI failed: "."""
    if isinstance(error, InferenceFailedError):
        return error.reason
    if isinstance(error, OverreadError):
        return str(error)
    if isinstance(error, MemoryError) or devices.is_out_of_memory(error):
        return "out of memory"
    return f"{type(error).__name__}: {error}"


def gpu_notice(error: Exception) -> str:
    """Say why a run went on on the CPU."""
    if devices.is_out_of_memory(error):
        return "Ran on the CPU: the GPU's memory was exhausted."
    return f"Ran on the CPU: the GPU failed ({type(error).__name__})."
