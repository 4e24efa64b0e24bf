"""From logit to local probability: Platt scaling, or an isotonic curve."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

from inference.model_outputs import Calibration, CurvePoint
from learning.bootstrap import Float64Array, draw_weights, group_index
from learning.calibration import wilson
from learning.platt import fit_many

RESAMPLES = 200
FOLDS = 10
_KNOTS = 33


def fit_platt_local(
    logits: Float64Array,
    labels: NDArray[np.int64],
    groups: Sequence[str],
    seed: int = 0,
) -> Calibration:
    """Fit Platt scaling; the covariance comes from drawing patients.

    Parameters
    ----------
    logits, labels, groups : (films,)
        Labels 1 or 0, both present; patient of each film, "" where unknown.
    """
    slope, intercept = fit_many(logits, labels, np.ones((1, len(logits))))[0]
    drawn = [
        fit_many(logits, labels, weights)
        for weights in draw_weights(groups, RESAMPLES, seed)
    ]
    fits = np.concatenate(drawn)
    covariance = np.cov(fits[np.isfinite(fits).all(axis=1)], rowvar=False)
    return Calibration(
        slope=float(slope),
        intercept=float(intercept),
        var_slope=float(covariance[0, 0]),
        var_intercept=float(covariance[1, 1]),
        covariance=float(covariance[0, 1]),
        films=len(labels),
        with_finding=int(labels.sum()),
    )


def fit_isotonic_local(
    logits: Float64Array,
    labels: NDArray[np.int64],
    groups: Sequence[str],
    seed: int = 0,
) -> Calibration:
    """Fit a rising curve of free form, drawn through 33 quantiles of the logits.

    Its interval at a point spans the 2.5th to 97.5th percentile over draws of
    patients, and Wilson's interval of the step that the point lies on: where
    a whole step holds one class, every draw agrees and would give no width.
    The probability stays off 0 and 1 by one film in n + 2.

    References
    ----------
    Zadrozny and Elkan, Transforming classifier scores into accurate multiclass
    probability estimates, 2002; rule of succession: Laplace 1814.
    """
    knots = np.unique(np.quantile(logits, np.linspace(0.0, 1.0, _KNOTS)))
    ones = np.ones(len(logits))
    centre = _isotonic(logits, labels, ones, knots)
    draws = np.concatenate(
        [
            [_isotonic(logits, labels, row, knots) for row in weights]
            for weights in draw_weights(groups, RESAMPLES, seed)
        ]
    )
    low, high = np.percentile(draws, (2.5, 97.5), axis=0)
    steps = _isotonic(logits, labels, ones, logits)
    points = []
    for knot, value, below, above in zip(knots, centre, low, high, strict=True):
        inside = np.isclose(steps, value) if value in steps else _nearest(logits, knot)
        block = wilson(int(labels[inside].sum()), int(inside.sum()))
        edge = 1.0 / (len(labels) + 2)
        probability = float(np.clip(value, edge, 1.0 - edge))
        # Between two steps the nearest one's interval may miss the point itself.
        spread = [below, above, block.low, block.high, probability]
        ends = np.clip([min(spread), max(spread)], 0.0, 1.0)
        points.append(
            CurvePoint(float(knot), probability, float(ends[0]), float(ends[1]))
        )
    return Calibration(
        curve=tuple(points), films=len(labels), with_finding=int(labels.sum())
    )


def _nearest(logits: Float64Array, knot: float) -> NDArray[np.bool_]:
    nearest: NDArray[np.bool_] = np.abs(logits - knot) == np.abs(logits - knot).min()
    return nearest


def _isotonic(
    logits: Float64Array,
    labels: NDArray[np.int64],
    weights: Float64Array,
    at: Float64Array,
) -> Float64Array:
    model = IsotonicRegression(out_of_bounds="clip")
    drawn = weights > 0
    model.fit(logits[drawn], labels[drawn], sample_weight=weights[drawn])
    predicted: Float64Array = model.predict(at)
    return predicted


def out_of_fold(
    logits: Float64Array,
    labels: NDArray[np.int64],
    groups: Sequence[str],
    isotonic: bool,
    seed: int = 0,
) -> Float64Array:
    """Return local probabilities, each by a fit that saw no film of the patient.

    Ten folds of whole patients, drawn at random.

    Returns
    -------
    (films,) NaN where the other folds hold one class only.
    """
    index = group_index(groups)
    order = np.random.default_rng(seed).permutation(int(index.max()) + 1)
    folds = (order % FOLDS)[index]
    result = np.full(len(logits), np.nan)
    for fold in range(FOLDS):
        inside = folds == fold
        rest = ~inside
        if not inside.any() or len(np.unique(labels[rest])) < 2:
            continue
        if isotonic:
            ones = np.ones(int(rest.sum()))
            edge = 1.0 / (ones.size + 2)
            curve = _isotonic(logits[rest], labels[rest], ones, logits[inside])
            result[inside] = np.clip(curve, edge, 1.0 - edge)
            continue
        weights = np.ones((1, int(rest.sum())))
        slope, intercept = fit_many(logits[rest], labels[rest], weights)[0]
        result[inside] = 1.0 / (1.0 + np.exp(-(slope * logits[inside] + intercept)))
    return result
