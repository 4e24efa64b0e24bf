"""Findings, severities and segments as the values of a result line."""

from __future__ import annotations

from typing import Any

from inference.boxes import FoundBox
from inference.findings import Finding
from inference.model_card import Code
from inference.segments import Segment
from inference.severities import NOT_A_PROGNOSIS, SeverityValue


def finding_value(finding: Finding, heatmap: str | None) -> dict[str, Any]:
    """Return a finding; ``calibrated`` is there, false, where it is no probability."""
    interval = finding.interval
    value: dict[str, Any] = {
        "name": finding.name,
        "code": _code(finding.code),
        "probability": round(finding.probability, 6),
        "interval": None if interval is None else [round(end, 6) for end in interval],
        "threshold": finding.threshold,
        "flagged": finding.flagged,
        "heatmap": heatmap,
    }
    if not finding.calibrated:
        value["calibrated"] = False
    if finding.conformal:
        value["set"] = finding.conformal
    if finding.boxes:
        value["boxes"] = [_box(box) for box in finding.boxes]
    return value


def severity_value(severity: SeverityValue) -> dict[str, Any]:
    """Return a severity on its scale, with its error band."""
    return {
        "name": severity.name,
        "code": _code(severity.code),
        "value": round(severity.value, 3),
        "interval": [round(end, 3) for end in severity.interval],
        "coverage": severity.coverage,
        "minimum": severity.minimum,
        "maximum": severity.maximum,
        "note": NOT_A_PROGNOSIS,
    }


def segment_value(segment: Segment, mask: str | None) -> dict[str, Any]:
    """Return a segment; ``area_mm2`` is null without pixel spacing."""
    area = segment.area_mm2
    return {
        "name": segment.name,
        "code": _code(segment.code),
        "pixels": segment.pixels,
        "area_mm2": None if area is None else round(area, 3),
        "threshold": segment.threshold,
        "mask": mask,
    }


def _box(box: FoundBox) -> dict[str, float]:
    return {
        "row": round(box.row, 2),
        "column": round(box.column, 2),
        "rows": round(box.rows, 2),
        "columns": round(box.columns, 2),
        "probability": round(box.probability, 6),
    }


def _code(code: Code) -> dict[str, str]:
    return {"scheme": code.scheme, "value": code.value, "meaning": code.meaning}
