"""How a severity went over the studies of one patient, from the journal."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from review.claim_records import severity_from_json


@dataclass(frozen=True, slots=True)
class SeverityPoint:
    """What a model said of one image, made at a known time."""

    at: datetime
    value: float
    interval: tuple[float, float]
    sop_instance_uid: str


def severity_points(bodies: Iterable[str], key: str) -> tuple[SeverityPoint, ...]:
    """Return a point per image in order of time, the newest result of each.

    Images whose header does not say when they were made are left out: there is no
    place for them on a line of time.

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
        made = record.get("acquired_at")
        for item in record.get("severities", ()):
            if item["key"] != key or not made:
                continue
            severity = severity_from_json(item)
            image = (str(record["sop_instance_uid"]), int(record["frame"]))
            found[image] = SeverityPoint(
                datetime.fromisoformat(made),
                severity.value,
                severity.interval,
                image[0],
            )
    return tuple(sorted(found.values(), key=lambda point: point.at))
