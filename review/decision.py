"""What the radiologist says of a finding. Plain data, no Qt, no DICOM."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from explain.analysis import ModelIdentity
from inference.boxes import FoundBox
from inference.model_card import Code
from inference.severities import SeverityValue


class Verdict(StrEnum):
    """The radiologist's verdict on one finding."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    UNSURE = "unsure"


class Origin(StrEnum):
    """Who claimed the finding first."""

    MODEL = "model"
    READER = "reader"


@dataclass(frozen=True, slots=True)
class RejectionReason:
    """One of the six reasons offered after a rejection, with its code."""

    key: str
    title: str
    code: Code


@dataclass(frozen=True, slots=True)
class Box:
    """A region in image pixels: top-left corner and size, sub-pixel.

    (row, column) is the outer corner of the first pixel covered, so that the
    box (0, 0, rows, columns) is the whole image.
    """

    row: float
    column: float
    rows: float
    columns: float


@dataclass(frozen=True, slots=True)
class MarkedArea:
    """What a model marks pixel by pixel; the mask itself stays with the analysis.

    `area_mm2` is None where the image gives no pixel spacing.
    """

    pixels: int
    area_mm2: float | None


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict with who and when.

    `reason` is the key of a RejectionReason, "" unless rejected.
    """

    verdict: Verdict
    reader: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReviewedFinding:
    """One row of the findings panel: the claim, and what the reader made of it.

    Attributes
    ----------
    finding_uid
        Stable within the review: ``"<model_id>/<key>"`` or ``"reader/<n>"``.
    tracking_uid
        DICOM UID that follows the finding through all exported objects.
    sop_instance_uid, frame
        The image it lies on.
    model
        None for a finding the reader added.
    probability, interval, threshold, flagged
        As the model gave them; None and False for a reader's finding. A segment
        is flagged if it is there; a severity if its error band does not reach
        down to the scale's end, where it cannot be told from none.
    calibrated
        False where `probability` is no probability, only an order.
    conformal
        ``"present"``, ``"absent"``, ``"cannot tell"``, or "".
    boxes
        Where the model puts it, the most probable first.
    severity, segment
        What is claimed, where it is no finding with a probability.
    box
        Where it is: drawn by the reader; None for a whole-image finding.
    decision
        None until the reader has decided. A reader's own finding is decided
        by being added (CONFIRMED).
    """

    finding_uid: str
    tracking_uid: str
    sop_instance_uid: str
    frame: int
    origin: Origin
    name: str
    code: Code
    model: ModelIdentity | None = None
    probability: float | None = None
    interval: tuple[float, float] | None = None
    threshold: float | None = None
    flagged: bool = False
    box: Box | None = None
    decision: Decision | None = None
    comment: str = ""
    calibrated: bool = True
    conformal: str = ""
    boxes: tuple[FoundBox, ...] = ()
    severity: SeverityValue | None = None
    segment: MarkedArea | None = None

    @property
    def regions(self) -> tuple[Box, ...]:
        """The reader's box, or else the model's."""
        if self.box is not None:
            return (self.box,)
        return tuple(
            Box(one.row, one.column, one.rows, one.columns) for one in self.boxes
        )
