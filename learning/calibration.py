"""Platt scaling with its uncertainty, and the operating point.

Everything here is withheld (None) where too few films stand behind it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_curve

from inference.model_card import Calibration
from inference.model_outputs import OperatingPoint
from inference.proportions import wilson as wilson  # others import it from here

MINIMUM_SLOPE = 0.05
"""A slope below this says that the logit tells nothing; it is kept at this, so
that the probability stays near the base rate instead of turning round."""

SENSITIVITY = 0.80
"""Sensitivity that an operating point is set to have, if nothing else is asked."""
MINIMUM_FILMS = 20
"""Films with the finding, and as many without it, below which no operating point
is stated: with 16 of 20 found, Wilson's interval reaches from 0.58 to 0.92, and
fewer films would say less than a coin does."""


def fit_platt(
    logits: ArrayLike,
    labels: ArrayLike,
    groups: Sequence[str],
    *,
    weights: ArrayLike | None = None,
    resamples: int = 200,
    seed: int = 0,
) -> Calibration:
    """Fit probability = sigmoid(slope * logit + intercept).

    The covariance of slope and intercept comes from drawing groups (patients,
    or whole sources) with replacement and fitting again.

    Parameters
    ----------
    logits, labels : (n,)
        Labels 1 or 0.
    groups : (n,)
        Patient or source of each film.
    weights : (n,)
        Of each film; all alike if None.

    Raises
    ------
    ValueError
        If one class is absent.

    References
    ----------
    Platt, Probabilistic outputs for support vector machines, 1999.
    """
    x = np.asarray(logits, dtype=np.float64)
    y = np.asarray(labels, dtype=np.int64)
    if len(np.unique(y)) < 2:
        raise ValueError("calibration needs films with and without the finding")
    own = np.ones(len(x)) if weights is None else np.asarray(weights, np.float64)
    slope, intercept = _fit(x, y, own)
    draws = _bootstrap(x, y, own, groups, resamples, seed)
    covariance = np.cov(draws, rowvar=False)
    return Calibration(
        slope=slope,
        intercept=intercept,
        var_slope=float(covariance[0, 0]),
        var_intercept=float(covariance[1, 1]),
        covariance=float(covariance[0, 1]),
        films=len(y),
        with_finding=int(y.sum()),
    )


def _bootstrap(
    x: NDArray[np.float64],
    y: NDArray[np.int64],
    own: NDArray[np.float64],
    groups: Sequence[str],
    resamples: int,
    seed: int,
) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    names, index = np.unique(np.asarray(groups), return_inverse=True)
    draws: list[tuple[float, float]] = []
    while len(draws) < resamples:
        times = rng.multinomial(len(names), np.full(len(names), 1.0 / len(names)))
        weights = times[index] * own
        if min(weights[y == 0].sum(), weights[y == 1].sum()) > 0:
            draws.append(_fit(x, y, weights))
    return np.array(draws)


def _fit(
    x: NDArray[np.float64], y: NDArray[np.int64], weights: NDArray[np.float64]
) -> tuple[float, float]:
    # C is huge, so that the two parameters are in effect not penalised.
    model = LogisticRegression(C=1e6, max_iter=200)
    model.fit(x[:, None], y, sample_weight=weights)
    slope = max(float(model.coef_[0, 0]), MINIMUM_SLOPE)
    return slope, float(model.intercept_[0])


def youden_threshold(
    probabilities: ArrayLike, labels: ArrayLike, weights: ArrayLike | None = None
) -> float:
    """Return the threshold with the greatest sensitivity + specificity - 1.

    Halfway between the two neighbouring probabilities, so that rounding in
    another precision does not move a film across it.

    References
    ----------
    Youden, Index for rating diagnostic tests, 1950.
    """
    p = np.asarray(probabilities, dtype=np.float64)
    false_alarms, hits, thresholds = roc_curve(
        labels, p, sample_weight=weights, drop_intermediate=False
    )
    return _below(p, float(thresholds[int(np.argmax(hits - false_alarms))]))


def sensitivity_threshold(
    probabilities: ArrayLike,
    labels: ArrayLike,
    sensitivity: float = SENSITIVITY,
    minimum: int = MINIMUM_FILMS,
) -> tuple[float, OperatingPoint] | None:
    """Return the highest threshold that still finds a share of the films.

    Halfway to the next lower probability, so that rounding in another
    precision does not move a film across it.

    Parameters
    ----------
    probabilities, labels : (n,)
        Of films that the model was not fitted on.
    sensitivity
        At least this share of the films with the finding is found, 0 to 1.
    minimum
        Films with, and films without the finding, that are asked for.

    Returns
    -------
    The threshold and what it does on these films, or None if they are too few.
    """
    p = np.asarray(probabilities, dtype=np.float64)
    positive = np.asarray(labels) == 1
    found, absent = np.sort(p[positive])[::-1], p[~positive]
    if min(len(found), len(absent)) < minimum:
        return None
    # 1e-9: 0.8 * 5 is 4.000000000000001 in floating point, and four suffice.
    needed = max(math.ceil(sensitivity * len(found) - 1e-9), 1)
    threshold = _below(p, float(found[needed - 1]))
    point = OperatingPoint(
        rule=f"sensitivity at least {sensitivity:.2f}",
        sensitivity=wilson(int((found >= threshold).sum()), len(found)),
        specificity=wilson(int((absent < threshold).sum()), len(absent)),
        films=len(p),
        with_finding=len(found),
    )
    return threshold, point


def _below(probabilities: NDArray[np.float64], value: float) -> float:
    lower = probabilities[probabilities < value]
    middle = (value + float(lower.max())) / 2.0 if lower.size else value
    return min(max(middle, 0.001), 0.999)
