"""The sentences of the export sheet. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from review.decision import Origin, ReviewedFinding, Verdict
from review.export import ExportReport

_VERDICTS = (
    (Verdict.CONFIRMED, "confirmed"),
    (Verdict.UNSURE, "unsure"),
    (Verdict.REJECTED, "rejected"),
)


def summary(findings: Sequence[ReviewedFinding]) -> str:
    """Return e.g. ``3 confirmed, 1 unsure, 1 rejected, 1 missed by AI``."""
    decisions = [
        row.decision.verdict
        for row in findings
        if row.origin is Origin.MODEL and row.decision is not None
    ]
    counts = [(decisions.count(verdict), word) for verdict, word in _VERDICTS]
    missed = sum(1 for row in findings if row.origin is Origin.READER)
    counts.append((missed, "missed by AI"))
    return ", ".join(f"{count} {word}" for count, word in counts if count)


def statement(reader: str, at: datetime, left_undecided: int) -> str:
    """Return the line that the reader must tick."""
    but = f", except {left_undecided} left undecided" if left_undecided else ""
    return (
        f"I looked at every image and decided on each finding above{but}."
        f" {reader}, {at.day} {at:%b %Y}"
    )


def leave(left_undecided: int) -> str:
    """Return the offer to leave findings undecided."""
    noun = "finding" if left_undecided == 1 else "findings"
    return f"Leave {left_undecided} {noun} undecided"


def missing(left_undecided: int, *, leave_ticked: bool, any_object: bool) -> str:
    """Say what an export still needs, the first thing only."""
    if left_undecided and not leave_ticked:
        noun = "finding is" if left_undecided == 1 else "findings are"
        return f"{left_undecided} {noun} not decided. Decide, or leave them undecided."
    if not any_object:
        return "No object is selected."
    return "Tick the line that you looked at every image."


def offer(objects: int) -> str:
    """Return the word on the button."""
    return f"Export {objects} {'object' if objects == 1 else 'objects'}"


def outcome(report: ExportReport) -> str:
    """Say in one line what became of an export."""
    written = len(report.objects) - len(report.refused)
    if report.refused:
        return f"{len(report.refused)} blocked, {written} saved. Decisions are kept."
    noun = "file" if written == 1 else "files"
    return f"{written} {noun} saved here, not sent anywhere."
