"""The lines around findings, on a film as it is drawn in a capture. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np

from explain.analysis import Analysis
from inference.segments import Segment
from review import claims
from review.decision import Box, ReviewedFinding, Verdict

Path: TypeAlias = list[tuple[float, float]]
"""A closed line of (x, y) in centres of drawn pixels; its first point comes last."""


def is_rejected(row: ReviewedFinding) -> bool:
    """Whether the reader rejected a finding: then nothing of it is drawn."""
    return row.decision is not None and row.decision.verdict is Verdict.REJECTED


def paths_of(
    row: ReviewedFinding, analyses: Sequence[Analysis], scale: float
) -> list[Path]:
    """Return the lines of a finding's boxes, or of its segment."""
    if row.segment is None:
        return [_around_box(box, scale) for box in row.regions]
    analysis = claims.analysis_of(row, analyses)
    if analysis is None:
        return []
    key = claims.finding_key(row)
    return [
        path
        for segment in analysis.segments
        if segment.key == key
        for path in _around_mask(segment, scale)
    ]


def _around_box(box: Box, scale: float) -> Path:
    """Return the box's line; a box counts from outer corners."""
    left, top = box.column * scale - 0.5, box.row * scale - 0.5
    right = (box.column + box.columns) * scale - 0.5
    bottom = (box.row + box.rows) * scale - 0.5
    return [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]


def _around_mask(segment: Segment, scale: float) -> list[Path]:
    """Return the lines through the border pixels of a mask, holes among them."""
    found, _ = cv2.findContours(
        segment.mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE
    )
    paths = []
    for contour in found:
        points = (contour.reshape(-1, 2) + 0.5) * scale - 0.5
        path = [(float(x), float(y)) for x, y in points]
        paths.append([*path, path[0]])
    return paths
