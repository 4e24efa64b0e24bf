"""The lines around the models' segments on one image. No Qt."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from gui.mask_outline import trace
from inference.segments import Segment
from review.claims import finding_key
from review.decision import ReviewedFinding
from review.session import ReviewSession
from studies.model import Float32Array


class SegmentLines:
    """Traces each mask once; those of the images shown last are kept."""

    def __init__(self, kept: int = 16) -> None:
        self._kept = kept
        self._lines: dict[int, tuple[Segment, list[Float32Array]]] = {}

    def of(
        self, session: ReviewSession, findings: Iterable[ReviewedFinding]
    ) -> dict[str, list[Float32Array]]:
        """Return closed lines in image (column, row), by finding_uid."""
        found = {}
        for finding in findings:
            if finding.segment is None:
                continue
            segment = _segment(session, finding)
            if segment is not None:
                found[finding.finding_uid] = self._traced(segment)
        return found

    def _traced(self, segment: Segment) -> list[Float32Array]:
        # The segment is kept beside its lines, so that its id stays its own.
        kept = self._lines.pop(id(segment), None)
        if kept is None:
            lines = [
                np.ascontiguousarray(line[:, ::-1], dtype=np.float32)
                for line in trace(segment.mask.astype(np.uint8))
            ]
            kept = segment, lines
        self._lines[id(segment)] = kept
        while len(self._lines) > self._kept:
            del self._lines[next(iter(self._lines))]
        return kept[1]


def _segment(session: ReviewSession, finding: ReviewedFinding) -> Segment | None:
    analysis = session.analysis_of(finding)
    if analysis is None:
        return None
    key = finding_key(finding)
    return next((one for one in analysis.segments if one.key == key), None)
