"""Platt scaling with its uncertainty, and the operating point."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_curve

from inference.model_card import Calibration

MINIMUM_SLOPE = 0.05
"""A slope below this says that the logit tells nothing; it is kept at this, so
that the probability stays near the base rate instead of turning round."""


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
    best = float(thresholds[int(np.argmax(hits - false_alarms))])
    below = p[p < best]
    middle = (best + float(below.max())) / 2.0 if below.size else best
    return min(max(middle, 0.001), 0.999)
