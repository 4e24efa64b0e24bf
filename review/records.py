"""Findings and boxes to plain JSON values, and back. No pickle anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from explain.analysis import ModelIdentity
from review.claim_records import claim_from_json, claim_to_json
from review.code_records import code_from_json, code_to_json
from review.decision import Box, Decision, Origin, ReviewedFinding, Verdict


def finding_to_json(finding: ReviewedFinding) -> dict[str, Any]:
    """Return a finding as JSON values; `finding_from_json` is the way back."""
    return {
        "finding_uid": finding.finding_uid,
        "tracking_uid": finding.tracking_uid,
        "sop_instance_uid": finding.sop_instance_uid,
        "frame": finding.frame,
        "origin": finding.origin.value,
        "name": finding.name,
        "code": code_to_json(finding.code),
        "model": None if finding.model is None else model_to_json(finding.model),
        "probability": finding.probability,
        "interval": None if finding.interval is None else list(finding.interval),
        "threshold": finding.threshold,
        "flagged": finding.flagged,
        "box": None if finding.box is None else box_to_json(finding.box),
        "decision": _decision_to_json(finding.decision),
        "comment": finding.comment,
        **claim_to_json(finding),
    }


def finding_from_json(record: Mapping[str, Any]) -> ReviewedFinding:
    """Return the finding of `finding_to_json`.

    Raises
    ------
    KeyError, TypeError, ValueError
        If the record was not made by `finding_to_json`.
    """
    interval = record["interval"]
    decision = record["decision"]
    return ReviewedFinding(
        finding_uid=str(record["finding_uid"]),
        tracking_uid=str(record["tracking_uid"]),
        sop_instance_uid=str(record["sop_instance_uid"]),
        frame=int(record["frame"]),
        origin=Origin(record["origin"]),
        name=str(record["name"]),
        code=code_from_json(record["code"]),
        model=None if record["model"] is None else model_from_json(record["model"]),
        probability=_optional_float(record["probability"]),
        interval=None if interval is None else (float(interval[0]), float(interval[1])),
        threshold=_optional_float(record["threshold"]),
        flagged=bool(record["flagged"]),
        box=None if record["box"] is None else box_from_json(record["box"]),
        decision=None if decision is None else _decision_from_json(decision),
        comment=str(record["comment"]),
        **claim_from_json(record),
    )


def model_to_json(model: ModelIdentity) -> dict[str, str]:
    """Return which model and weights, as JSON values."""
    return {
        "id": model.model_id,
        "version": model.version,
        "sha256": model.sha256,
        "name": model.name,
        "manufacturer": model.manufacturer,
    }


def model_from_json(record: Mapping[str, Any]) -> ModelIdentity:
    """Return the identity of `model_to_json`."""
    return ModelIdentity(
        model_id=str(record["id"]),
        version=str(record["version"]),
        sha256=str(record["sha256"]),
        name=str(record["name"]),
        manufacturer=str(record["manufacturer"]),
    )


def box_to_json(box: Box) -> dict[str, float]:
    """Return a box in image pixels, as JSON values."""
    return {
        "row": box.row,
        "column": box.column,
        "rows": box.rows,
        "columns": box.columns,
    }


def box_from_json(record: Mapping[str, Any]) -> Box:
    """Return the box of `box_to_json`."""
    return Box(
        float(record["row"]),
        float(record["column"]),
        float(record["rows"]),
        float(record["columns"]),
    )


def _decision_to_json(decision: Decision | None) -> dict[str, str] | None:
    if decision is None:
        return None
    return {
        "verdict": decision.verdict.value,
        "reader": decision.reader,
        "at": decision.at.isoformat(),
        "reason": decision.reason,
    }


def _decision_from_json(record: Mapping[str, Any]) -> Decision:
    return Decision(
        verdict=Verdict(record["verdict"]),
        reader=str(record["reader"]),
        at=datetime.fromisoformat(record["at"]),
        reason=str(record["reason"]),
    )


def _optional_float(value: object) -> float | None:
    return None if value is None else float(str(value))
