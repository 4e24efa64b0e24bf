"""Analyses to JSON plus an npz of their maps and masks, and back. Never a pickle."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explain.analysis import (
    Analysis,
    AnalysisStatus,
    CheckResult,
    LocalUse,
    TrustCheck,
)
from explain.heatmap import Heatmap
from inference.findings import Finding
from inference.preprocess import Placement
from inference.segments import Segment
from review.claim_records import (
    found_box_from_json,
    found_box_to_json,
    severity_from_json,
    severity_to_json,
)
from review.code_records import code_from_json, code_to_json
from review.records import model_from_json, model_to_json


def analysis_to_record(analysis: Analysis) -> tuple[str, bytes]:
    """Return an analysis as (JSON text, npz bytes).

    The npz holds one float32 array per heatmap, named by its place in the
    JSON's ``heatmaps`` list, and one of truth values per segment, ``mask`` and
    its place. What an older Overread wrote lacks severities and segments.

    Raises
    ------
    ValueError
        If a number is not finite: JSON has no word for it.
    """
    keys = list(analysis.heatmaps)
    record = {
        "request_id": analysis.request_id,
        "sop_instance_uid": analysis.sop_instance_uid,
        "frame": analysis.frame,
        "model": model_to_json(analysis.model),
        "status": analysis.status.value,
        "reasons": list(analysis.reasons),
        "findings": [_finding_to_json(item) for item in analysis.findings],
        "heatmaps": [_heatmap_to_json(key, analysis.heatmaps[key]) for key in keys],
        "placement": _placement_to_json(analysis.placement),
        "trust": [
            [check.key, check.title, check.result.value, check.figure]
            for check in analysis.trust
        ],
        "timing_ms": dict(analysis.timing_ms),
        "device": analysis.device,
        "notices": list(analysis.notices),
        "severities": [severity_to_json(item) for item in analysis.severities],
        "segments": [_segment_to_json(item) for item in analysis.segments],
        "acquired_at": analysis.acquired_at.isoformat()
        if analysis.acquired_at
        else None,
        "local": None if analysis.local is None else asdict(analysis.local),
    }
    buffer = io.BytesIO()
    arrays: dict[str, Any] = {
        str(index): analysis.heatmaps[key].values for index, key in enumerate(keys)
    }
    arrays |= {
        f"mask {index}": item.mask for index, item in enumerate(analysis.segments)
    }
    np.savez_compressed(buffer, **arrays)
    return json.dumps(record, allow_nan=False), buffer.getvalue()


def analysis_from_record(text: str, arrays: bytes) -> Analysis:
    """Return the analysis of `analysis_to_record`.

    Raises
    ------
    KeyError, TypeError, ValueError, OSError
        If the record was not made by `analysis_to_record`.
    """
    record = json.loads(text)
    made = record.get("acquired_at")
    with np.load(io.BytesIO(arrays), allow_pickle=False) as npz:
        heatmaps = {
            str(item["name"]): _heatmap_from_json(item, npz[str(index)])
            for index, item in enumerate(record["heatmaps"])
        }
        segments = tuple(
            _segment_from_json(item, npz[f"mask {index}"])
            for index, item in enumerate(record.get("segments", ()))
        )
    return Analysis(
        request_id=str(record["request_id"]),
        sop_instance_uid=str(record["sop_instance_uid"]),
        frame=int(record["frame"]),
        model=model_from_json(record["model"]),
        status=AnalysisStatus(record["status"]),
        reasons=tuple(record["reasons"]),
        findings=tuple(_finding_from_json(item) for item in record["findings"]),
        heatmaps=heatmaps,
        placement=_placement_from_json(record["placement"]),
        trust=tuple(
            TrustCheck(key, title, CheckResult(result), figure)
            for key, title, result, figure in record["trust"]
        ),
        timing_ms=dict(record["timing_ms"]),
        device=str(record["device"]),
        notices=tuple(record["notices"]),
        severities=tuple(
            severity_from_json(item) for item in record.get("severities", ())
        ),
        segments=segments,
        acquired_at=datetime.fromisoformat(made) if made else None,
        local=_local_from_json(record.get("local")),
    )


def _finding_to_json(finding: Finding) -> dict[str, Any]:
    return {
        "key": finding.key,
        "name": finding.name,
        "code": code_to_json(finding.code),
        "logit": float(finding.logit),
        "probability": float(finding.probability),
        "interval": None if finding.interval is None else list(finding.interval),
        "threshold": float(finding.threshold),
        "flagged": bool(finding.flagged),
        "calibrated": finding.calibrated,
        "conformal": finding.conformal,
        "boxes": [found_box_to_json(box) for box in finding.boxes],
    }


def _finding_from_json(record: Mapping[str, Any]) -> Finding:
    interval = record["interval"]
    return Finding(
        key=str(record["key"]),
        name=str(record["name"]),
        code=code_from_json(record["code"]),
        logit=float(record["logit"]),
        probability=float(record["probability"]),
        interval=None if interval is None else (float(interval[0]), float(interval[1])),
        threshold=float(record["threshold"]),
        flagged=bool(record["flagged"]),
        calibrated=bool(record.get("calibrated", True)),
        conformal=str(record.get("conformal", "")),
        boxes=tuple(found_box_from_json(box) for box in record.get("boxes", ())),
    )


def _segment_to_json(segment: Segment) -> dict[str, Any]:
    return {
        "key": segment.key,
        "name": segment.name,
        "code": code_to_json(segment.code),
        "pixels": segment.pixels,
        "area_mm2": segment.area_mm2,
        "threshold": segment.threshold,
    }


def _segment_from_json(record: Mapping[str, Any], mask: NDArray[np.bool_]) -> Segment:
    area = record["area_mm2"]
    mask.setflags(write=False)
    return Segment(
        str(record["key"]),
        str(record["name"]),
        code_from_json(record["code"]),
        mask,
        int(record["pixels"]),
        None if area is None else float(area),
        float(record["threshold"]),
    )


def _local_from_json(record: Mapping[str, Any] | None) -> LocalUse | None:
    if record is None:
        return None
    return LocalUse(
        str(record["site"]),
        str(record["validated_on"]),
        int(record["films"]),
        str(record["signature"]),
        tuple(str(key) for key in record["findings"]),
    )


def _heatmap_to_json(name: str, heatmap: Heatmap) -> dict[str, Any]:
    return {
        "name": name,
        "key": heatmap.key,
        "reference": float(heatmap.reference),
        "probability": float(heatmap.probability),
        "placement": _placement_to_json(heatmap.placement),
        "method": heatmap.method,
    }


def _heatmap_from_json(
    record: Mapping[str, Any], values: np.ndarray[Any, np.dtype[np.float32]]
) -> Heatmap:
    placement = _placement_from_json(record["placement"])
    if placement is None:
        raise ValueError("a heatmap without placement")
    return Heatmap(
        key=str(record["key"]),
        values=values.astype(np.float32),
        reference=float(record["reference"]),
        probability=float(record["probability"]),
        placement=placement,
        method=str(record["method"]),
    )


def _placement_to_json(placement: Placement | None) -> dict[str, Any] | None:
    if placement is None:
        return None
    return {
        "rows": placement.rows,
        "columns": placement.columns,
        "crop": list(placement.crop),
        "grid": list(placement.grid),
    }


def _placement_from_json(record: Mapping[str, Any] | None) -> Placement | None:
    if record is None:
        return None
    row, column, rows, columns = (int(value) for value in record["crop"])
    grid_rows, grid_columns = (int(value) for value in record["grid"])
    return Placement(
        int(record["rows"]),
        int(record["columns"]),
        (row, column, rows, columns),
        (grid_rows, grid_columns),
    )
