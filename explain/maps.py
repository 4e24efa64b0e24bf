"""The heatmaps of one film. Imports torch (through `explain.cam`)."""

from __future__ import annotations

from explain import cam
from explain.heatmap import Heatmap
from inference.classifier import Classifier, Outputs
from inference.findings import Finding
from inference.model_card import ModelCard
from inference.preprocess import Placement
from studies.model import Float32Array


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
        layer gives none.
    """
    card = classifier.card
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


def _reference(values: Float32Array, card: ModelCard, label: int, method: str) -> float:
    """Return the value drawn as 1.0: the finding's, the same for all films.

    A method without a unit has only the map's own peak.
    """
    if method in cam.WITHOUT_UNIT:
        return float(values.max()) or 1.0
    return card.findings[label].heatmap_reference
