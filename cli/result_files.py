"""What `overread analyze` writes: results.jsonl, and arrays and volumes beside it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from cli.npz_file import NpzFile
from cli.result_values import finding_value, segment_value, severity_value
from cli.volumes import Volumes
from explain.analysis import Analysis, AnalysisStatus, ModelIdentity
from explain.heatmap import Heatmap
from inference.segments import Segment
from studies.model import ImageHeader

SCHEMA = "overread.result/1"
RESULTS = "results.jsonl"
HEATMAPS = "heatmaps.npz"
MASKS = "masks.npz"
VOLUMES = "volumes.jsonl"
_TOLD = ("read", "preprocess", "predict", "explain")


class ResultFiles:
    """Writes one line an image and model, and maps, masks and volumes beside them.

    A line is written whole and at once, so that a run that was killed leaves
    only whole lines. Maps and masks appear under their names when all are
    written, volumes over series at the end; after an error none of them does, nor do
    files of what there was none of, but for the maps.

    Parameters
    ----------
    folder
        Made if missing; an earlier run's files in it are replaced.
    heatmaps
        Whether maps are to be written.
    """

    def __init__(self, folder: Path, *, heatmaps: bool) -> None:
        self._folder = folder
        self._heatmaps = heatmaps
        self._lines = 0

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._maps = NpzFile(self._folder / HEATMAPS)
        self._masks = NpzFile(self._folder / MASKS)
        (self._folder / VOLUMES).unlink(missing_ok=True)
        self._volumes = Volumes()
        # Unbuffered: each line is one write.
        self._stream = (self._folder / RESULTS).open("wb", buffering=0)
        if self._heatmaps:
            self._maps.opened()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        complete = False
        try:
            with self._stream:
                os.fsync(self._stream.fileno())
            complete = error is None
        finally:
            try:
                self._maps.close(keep=complete)
            finally:
                self._masks.close(keep=complete)
        if complete:
            self._write_volumes()

    def add(self, header: ImageHeader, analysis: Analysis, read_ms: float) -> None:
        """Write one analysis.

        Parameters
        ----------
        read_ms
            How long reading the image took.
        """
        maps = {
            key: self._add_map(heatmap) for key, heatmap in analysis.heatmaps.items()
        }
        scored = analysis.status is AnalysisStatus.SUCCEEDED
        record = _empty(str(header.path), analysis.model, analysis.status)
        record |= {
            "study_uid": header.study_instance_uid or None,
            "series_uid": header.series_instance_uid or None,
            "sop_uid": header.sop_instance_uid or None,
            "reasons": list(analysis.reasons),
            "findings": [
                finding_value(finding, maps.get(finding.key))
                for finding in (analysis.findings if scored else ())
            ],
            "trust": _trust(header, analysis),
            "placement": _placement(analysis),
            "timing_ms": _timing({**analysis.timing_ms, "read": read_ms}),
        }
        if scored and analysis.severities:
            record["severities"] = [severity_value(s) for s in analysis.severities]
        if scored and analysis.segments:
            record["segments"] = [
                segment_value(segment, self._add_mask(segment))
                for segment in analysis.segments
            ]
        self._volumes.add(header, analysis)
        self._write(record)

    def add_unread(self, path: Path, model: ModelIdentity, reason: str) -> None:
        """Write that a file gave no image, which may be a slice of any series."""
        self._volumes.add_unread(path)
        record = _empty(str(path), model, AnalysisStatus.FAILED)
        record["reasons"] = [reason]
        self._write(record)

    def add_unscored(
        self,
        header: ImageHeader,
        model: ModelIdentity,
        status: AnalysisStatus,
        reasons: tuple[str, ...],
    ) -> None:
        """Write that an image was not scored by a model."""
        analysis = Analysis(
            request_id="",
            sop_instance_uid=header.sop_instance_uid,
            frame=header.frame,
            model=model,
            status=status,
            reasons=reasons,
        )
        self.add(header, analysis, 0.0)

    def _add_map(self, heatmap: Heatmap) -> str | None:
        if not self._heatmaps:
            return None
        limit = float(np.finfo(np.float16).max)
        values = np.minimum(heatmap.values, limit).astype(np.float16)
        return self._maps.add(f"{self._lines}/{heatmap.key}", values)

    def _add_mask(self, segment: Segment) -> str | None:
        if segment.pixels == 0:
            return None
        name = f"{self._lines}/{segment.key}"
        return self._masks.add(name, segment.mask.astype(np.uint8))

    def _write_volumes(self) -> None:
        lines = [
            json.dumps(record, ensure_ascii=False, allow_nan=False)
            for record in self._volumes.records()
        ]
        if lines:
            text = "\n".join(lines) + "\n"
            (self._folder / VOLUMES).write_text(text, encoding="utf-8")

    def _write(self, record: dict[str, Any]) -> None:
        line = json.dumps(record, ensure_ascii=False, allow_nan=False)
        self._stream.write(line.encode("utf-8", "surrogateescape") + b"\n")
        self._lines += 1


def _empty(path: str, model: ModelIdentity, status: AnalysisStatus) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "path": path,
        "study_uid": None,
        "series_uid": None,
        "sop_uid": None,
        "model": {
            "id": model.model_id,
            "version": model.version,
            "sha256": model.sha256,
        },
        "status": status.value,
        "reasons": [],
        "findings": [],
        "trust": {},
        "placement": None,
        "timing_ms": dict.fromkeys(_TOLD, 0.0),
    }


def _timing(steps: Mapping[str, float]) -> dict[str, float]:
    """Return the steps that scripts know; the gate is a part of preparing a film."""
    told = {key: steps.get(key, 0.0) for key in _TOLD}
    told["preprocess"] += steps.get("gate", 0.0)
    return {key: round(value, 1) for key, value in told.items()}


def _trust(header: ImageHeader, analysis: Analysis) -> dict[str, Any]:
    trust: dict[str, Any] = {
        check.key: {
            "title": check.title,
            "result": check.result.value,
            "figure": check.figure,
        }
        for check in analysis.trust
    }
    if "calibration" in trust:
        trust["calibration"]["used"] = _calibration(analysis)
    notices = [*header.notices, *analysis.notices]
    if not header.is_dicom and not any("not DICOM" in notice for notice in notices):
        notices.insert(0, "not DICOM")
    if notices:
        trust["notices"] = notices
    return trust


def _calibration(analysis: Analysis) -> dict[str, Any]:
    """Say what made the probabilities: the manifest, or which local calibration."""
    if analysis.local is None:
        return {"from": "manifest"}
    return {"from": "local films", **asdict(analysis.local)}


def _placement(analysis: Analysis) -> dict[str, Any] | None:
    placement = analysis.placement
    if placement is None:
        return None
    return {
        "rows": placement.rows,
        "columns": placement.columns,
        "crop": list(placement.crop),
        "grid": list(placement.grid),
    }
