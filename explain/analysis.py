"""The result of one image and one model, as it crosses from process to screen.

Torch-free, so that the window's process can hold it; `explain.engine` makes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from explain.heatmap import Heatmap
from inference.findings import Finding
from inference.local_calibration import LocalCalibration
from inference.preprocess import Placement
from inference.segments import Segment
from inference.severities import SeverityValue
from studies.model import Image

STEPS = ("read", "gate", "preprocess", "predict", "explain")
"""What the time of an analysis is told of."""


class AnalysisStatus(StrEnum):
    """How an analysis ended; only SUCCEEDED carries findings."""

    SUCCEEDED = "succeeded"
    INELIGIBLE = "ineligible"
    OUT_OF_DISTRIBUTION = "out_of_distribution"
    FAILED = "failed"
    CANCELLED = "cancelled"


class CheckResult(StrEnum):
    """Outcome of one trust check."""

    PASSED = "passed"
    WARNING = "warning"
    FAILED = "failed"
    NOT_TESTED = "not tested"


@dataclass(frozen=True, slots=True)
class TrustCheck:
    """One line of the trust panel: what was tested, the figure, the limit."""

    key: str
    title: str
    result: CheckResult
    figure: str


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """Which model and which weights made a result."""

    model_id: str
    version: str
    sha256: str
    name: str
    manufacturer: str


@dataclass(frozen=True, slots=True)
class LocalUse:
    """Which local calibration was in force, and for which findings (keys)."""

    site: str
    validated_on: str
    films: int
    signature: str
    findings: tuple[str, ...]


def local_use(calibration: LocalCalibration | None) -> LocalUse | None:
    """Say which calibration was in force; None for none or a withheld one."""
    if calibration is None or not calibration.usable:
        return None
    signature = calibration.signature
    return LocalUse(
        calibration.site,
        calibration.validated_on,
        calibration.films,
        "" if signature is None else signature.value,
        tuple(item.key for item in calibration.findings if item.usable),
    )


@dataclass(frozen=True, slots=True, eq=False)
class AnalysisRequest:
    """All inputs of one analysis, captured when it was submitted.

    `method` is a saliency method of the model's manifest, or "" for no map.
    `device` is ``"auto"``, ``"cpu"`` or ``"cuda:N"``.
    """

    request_id: str
    image: Image
    model_folder: str
    method: str
    device: str = "auto"


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """Result of one request.

    Attributes
    ----------
    reasons
        Why there are no findings, in words; empty when succeeded.
    severities, segments
        What models of other kinds say; empty for a model without such outputs,
        and always where there are no results. A segment may have no pixel.
    heatmaps
        By finding key; empty where no method was asked for.
    placement
        Of the heatmaps; None for a model that gives none.
    timing_ms
        Of each of `STEPS`.
    device
        Where it ran, e.g. ``"cpu"``.
    acquired_at
        When the image was made, if its header says so.
    local
        The site's calibration that made the probabilities; None where they are
        the manifest's.
    notices
        What the reader should know though the run succeeded, e.g. that it ran
        on the CPU after the GPU's memory was exhausted.
    """

    request_id: str
    sop_instance_uid: str
    frame: int
    model: ModelIdentity
    status: AnalysisStatus
    reasons: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    heatmaps: Mapping[str, Heatmap] = field(default_factory=dict)
    placement: Placement | None = None
    trust: tuple[TrustCheck, ...] = ()
    timing_ms: Mapping[str, float] = field(default_factory=dict)
    device: str = ""
    notices: tuple[str, ...] = ()
    local: LocalUse | None = None
    severities: tuple[SeverityValue, ...] = ()
    segments: tuple[Segment, ...] = ()
    acquired_at: datetime | None = None
