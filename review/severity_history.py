"""How a severity went over the studies of one patient, from the journal."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from explain.analysis import AnalysisStatus
from review.claim_records import severity_from_json
from review.claims import INTERRUPTED


@dataclass(frozen=True, slots=True)
class SeverityPoint:
    """What a model said of one image, made at a known time."""

    at: datetime
    value: float
    interval: tuple[float, float]
    sop_instance_uid: str


def severity_points(bodies: Iterable[str], key: str) -> tuple[SeverityPoint, ...]:
    """Return a point per image in order of time, the newest result of each.

    An image that was refused later has no number any more; a run that failed or
    was cancelled says nothing against an earlier one. Images whose header does not
    say when they were made are left out: there is no place for them on a line of
    time.

    Parameters
    ----------
    bodies
        JSON of analyses by one model and one set of weights, oldest first; see
        `review.analysis_records`.
    key
        Of the severity.
    """
    found: dict[tuple[str, int], SeverityPoint] = {}
    for body in bodies:
        record: dict[str, Any] = json.loads(body)
        if AnalysisStatus(record["status"]) in INTERRUPTED:
            continue
        image = (str(record["sop_instance_uid"]), int(record["frame"]))
        found.pop(image, None)
        point = _point(record, key, image[0])
        if point is not None:
            found[image] = point
    return tuple(sorted(found.values(), key=lambda point: point.at))


def _point(record: dict[str, Any], key: str, sop_uid: str) -> SeverityPoint | None:
    """Return what one result says of a severity; None where it has no place."""
    made = record.get("acquired_at")
    for item in record.get("severities", ()):
        if made and item["key"] == key:
            severity = severity_from_json(item)
            at = datetime.fromisoformat(made)
            return SeverityPoint(at, severity.value, severity.interval, sop_uid)
    return None
