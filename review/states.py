"""What became of a claim, in one word for tables and in one code for DICOM."""

from __future__ import annotations

from explain.analysis import AnalysisStatus
from inference.model_card import Code
from inference.severities import NOT_A_PROGNOSIS
from review.decision import Origin, ReviewedFinding, Verdict
from review.vocabulary import (
    MISSED,
    NOT_DECIDED,
    VERDICT_CODES,
    rejection_reason,
)


def is_reported(row: ReviewedFinding) -> bool:
    """Whether a row is a finding of its own in a report.

    A claim below its operating point on which nobody decided is not; it is told
    with its model's result, so that silence never stands for "normal".
    """
    return row.flagged or row.decision is not None


def state_code(row: ReviewedFinding) -> Code:
    """Return how a report tells a row.

    A claim without a decision is never told as confirmed.
    """
    if row.origin is Origin.READER:
        return MISSED
    if row.decision is None:
        return NOT_DECIDED
    return VERDICT_CODES[row.decision.verdict]


def state_words(row: ReviewedFinding) -> str:
    """Return the same in words, with the reason of a rejection."""
    if row.origin is Origin.READER:
        return "Missed by AI, added"
    if row.decision is None:
        return "Not decided" if row.flagged else f"{unflagged_words(row)}, not decided"
    match row.decision.verdict:
        case Verdict.CONFIRMED:
            return "Confirmed"
        case Verdict.UNSURE:
            return "Unsure"
        case Verdict.REJECTED:
            reason = rejection_reason(row.decision.reason)
            return f"Rejected: {reason.title.lower()}" if reason else "Rejected"


def unflagged_words(row: ReviewedFinding) -> str:
    """Say why nobody is asked about a claim."""
    return "Below threshold" if row.severity is None else "Not told from none"


def claim_figure(row: ReviewedFinding) -> str:
    """Return the number of a claim in words, with what it is worth; or ""."""
    if row.severity is not None:
        low, high = row.severity.interval
        return (
            f"{row.severity.value:.1f} of {row.severity.maximum:g}, between {low:.1f}"
            f" and {high:.1f}: {NOT_A_PROGNOSIS}"
        )
    if row.segment is not None:
        if row.segment.area_mm2 is None:
            return f"{row.segment.pixels} px; no pixel spacing: px only"
        return f"{row.segment.area_mm2:.1f} mm2"
    if row.probability is None or row.threshold is None:
        return ""
    words = f"{row.probability:.2f}"
    if row.interval is not None:
        words += f", between {row.interval[0]:.2f} and {row.interval[1]:.2f}"
    if not row.calibrated:
        words += ", not a probability"
    return f"{words}, threshold {row.threshold:.2f}"


def state_key(row: ReviewedFinding) -> str:
    """Return the state as one stable word, for CSV and JSON."""
    if row.origin is Origin.READER:
        return "missed_by_ai"
    if row.decision is None:
        return "not_decided"
    return row.decision.verdict.value


def is_calibrated(row: ReviewedFinding) -> bool:
    """Whether a row's number may be called a probability.

    A model without calibration has an interval of no width (or none): its
    number is then a certainty, not a probability.
    """
    if not row.calibrated:
        return False
    return row.interval is not None and row.interval[0] < row.interval[1]


STATUS_CODES: dict[AnalysisStatus, Code] = {
    AnalysisStatus.SUCCEEDED: Code("DCM", "111222", "Succeeded"),
    AnalysisStatus.FAILED: Code("DCM", "111224", "Failed"),
    AnalysisStatus.INELIGIBLE: Code("DCM", "111225", "Not Attempted"),
    AnalysisStatus.OUT_OF_DISTRIBUTION: Code("DCM", "111225", "Not Attempted"),
    AnalysisStatus.CANCELLED: Code("DCM", "111225", "Not Attempted"),
}
"""CID 6042. A refused or cancelled run has no code of its own there: it left no
result, and the reason follows in words."""


def summary_code(statuses: list[AnalysisStatus], *, any_flagged: bool) -> Code | None:
    """Return the CAD Processing and Findings Summary of CID 6047.

    None where no model was asked: CID 6047 has no word for that.
    """
    if not statuses:
        return None
    succeeded = [status is AnalysisStatus.SUCCEEDED for status in statuses]
    if all(succeeded):
        if any_flagged:
            return Code("DCM", "111242", "All algorithms succeeded; with findings")
        return Code("DCM", "111241", "All algorithms succeeded; without findings")
    if not any(succeeded):
        return Code("DCM", "111245", "No algorithms succeeded; without findings")
    if any_flagged:
        return Code("DCM", "111244", "Not all algorithms succeeded; with findings")
    return Code("DCM", "111243", "Not all algorithms succeeded; without findings")
