"""Linear heads on frozen features, made to read the lungs and not the hospital.

Fine-tuning on a few thousand films whose source nearly equals their label made
the network worse on films of other sources, and so did a head that may use all
1280 features: both find the source. The heads here see a few principal components
without the directions by which sources of one class can be told.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from learning.films import LABELS, FilmSet
from studies.model import Float32Array

Float64Array = NDArray[np.float64]

COMPONENTS = {
    label: 24 if label in ("pneumonia", "tuberculosis", "normal") else 128
    for label in LABELS
}
"""Components that a label's head sees. Opacity shows in the strong ones; what parts
COVID-19 from another pneumonia, and one finding from another, in weaker ones too."""
SOFTNESS = 0.02
"""Share of the first component's variance that is added to each before it is
scaled to one: weak components are not blown up to the size of strong ones."""
PENALTY = 1e-3
"""Weight of the squared norm of a head beside the mean cross-entropy."""
SMALLEST = 30
"""Films of a source and class from which its direction is estimated."""
ONE_CLASS = ("normal", "covid")
"""Labels that several sources share: among their films the source is told."""


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """What a head may see of the features.

    Attributes
    ----------
    mean : (features,)
    directions : (features, seen)
    """

    mean: Float64Array
    directions: Float64Array

    def seen(self, features: Float32Array) -> Float64Array:
        """Return (n, seen) of (n, features)."""
        result: Float64Array = (features.astype(np.float64) - self.mean) @ (
            self.directions
        )
        return result


@dataclass(frozen=True, slots=True, eq=False)
class Heads:
    """Linear heads on the features: `weight` (labels, features), `bias` (labels,)."""

    weight: Float64Array
    bias: Float64Array

    def logits(self, features: Float32Array) -> Float64Array:
        """Return (n, labels) of (n, features)."""
        return features.astype(np.float64) @ self.weight.T + self.bias


def fit_basis(
    features: Float32Array,
    films: FilmSet,
    components: int,
    rounds: int = 1,
) -> Basis:
    """Find the principal components, and take out what tells sources apart.

    Parameters
    ----------
    features : (n, features)
        Of the training films, `films`.
    rounds
        How often the directions that tell sources of one class are searched and
        taken out.

    References
    ----------
    Ravfogel et al., Null it out (INLP), 2020; ours looks among films of one
    class only, so that the disease is not taken out with the hospital.
    """
    mean = features.mean(axis=0, dtype=np.float64)
    centred = features.astype(np.float64) - mean
    values, vectors = np.linalg.eigh(centred.T @ centred / len(features))
    kept = min(components, len(values))
    values, vectors = values[::-1][:kept], vectors[:, ::-1][:, :kept]
    scale = np.sqrt(values + SOFTNESS * values[0]) * np.sqrt(kept)
    directions: Float64Array = vectors / scale
    left = np.eye(kept)
    for _ in range(rounds):
        told = _source_directions(centred @ directions @ left, films)
        if not len(told):
            break
        base, _ = np.linalg.qr(left @ told.T)
        left = left - base @ (base.T @ left)
    return Basis(mean, directions @ left)


def _source_directions(seen: Float64Array, films: FilmSet) -> Float64Array:
    """Return the directions, (found, seen), that tell a source from the others."""
    found = []
    for label in ONE_CLASS:
        inside = films.label(label) == 1
        names, counts = np.unique(films.sources[inside], return_counts=True)
        names = names[counts >= SMALLEST]
        # Of two sources one direction tells both.
        for name in names if len(names) > 2 else names[: len(names) - 1]:
            truth = (films.sources[inside] == name).astype(np.int64)
            weights = np.where(truth == 1, 0.5 / truth.sum(), 0.5 / (1 - truth).sum())
            found.append(_logistic(seen[inside], truth, weights, 1e-4)[0])
    return np.array(found)


def fit_bases(features: Float32Array, films: FilmSet) -> dict[int, Basis]:
    """Return a basis for each number of components that a label asks for."""
    return {n: fit_basis(features, films, n) for n in sorted(set(COMPONENTS.values()))}


def training_targets(films: FilmSet) -> Float32Array:
    """Return what the heads are trained on, (n, labels): 1, 0 or NaN.

    The labels, but that a film with COVID-19 counts as one with pneumonia unless
    an opacity is denied: else nearly all films with pneumonia come from one
    hospital. Many of these films look normal, so it is a noisy target; nothing is
    measured against it.
    """
    targets = films.labels.copy()
    pneumonia, covid = LABELS.index("pneumonia"), LABELS.index("covid")
    open_ = np.isnan(targets[:, pneumonia]) & (targets[:, covid] == 1)
    targets[open_, pneumonia] = 1.0
    return targets


def fit_labels(
    features: Float32Array,
    films: FilmSet,
    bases: Mapping[int, Basis],
    times: Float64Array | None = None,
) -> Heads:
    """Fit the heads of all `LABELS`, each on the components it is given."""
    targets = training_targets(films)
    weight = np.empty((len(LABELS), features.shape[1]))
    bias = np.empty(len(LABELS))
    for count, basis in bases.items():
        rows = [i for i, label in enumerate(LABELS) if COMPONENTS[label] == count]
        part = fit_heads(features, films, targets[:, rows], basis, times)
        weight[rows], bias[rows] = part.weight, part.bias
    return Heads(weight, bias)


def fit_heads(
    features: Float32Array,
    films: FilmSet,
    targets: Float32Array,
    basis: Basis,
    times: Float64Array | None = None,
) -> Heads:
    """Fit one head a column of targets.

    Parameters
    ----------
    features : (n, features)
    targets : (n, labels)
        1, 0 or NaN. A column without both classes gets a head of NaN: what was
        not learnt must not look like a logit of 0.
    times : (n,)
        How often each film counts; once if None.
    """
    seen = basis.seen(features)
    weights, biases = [], []
    for column in targets.T:
        known = ~np.isnan(column)
        truth = column[known].astype(np.int64)
        share = cell_weights(films.sites[known], truth)
        if times is not None:
            share = share * times[known]
        if min(share[truth == 0].sum(), share[truth == 1].sum()) <= 0:
            head, bias = np.full(seen.shape[1], np.nan), math.nan
        else:
            head, bias = _logistic(seen[known], truth, share / share.sum(), PENALTY)
        weight = basis.directions @ head
        weights.append(weight)
        biases.append(bias - float(basis.mean @ weight))
    return Heads(np.array(weights), np.array(biases))


def cell_weights(sites: NDArray[np.str_], truth: NDArray[np.int64]) -> Float64Array:
    """Weigh films so that no large source rules.

    A cell is a site and a class. It weighs the square root of its size, its
    films alike; then each class is scaled to one half.

    Returns
    -------
    (n,), summing to 1 if both classes are there.
    """
    weights = np.zeros(len(truth))
    for value in (0, 1):
        inside = truth == value
        if inside.any():
            _, index, counts = np.unique(
                sites[inside], return_inverse=True, return_counts=True
            )
            raw = 1.0 / np.sqrt(counts)[index]
            weights[inside] = 0.5 * raw / raw.sum()
    return weights


def _logistic(
    inputs: Float64Array,
    truth: NDArray[np.int64],
    weights: Float64Array,
    penalty: float,
) -> tuple[Float64Array, float]:
    """Minimise the weighted mean cross-entropy plus `penalty` times |head|^2."""
    # scikit-learn minimises C * sum(weights * loss) + |head|^2 / 2.
    model = LogisticRegression(C=0.5 / penalty, max_iter=300)
    model.fit(inputs, truth, sample_weight=weights)
    return np.asarray(model.coef_[0], np.float64), float(model.intercept_[0])


def draw_times(
    films: FilmSet, rng: np.random.Generator, fewest: int = 5
) -> Float64Array:
    """Draw how often each film counts: whole sites, and patients within them.

    Sites of fewer than `fewest` films are drawn as one with the other small ones
    of their source.

    Returns
    -------
    (n,): an exponential share for the site times a Poisson count for the patient.
    """
    names, counts = np.unique(films.sites, return_counts=True)
    small = np.isin(films.sites, names[counts < fewest])
    units = np.where(small, films.sources, films.sites)
    _, site = np.unique(units, return_inverse=True)
    _, patient = np.unique(films.patients, return_inverse=True)
    shares = rng.exponential(1.0, site.max() + 1)
    repeats = rng.poisson(1.0, patient.max() + 1)
    result: Float64Array = shares[site] * repeats[patient]
    return result
