"""From analyses to rows: which result counts, and which rows it replaces."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from explain.analysis import Analysis, AnalysisStatus
from inference.boxes import FoundBox
from inference.findings import Finding
from inference.model_card import Code
from inference.segments import Segment
from inference.severities import SeverityValue
from review.decision import MarkedArea, Origin, ReviewedFinding

INTERRUPTED = (AnalysisStatus.FAILED, AnalysisStatus.CANCELLED)
"""A run that ended so says nothing against an earlier one."""

_SAME = 1e-3


def finding_key(finding: ReviewedFinding) -> str:
    """Return the key of the model's label, or the number of a reader's finding."""
    return finding.finding_uid.rpartition("/")[2]


def current_analyses(analyses: Sequence[Analysis]) -> tuple[Analysis, ...]:
    """Return the result that counts for each image and model, oldest first.

    The newest one; but a failed or cancelled run says nothing against an
    earlier one of the same weights that ended.
    """
    current: dict[tuple[str, int, str], Analysis] = {}
    for analysis in analyses:
        place = _place(analysis)
        before = current.get(place)
        if before is None or not _keeps(before, analysis):
            current[place] = analysis
    return tuple(current.values())


def analysis_of(
    finding: ReviewedFinding, analyses: Sequence[Analysis]
) -> Analysis | None:
    """Return the newest analysis, of the same weights, that made a finding."""
    if finding.model is None:
        return None
    for analysis in reversed(analyses):
        if (
            analysis.model == finding.model
            and analysis.sop_instance_uid == finding.sop_instance_uid
            and analysis.frame == finding.frame
            and analysis.status is AnalysisStatus.SUCCEEDED
        ):
            return analysis
    return None


def is_news(analysis: Analysis, known: Sequence[Analysis]) -> bool:
    """Whether a result differs from the one that counts for its image and model.

    Probabilities and the ends of their intervals are compared to 0.001, severities
    and theirs to a thousandth of the scale, areas to a hundredth, boxes to a pixel:
    CPU and GPU differ below that.
    """
    for before in current_analyses(known):
        if _place(before) != _place(analysis):
            continue
        if _keeps(before, analysis):
            return False
        return (
            before.model != analysis.model
            or before.status != analysis.status
            or before.reasons != analysis.reasons
            or _maps(before) != _maps(analysis)
            or not _same_findings(before.findings, analysis.findings)
            or not _same_severities(before.severities, analysis.severities)
            or not _same_segments(before.segments, analysis.segments)
        )
    return True


def claimed_rows(
    analysis: Analysis,
    rows: Sequence[ReviewedFinding],
    new_uid: Callable[[], str],
) -> tuple[ReviewedFinding, ...]:
    """Return an undecided row for each finding of an analysis.

    A finding that already has a row keeps its finding UID and tracking UID.
    """
    if analysis.status is not AnalysisStatus.SUCCEEDED:
        return ()
    known = {row.finding_uid: row for row in rows}
    claimed = []
    for key, make in _claims(analysis):
        uid = _finding_uid(analysis, key, rows)
        before = known.get(uid)
        tracking = before.tracking_uid if before is not None else new_uid()
        claimed.append(make(uid, tracking))
    return tuple(claimed)


def superseded(
    analysis: Analysis,
    claimed: Sequence[ReviewedFinding],
    rows: Sequence[ReviewedFinding],
) -> list[str]:
    """Return the UIDs of the model's rows on that image that it replaces.

    A run that failed or was cancelled replaces none.
    """
    if analysis.status in INTERRUPTED:
        return []
    uids = [row.finding_uid for row in rows if _is_claim_of(row, analysis)]
    return [*dict.fromkeys([*uids, *(row.finding_uid for row in claimed)])]


def _finding_uid(analysis: Analysis, key: str, rows: Sequence[ReviewedFinding]) -> str:
    """Return ``"<model>/<key>"``, with the image where a second one has that model."""
    for row in rows:
        if _is_claim_of(row, analysis) and finding_key(row) == key:
            return row.finding_uid
    plain = f"{analysis.model.model_id}/{key}"
    prefix = f"{analysis.model.model_id}/"
    others = [
        row
        for row in rows
        if row.finding_uid.startswith(prefix) and not _is_claim_of(row, analysis)
    ]
    if not others:
        return plain
    place = f"{analysis.sop_instance_uid}#{analysis.frame}"
    return f"{analysis.model.model_id}@{place}/{key}"


def _is_claim_of(row: ReviewedFinding, analysis: Analysis) -> bool:
    return (
        row.model is not None
        and row.model.model_id == analysis.model.model_id
        and row.sop_instance_uid == analysis.sop_instance_uid
        and row.frame == analysis.frame
    )


def _claims(
    analysis: Analysis,
) -> Iterator[tuple[str, Callable[[str, str], ReviewedFinding]]]:
    """Yield the key of each claim, and what makes its row of UID and tracking UID."""
    for finding in analysis.findings:
        yield finding.key, partial(_of_finding, analysis, finding)
    for severity in analysis.severities:
        yield severity.key, partial(_of_severity, analysis, severity)
    for segment in analysis.segments:
        if segment.pixels:
            yield segment.key, partial(_of_segment, analysis, segment)


def _of_finding(
    analysis: Analysis, finding: Finding, uid: str, tracking: str
) -> ReviewedFinding:
    return replace(
        _bare(analysis, uid, tracking, finding.name, finding.code),
        probability=finding.probability,
        interval=finding.interval,
        threshold=finding.threshold,
        flagged=finding.flagged,
        calibrated=finding.calibrated,
        conformal=finding.conformal,
        boxes=finding.boxes,
    )


def _of_severity(
    analysis: Analysis, severity: SeverityValue, uid: str, tracking: str
) -> ReviewedFinding:
    row = _bare(analysis, uid, tracking, severity.name, severity.code)
    told = severity.interval[0] > severity.minimum
    return replace(row, severity=severity, flagged=told)


def _of_segment(
    analysis: Analysis, segment: Segment, uid: str, tracking: str
) -> ReviewedFinding:
    row = _bare(analysis, uid, tracking, segment.name, segment.code)
    area = MarkedArea(segment.pixels, segment.area_mm2)
    return replace(row, segment=area, flagged=True)


def _bare(
    analysis: Analysis, uid: str, tracking: str, name: str, code: Code
) -> ReviewedFinding:
    return ReviewedFinding(
        finding_uid=uid,
        tracking_uid=tracking,
        sop_instance_uid=analysis.sop_instance_uid,
        frame=analysis.frame,
        origin=Origin.MODEL,
        name=name,
        code=code,
        model=analysis.model,
    )


def _place(analysis: Analysis) -> tuple[str, int, str]:
    return analysis.sop_instance_uid, analysis.frame, analysis.model.model_id


def _keeps(before: Analysis, after: Analysis) -> bool:
    """Whether `before` goes on to count although `after` came later."""
    return (
        after.status in INTERRUPTED
        and before.status not in INTERRUPTED
        and before.model.sha256 == after.model.sha256
    )


def _maps(analysis: Analysis) -> dict[str, str]:
    return {key: item.method for key, item in analysis.heatmaps.items()}


def _same_findings(one: Sequence[Finding], two: Sequence[Finding]) -> bool:
    if [item.key for item in one] != [item.key for item in two]:
        return False
    return all(
        abs(a.probability - b.probability) < _SAME
        and _same_ends(a.interval, b.interval, _SAME)
        and a.threshold == b.threshold
        and a.flagged == b.flagged
        and (a.calibrated, a.conformal) == (b.calibrated, b.conformal)
        and _same_boxes(a.boxes, b.boxes)
        for a, b in zip(one, two, strict=True)
    )


def _same_ends(
    one: tuple[float, float] | None, two: tuple[float, float] | None, limit: float
) -> bool:
    if one is None or two is None:
        return one is two
    return all(abs(a - b) < limit for a, b in zip(one, two, strict=True))


def _same_boxes(one: Sequence[FoundBox], two: Sequence[FoundBox]) -> bool:
    return len(one) == len(two) and all(
        abs(a.probability - b.probability) < _SAME
        and all(abs(x - y) < 1.0 for x, y in zip(_sides(a), _sides(b), strict=True))
        for a, b in zip(one, two, strict=True)
    )


def _sides(box: FoundBox) -> tuple[float, float, float, float]:
    return box.row, box.column, box.rows, box.columns


def _same_severities(
    one: Sequence[SeverityValue], two: Sequence[SeverityValue]
) -> bool:
    if [item.key for item in one] != [item.key for item in two]:
        return False
    return all(
        abs(a.value - b.value) < (limit := _SAME * (a.maximum - a.minimum))
        and _same_ends(a.interval, b.interval, limit)
        and (a.minimum, a.maximum, a.coverage) == (b.minimum, b.maximum, b.coverage)
        for a, b in zip(one, two, strict=True)
    )


def _same_segments(one: Sequence[Segment], two: Sequence[Segment]) -> bool:
    if [item.key for item in one] != [item.key for item in two]:
        return False
    return all(
        _same_size(a.pixels, b.pixels) and _same_size(a.area_mm2, b.area_mm2)
        for a, b in zip(one, two, strict=True)
    )


def _same_size(one: float | None, two: float | None) -> bool:
    """Whether two areas are the same to a hundredth, or both are not known."""
    if one is None or two is None:
        return one is two
    return abs(one - two) <= 0.01 * max(one, two)
