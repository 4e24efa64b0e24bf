"""Volumes over series: what `overread analyze` adds up in volumes.jsonl."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from explain.analysis import Analysis, AnalysisStatus, ModelIdentity
from inference.segments import Segment, SegmentVolume, series_volume
from studies.model import ImageHeader

SCHEMA = "overread.volume/1"
_NO_MASK = np.zeros((0, 0), np.bool_)


class Volumes:
    """Collects the segments of slices; keeps counts, no masks."""

    def __init__(self) -> None:
        self._slices: dict[
            tuple[str, ModelIdentity],
            list[tuple[ImageHeader, tuple[Segment, ...] | None]],
        ] = defaultdict(list)
        self._unread: set[Path] = set()

    def add(self, header: ImageHeader, analysis: Analysis) -> None:
        """Take in what a model said of an image, or that it said nothing."""
        if not header.series_instance_uid:
            return
        segments = None
        if analysis.status is AnalysisStatus.SUCCEEDED:
            segments = tuple(replace(s, mask=_NO_MASK) for s in analysis.segments)
        key = (header.series_instance_uid, analysis.model)
        self._slices[key].append((header, segments))

    def add_unread(self, path: Path) -> None:
        """Take in that a file gave no image: nobody knows of which series it is."""
        self._unread.add(path)

    def records(self) -> Iterator[dict[str, Any]]:
        """Return a record per series of slices, model and segment."""
        for (series_uid, model), slices in self._slices.items():
            if len(slices) < 2:
                continue
            headers = [header for header, _ in slices]
            found = [segments for _, segments in slices]
            for segment in _kinds(found):
                volume = series_volume(segment.key, headers, found)
                volume = self._doubted(volume)
                yield _record(series_uid, model, segment, volume, len(headers))

    def _doubted(self, volume: SegmentVolume) -> SegmentVolume:
        """Withhold a volume that may lack slices that could not be read.

        A slice missing at an end of the stack leaves no gap that would tell.
        """
        if volume.reason or not self._unread:
            return volume
        count = len(self._unread)
        files = "1 file" if count == 1 else f"{count} files"
        reason = f"{files} could not be read and may belong to this series"
        return replace(volume, millilitres=None, reason=reason)


def _kinds(found: list[tuple[Segment, ...] | None]) -> tuple[Segment, ...]:
    """Return one segment of each kind: every analysed slice has them all."""
    return next((segments for segments in found if segments), ())


def _record(
    series_uid: str,
    model: ModelIdentity,
    segment: Segment,
    volume: SegmentVolume,
    slices: int,
) -> dict[str, Any]:
    code = segment.code
    return {
        "schema": SCHEMA,
        "series_uid": series_uid,
        "model": {
            "id": model.model_id,
            "version": model.version,
            "sha256": model.sha256,
        },
        "name": segment.name,
        "code": {"scheme": code.scheme, "value": code.value, "meaning": code.meaning},
        "slices": slices,
        "pixels": volume.pixels,
        "volume_ml": volume.millilitres,
        "reason": volume.reason,
    }
