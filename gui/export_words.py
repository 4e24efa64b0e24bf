"""The sentences of the export sheet. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from review.counting import counted, on_planes
from review.decision import Origin, ReviewedFinding, Verdict
from review.export import ExportReport
from review.measurement import KeyImage, Measurement
from studies.model import ImageHeader

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


def marked(measurements: Sequence[Measurement], key_images: Sequence[KeyImage]) -> str:
    """Return e.g. ``3 measurements, 1 key image``."""
    told = (
        counted(len(measurements), "measurement"),
        counted(len(key_images), "key image"),
    )
    return ", ".join(filter(None, told))


def where(headers: Sequence[ImageHeader], sop_instance_uid: str, frame: int) -> str:
    """Return ``Image 3`` as the film is numbered; "" where there is only one."""
    numbers: dict[tuple[str, int], int] = {}
    for header in headers:
        for one in range(max(header.frames, 1)):
            numbers[header.sop_instance_uid, one] = len(numbers) + 1
    number = numbers.get((sop_instance_uid, frame))
    if number is None:
        return "on an image that is not open"
    return f"Image {number}" if len(numbers) > 1 else ""


def planes(measurements: Sequence[Measurement]) -> str:
    """Say how many measurements no DICOM object can tell; "" if none."""
    return on_planes(sum(item.reformatted for item in measurements))


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
