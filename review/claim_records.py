"""Severities, segments and boxes to plain JSON values, and back.

What an older Overread wrote lacks them: then they are taken for absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inference.boxes import FoundBox
from inference.severities import SeverityValue
from review.code_records import code_from_json, code_to_json
from review.decision import MarkedArea, ReviewedFinding


def claim_to_json(finding: ReviewedFinding) -> dict[str, Any]:
    """Return what a finding claims beside its probability."""
    severity, segment = finding.severity, finding.segment
    return {
        "calibrated": finding.calibrated,
        "conformal": finding.conformal,
        "boxes": [found_box_to_json(box) for box in finding.boxes],
        "severity": None if severity is None else severity_to_json(severity),
        "segment": None
        if segment is None
        else {"pixels": segment.pixels, "area_mm2": segment.area_mm2},
    }


def claim_from_json(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of `claim_to_json` as keywords of a finding."""
    severity, segment = record.get("severity"), record.get("segment")
    area = None if segment is None else segment["area_mm2"]
    return {
        "calibrated": bool(record.get("calibrated", True)),
        "conformal": str(record.get("conformal", "")),
        "boxes": tuple(found_box_from_json(one) for one in record.get("boxes", ())),
        "severity": None if severity is None else severity_from_json(severity),
        "segment": None
        if segment is None
        else MarkedArea(int(segment["pixels"]), None if area is None else float(area)),
    }


def found_box_to_json(box: FoundBox) -> dict[str, float]:
    """Return a model's box in image pixels."""
    return {
        "row": box.row,
        "column": box.column,
        "rows": box.rows,
        "columns": box.columns,
        "probability": box.probability,
    }


def found_box_from_json(record: Mapping[str, Any]) -> FoundBox:
    """Return the box of `found_box_to_json`."""
    return FoundBox(
        float(record["row"]),
        float(record["column"]),
        float(record["rows"]),
        float(record["columns"]),
        float(record["probability"]),
    )


def severity_to_json(severity: SeverityValue) -> dict[str, Any]:
    """Return a severity with its error band and scale."""
    return {
        "key": severity.key,
        "name": severity.name,
        "code": code_to_json(severity.code),
        "value": severity.value,
        "interval": list(severity.interval),
        "minimum": severity.minimum,
        "maximum": severity.maximum,
        "coverage": severity.coverage,
    }


def severity_from_json(record: Mapping[str, Any]) -> SeverityValue:
    """Return the severity of `severity_to_json`."""
    low, high = record["interval"]
    return SeverityValue(
        str(record["key"]),
        str(record["name"]),
        code_from_json(record["code"]),
        float(record["value"]),
        (float(low), float(high)),
        float(record["minimum"]),
        float(record["maximum"]),
        float(record["coverage"]),
    )
