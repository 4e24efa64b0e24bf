"""What the trust panel says of a claim's number. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explain.analysis import CheckResult, TrustCheck
from gui import trust_words
from gui.claim_words import (
    NO_SPACING,
    NOT_A_PROBABILITY,
    area_text,
    band,
    figure,
    probability_text,
)
from inference.severities import NOT_A_PROGNOSIS
from review.decision import MarkedArea, ReviewedFinding

_SETS = {
    "present": "Present, absent or cannot tell: present.",
    "absent": "Present, absent or cannot tell: absent.",
    "cannot tell": "Present, absent or cannot tell: the model cannot tell.",
}


@dataclass(frozen=True, slots=True)
class ClaimLines:
    """The big number, what it is, its interval; notes with a glyph; plain lines."""

    figure: str
    kind: str
    between: str
    notes: tuple[tuple[CheckResult, str], ...] = ()
    lines: tuple[str, ...] = ()


def claim_lines(
    finding: ReviewedFinding, note: str, checks: Sequence[TrustCheck]
) -> ClaimLines:
    """Return what is said of a model's claim.

    Parameters
    ----------
    note
        What else is known of it, such as a volume.
    checks
        Of the analysis that it came from.
    """
    if finding.severity is not None:
        told = () if finding.flagged else ("Not told from none: the band reaches it.",)
        return ClaimLines(
            figure(finding), NOT_A_PROGNOSIS, band(finding.severity), lines=told
        )
    if finding.segment is not None:
        return _of_segment(finding.segment, note)
    return _of_probability(finding, checks)


def _of_segment(segment: MarkedArea, note: str) -> ClaimLines:
    pixels = f"{segment.pixels} pixels marked on this image"
    lines = [pixels, *([note] if note else [])]
    if segment.area_mm2 is None:
        lines.append(f"{NO_SPACING[:1].upper()}{NO_SPACING[1:]}.")
    return ClaimLines(
        area_text(segment),
        "area",
        "the outline has no interval",
        lines=tuple(lines),
    )


def _of_probability(
    finding: ReviewedFinding, checks: Sequence[TrustCheck]
) -> ClaimLines:
    assert finding.probability is not None
    between = "no interval stated"
    if finding.interval is not None:
        low, high = finding.interval
        between = f"between {probability_text(low)} and {probability_text(high)}"
    lines = []
    if finding.threshold is not None:
        side = "Above" if finding.flagged else "Below"
        lines.append(f"{side} its threshold of {finding.threshold:.2f}.")
    if finding.conformal:
        lines.append(_SETS[finding.conformal])
    if finding.boxes:
        count = len(finding.boxes)
        lines.append(f"{count} box{'es' if count > 1 else ''} on this film.")
    return ClaimLines(
        probability_text(finding.probability),
        "probability" if finding.calibrated else NOT_A_PROBABILITY,
        between,
        (_calibration(checks),),
        tuple(lines),
    )


def _calibration(checks: Sequence[TrustCheck]) -> tuple[CheckResult, str]:
    """Return how far the number was compared with films of this site."""
    check = next((one for one in checks if one.key == "calibration"), None)
    result = CheckResult.NOT_TESTED if check is None else check.result
    return result, trust_words.calibration(check)
