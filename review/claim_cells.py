"""Severities, segments and what a number is worth, as cells of the CSV."""

from __future__ import annotations

from review.decision import ReviewedFinding
from review.table_marks import Cells

CLAIM_COLUMNS = (
    "calibrated",
    "set",
    "boxes",
    "severity",
    "severity_low",
    "severity_high",
    "severity_minimum",
    "severity_maximum",
    "segment_pixels",
    "segment_area_mm2",
)
"""``calibrated`` "no" says that `probability` is none; ``boxes`` is their number, of
which the ``box_`` columns have the most probable."""


def claim_cells(row: ReviewedFinding) -> Cells:
    """Return a finding's cells of `CLAIM_COLUMNS`."""
    severity, segment = row.severity, row.segment
    low, high = severity.interval if severity is not None else (None, None)
    stated = row.probability is not None
    return {
        "calibrated": ("yes" if row.calibrated else "no") if stated else "",
        "set": row.conformal,
        "boxes": len(row.boxes) if row.boxes else None,
        "severity": severity.value if severity is not None else None,
        "severity_low": low,
        "severity_high": high,
        "severity_minimum": severity.minimum if severity is not None else None,
        "severity_maximum": severity.maximum if severity is not None else None,
        "segment_pixels": segment.pixels if segment is not None else None,
        "segment_area_mm2": segment.area_mm2 if segment is not None else None,
    }
