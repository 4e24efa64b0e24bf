"""The heatmaps of one film. Imports torch (through `explain.cam`)."""

from __future__ import annotations

import numpy as np

from explain import cam
from explain.heatmap import Heatmap
from inference.boxes import plane_of
from inference.classifier import Classifier, Outputs
from inference.findings import Finding
from inference.model_card import ModelCard
from inference.preprocess import Placement
from studies.model import Float32Array

FINE_MAP = "fine-map"
"""The network's own map instead of a saliency method: a probability per cell."""


def needs_network(classifier: Classifier, method: str) -> bool:
    """Whether `heatmaps` runs the network once more instead of a closed form."""
    if method in ("", FINE_MAP, "eigen-cam"):
        return False
    return not classifier.pooled_linear


def heatmaps(
    classifier: Classifier,
    film: Float32Array,
    outputs: Outputs,
    findings: tuple[Finding, ...],
    placement: Placement,
    method: str,
) -> dict[str, Heatmap]:
    """Return a map for each finding that can be flagged, by key.

    Parameters
    ----------
    film : (rows, columns)
        As `inference.preprocess.prepare` gives it.
    method
        A saliency method, or "" for no map. A network without an explained
        layer gives none, unless it gives a map of its own.
    """
    card = classifier.card
    if method == FINE_MAP:
        return _fine_maps(card, outputs, findings, placement)
    if not method or not outputs.maps.size:
        return {}
    labels = [i for i, spec in enumerate(card.findings) if spec.can_be_flagged]
    maps = cam.saliency(classifier, film, outputs, method, labels)
    return {
        findings[label].key: Heatmap(
            key=findings[label].key,
            values=values,
            reference=_reference(values, card, label, method),
            probability=findings[label].probability,
            placement=placement,
            method=method,
        )
        for label, values in zip(labels, maps, strict=True)
    }


def _fine_maps(
    card: ModelCard,
    outputs: Outputs,
    findings: tuple[Finding, ...],
    placement: Placement,
) -> dict[str, Heatmap]:
    """Return the probability of each cell, of the findings that have a fine map.

    Absolute by itself: 1.0 is certain, on every film.
    """
    maps = outputs.dense[card.map_output][0]
    found = {}
    for spec in card.boxes:
        logits = maps[plane_of(spec, card, maps.shape[0])]
        values = 1.0 / (1.0 + np.exp(-np.clip(logits, -60.0, 60.0)))
        own = next(one for one in findings if one.key == spec.finding)
        found[spec.finding] = Heatmap(
            key=spec.finding,
            values=values.astype(np.float32),
            reference=1.0,
            probability=own.probability,
            placement=placement,
            method=FINE_MAP,
        )
    return found


def _reference(values: Float32Array, card: ModelCard, label: int, method: str) -> float:
    """Return the value drawn as 1.0: the finding's, the same for all films.

    A method without a unit has only the map's own peak.
    """
    if method in cam.WITHOUT_UNIT:
        return float(values.max()) or 1.0
    return card.findings[label].heatmap_reference
