"""Requests and analyses on their way between processes. No torch, no Qt.

Pixels and maps go through shared memory, all else is small and pickled.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from explain.analysis import Analysis, AnalysisRequest
from explain.heatmap import Heatmap
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


@dataclass(frozen=True, slots=True, eq=False)
class PackedAnalysis:
    """An analysis without its heatmaps' values."""

    analysis: Analysis
    maps: tuple[PackedMap, ...]


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
    arrays = {key: one.values for key, one in analysis.heatmaps.items()}
    return PackedAnalysis(replace(analysis, heatmaps={}), maps), arrays


def unpack_analysis(packed: PackedAnalysis, arrays: Arrays) -> Analysis:
    """Put an analysis together again.

    Raises
    ------
    ValueError
        If it has maps but does not say where they lie.
    """
    placement = packed.analysis.placement
    if not packed.maps:
        return packed.analysis
    if placement is None:
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
    }
    return replace(packed.analysis, heatmaps=heatmaps)
