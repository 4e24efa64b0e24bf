"""What the card states: seen and unseen sources, shortcuts, the input gate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, roc_auc_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from inference.gate import signed_root
from inference.model_card import Measured
from learning.evaluation import auroc_interval
from learning.runs import Predictions
from studies.model import Float32Array

GATE_COMPONENTS = (200, 456)
"""Components kept, by falling variance. The first ones are what chest films
differ by; odd images lie within that range and show in the weak components."""
GATE_REFUSED = 0.02
"""Share of frontal films of a source it never saw that the gate may refuse."""


def auroc(
    labels: NDArray[Any], scores: NDArray[Any], groups: Sequence[str]
) -> Measured | None:
    """Return the AUROC with its 95 % interval, None without both classes."""
    interval = auroc_interval(labels, scores, groups)
    return None if interval is None else Measured(*interval)


def mean_measured(parts: Sequence[Measured]) -> Measured | None:
    """Average over sources; the interval from their intervals, taken as independent.

    A mean, not one AUROC over the pooled films: pooling sources flatters.
    """
    if not parts:
        return None
    value = sum(part.value for part in parts) / len(parts)
    half = math.sqrt(sum(((p.high - p.low) / 2) ** 2 for p in parts)) / len(parts)
    return Measured(value, max(value - half, 0.0), min(value + half, 1.0))


def within_sources(predictions: Predictions, label: str) -> dict[str, Measured]:
    """Return the AUROC within each source that has films of both classes."""
    known, column = predictions.known(label)
    result = {}
    for source in np.unique(known.sources):
        part = known.where(known.sources == source)
        measured = auroc(
            part.labels[:, column], part.logits[:, column], part.patients.tolist()
        )
        if measured is not None:
            result[str(source)] = measured
    return result


def source_readability(
    features: Float32Array,
    sources: NDArray[np.str_],
    train: NDArray[np.bool_],
    test: NDArray[np.bool_],
) -> float:
    """Tell how well the source can be read from the features.

    Films of one class only must be given, else the class gives the source away.

    Returns
    -------
    Balanced accuracy on the `test` films, of the better of a logistic regression and
    of the vote of the nearest 15 training films (what is taken out of the features is
    taken out linearly); chance is 1 / number of sources.
    """
    scaler = StandardScaler().fit(features[train])
    known, asked = scaler.transform(features[train]), scaler.transform(features[test])
    found = []
    for model in (
        LogisticRegression(C=0.01, max_iter=500, class_weight="balanced"),
        KNeighborsClassifier(min(15, len(known)), weights="distance"),
    ):
        guessed = model.fit(known, sources[train]).predict(asked)
        found.append(float(balanced_accuracy_score(sources[test], guessed)))
    return max(found)


@dataclass(frozen=True, slots=True, eq=False)
class Gate:
    """Mean (features,), precision_root (components, features), and the scale."""

    mean: Float32Array
    precision_root: Float32Array
    scale: float

    def distances(self, features: Float32Array) -> NDArray[np.float64]:
        """Return the distances of (n, features), 1.0 at the limit."""
        centred = signed_root(features).astype(np.float64) - self.mean
        spread: NDArray[np.float64] = np.linalg.norm(
            centred @ self.precision_root.T.astype(np.float64), axis=1
        )
        return spread / self.scale


def fit_gate(
    features: Float32Array,
    scale: float = 1.0,
    components: tuple[int, int] = GATE_COMPONENTS,
) -> Gate:
    """Fit the mean and the whitening of some components of (n, features)."""
    roots = signed_root(features)
    mean = roots.mean(axis=0)
    _, values, directions = np.linalg.svd(
        (roots - mean).astype(np.float64), full_matrices=False
    )
    kept = slice(*components)
    deviation = values[kept] / math.sqrt(len(features))
    root = directions[kept] / np.maximum(deviation, 1e-6)[:, None]
    return Gate(mean.astype(np.float32), root.astype(np.float32), scale)


def set_gate_scale(
    features: Float32Array,
    sources: NDArray[np.str_],
    reference: NDArray[np.bool_],
    components: tuple[int, int] = GATE_COMPONENTS,
    measured: NDArray[np.bool_] | None = None,
) -> tuple[Gate, dict[str, float]]:
    """Fit the gate so that films of an unseen source are seldom refused.

    Each source is left out of the reference films in turn, and the scale is
    the distance below which 1 - GATE_REFUSED of its reference films lie; the median
    over the sources, because one source far from all others would otherwise open
    the gate to everything.

    Parameters
    ----------
    measured : (n,)
        Of which films the share refused is told; of all if None.

    Returns
    -------
    The gate, fitted on all reference films, and the share refused of each
    source by a gate of the same scale that never saw it.
    """
    distances = {}
    for source in np.unique(sources):
        inside = sources == source
        gate = fit_gate(features[reference & ~inside], 1.0, components)
        asked = inside if measured is None else inside & measured
        distances[str(source)] = (
            gate.distances(features[inside & reference]),
            gate.distances(features[asked]),
        )
    scale = float(
        np.median([np.quantile(d, 1.0 - GATE_REFUSED) for d, _ in distances.values()])
    )
    refused = {name: float((d > scale).mean()) for name, (_, d) in distances.items()}
    return fit_gate(features[reference], scale, components), refused


def separation(inside: NDArray[np.float64], outside: NDArray[np.float64]) -> float:
    """Return the AUROC of telling `outside` from `inside` by distance."""
    labels = np.concatenate([np.zeros(len(inside)), np.ones(len(outside))])
    return float(roc_auc_score(labels, np.concatenate([inside, outside])))
