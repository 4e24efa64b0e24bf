"""Requests and analyses on their way between processes. No torch, no Qt.

Pixels and maps go through shared memory, all else is small and pickled.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import NDArray

from explain.analysis import Analysis, AnalysisRequest
from explain.heatmap import Heatmap
from inference.model_card import Code
from inference.segments import Segment
from inference.shared_arrays import Arrays
from studies.model import Image, ImageHeader

HANDLER = "explain.engine:handler"
"""What the inference process runs."""


@dataclass(frozen=True, slots=True)
class PackedRequest:
    """A request without its pixels."""

    request_id: str
    header: ImageHeader
    model_folder: str
    method: str
    device: str


@dataclass(frozen=True, slots=True)
class PackedMap:
    """A heatmap without its values."""

    key: str
    reference: float
    probability: float
    method: str


@dataclass(frozen=True, slots=True)
class PackedSegment:
    """A segment without its mask."""

    key: str
    name: str
    code: Code
    pixels: int
    area_mm2: float | None
    threshold: float


@dataclass(frozen=True, slots=True, eq=False)
class PackedAnalysis:
    """An analysis without its heatmaps' values and its segments' masks."""

    analysis: Analysis
    maps: tuple[PackedMap, ...]
    segments: tuple[PackedSegment, ...] = ()


def pack_request(request: AnalysisRequest) -> tuple[PackedRequest, Arrays]:
    """Part a request into what is pickled and what is shared."""
    packed = PackedRequest(
        request.request_id,
        request.image.header,
        request.model_folder,
        request.method,
        request.device,
    )
    return packed, {"stored": request.image.stored}


def unpack_request(packed: PackedRequest, arrays: Arrays) -> AnalysisRequest:
    """Put a request together again."""
    return AnalysisRequest(
        packed.request_id,
        Image(packed.header, arrays["stored"]),
        packed.model_folder,
        packed.method,
        packed.device,
    )


def pack_analysis(analysis: Analysis) -> tuple[PackedAnalysis, Arrays]:
    """Part an analysis into what is pickled and what is shared."""
    maps = tuple(
        PackedMap(key, one.reference, one.probability, one.method)
        for key, one in analysis.heatmaps.items()
    )
    arrays: dict[str, NDArray[Any]] = {
        key: one.values for key, one in analysis.heatmaps.items()
    }
    segments = tuple(
        PackedSegment(
            one.key, one.name, one.code, one.pixels, one.area_mm2, one.threshold
        )
        for one in analysis.segments
    )
    arrays |= {_mask(one.key): one.mask for one in analysis.segments}
    bare = replace(analysis, heatmaps={}, segments=())
    return PackedAnalysis(bare, maps, segments), arrays


def _mask(key: str) -> str:
    """Name a segment's array: a heatmap may have the same key."""
    return f"mask/{key}"


def unpack_analysis(packed: PackedAnalysis, arrays: Arrays) -> Analysis:
    """Put an analysis together again.

    Raises
    ------
    ValueError
        If it has maps but does not say where they lie.
    """
    placement = packed.analysis.placement
    if not packed.maps and not packed.segments:
        return packed.analysis
    if packed.maps and placement is None:
        raise ValueError("an analysis has maps but no placement")
    heatmaps = {
        one.key: Heatmap(
            one.key,
            arrays[one.key],
            one.reference,
            one.probability,
            placement,
            one.method,
        )
        for one in packed.maps
        if placement is not None
    }
    segments = tuple(_to_segment(one, arrays) for one in packed.segments)
    return replace(packed.analysis, heatmaps=heatmaps, segments=segments)


def _to_segment(packed: PackedSegment, arrays: Arrays) -> Segment:
    mask = arrays[_mask(packed.key)].view()
    mask.setflags(write=False)
    return Segment(
        packed.key,
        packed.name,
        packed.code,
        mask,
        packed.pixels,
        packed.area_mm2,
        packed.threshold,
    )
