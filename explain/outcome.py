"""What a network's outputs say of one film. No torch: NumPy arrays come in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from inference import gate
from inference.boxes import find_boxes, plane_of
from inference.ensemble import spreads
from inference.errors import InferenceFailedError
from inference.findings import Finding, to_findings
from inference.model_card import ModelCard
from inference.preprocess import Crop, Placement
from inference.segments import Segment, to_segments
from inference.severities import SeverityValue, to_severities
from studies.model import ImageHeader

if TYPE_CHECKING:
    from explain.loaded_models import Loaded
    from inference.classifier import Outputs


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """All that a film's outputs say; `placement` is that of the heatmaps."""

    findings: tuple[Finding, ...]
    severities: tuple[SeverityValue, ...]
    segments: tuple[Segment, ...]
    placement: Placement | None


def distance(outputs: Outputs, loaded: Loaded, card: ModelCard) -> float | None:
    """Return how far the film lies from the training films; None without a gate."""
    if card.gate is None or loaded.gate is None:
        return None
    return gate.distance(outputs.features[0], loaded.gate, card.gate)


def _heat_plane(outputs: Outputs, card: ModelCard) -> NDArray[Any] | None:
    """Return an output that the heatmaps' grid can be read from, or None.

    (..., grid rows, grid columns): the explained layer's, else the network's
    own map.
    """
    maps: NDArray[Any] | None = outputs.maps
    if not outputs.maps.size:
        maps = outputs.dense.get(card.map_output) if card.boxes else None
    if maps is None:
        return None
    plane: NDArray[Any] = maps[0]
    return plane


def read_outputs(
    outputs: Outputs, loaded: Loaded, card: ModelCard, header: ImageHeader, crop: Crop
) -> Outcome:
    """Turn the outputs of one film into findings, severities and segments.

    Parameters
    ----------
    crop
        The part of the image that the network's grid covers.

    Raises
    ------
    InferenceFailedError
        If an output holds values that are no number, or is not what the
        manifest names.
    """
    if not all(
        np.isfinite(array).all() for array in (outputs.logits, *outputs.dense.values())
    ):
        raise InferenceFailedError(
            card.model_id, "the network's output holds values that are no number"
        )
    numbers = [float(value) for value in outputs.logits[0]]
    count = len(card.findings)
    heat = _heat_plane(outputs, card)
    try:
        found = to_findings(
            numbers[:count], card, _spreads(outputs, loaded.ensemble)[:count]
        )
        return Outcome(
            _boxed(found, outputs, card, header, crop),
            to_severities(numbers[count:], card),
            _segments(outputs, card, header, crop),
            None if heat is None else _placed(heat, header, crop),
        )
    except ValueError as error:
        raise InferenceFailedError(card.model_id, str(error)) from error


def _spreads(
    outputs: Outputs, ensemble: Mapping[str, NDArray[Any]] | None
) -> tuple[float, ...]:
    return () if ensemble is None else spreads(outputs.features[0], ensemble)


def _placed(plane: NDArray[Any], header: ImageHeader, crop: Crop) -> Placement:
    """Return how an output, (..., rows, columns), lies on the image."""
    rows, columns = plane.shape[-2:]
    return Placement(header.rows, header.columns, crop, (rows, columns))


def _boxed(
    findings: tuple[Finding, ...],
    outputs: Outputs,
    card: ModelCard,
    header: ImageHeader,
    crop: Crop,
) -> tuple[Finding, ...]:
    """Give the findings the boxes of their fine maps."""
    if not card.boxes:
        return findings
    maps = outputs.dense.get(card.map_output)
    if maps is None:
        raise ValueError(f"the network gives no output {card.map_output!r}")
    placement = _placed(maps[0], header, crop)
    boxes = {
        spec.finding: find_boxes(
            maps[0, plane_of(spec, card, maps.shape[1])], spec, placement
        )
        for spec in card.boxes
    }
    return tuple(
        replace(finding, boxes=boxes.get(finding.key, ())) for finding in findings
    )


def _segments(
    outputs: Outputs, card: ModelCard, header: ImageHeader, crop: Crop
) -> tuple[Segment, ...]:
    if not card.segments:
        return ()
    mask = outputs.dense[card.mask_output][0]
    return to_segments(mask, card, _placed(mask, header, crop), header.spacing_mm)
