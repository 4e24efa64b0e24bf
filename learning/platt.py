"""Platt scaling, many fits at once: for bootstraps and cross-fitting."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from learning.bootstrap import Float64Array
from learning.calibration import MINIMUM_SLOPE

_STEPS = 60
_LARGEST = 30.0  # a slope of more is a step, on any film


def fit_many(
    logits: Float64Array, labels: NDArray[np.int64], weights: Float64Array
) -> Float64Array:
    """Fit probability = sigmoid(slope * logit + intercept) once for each row.

    The labels are drawn in as Platt did, to (N1 + 1) / (N1 + 2) and
    1 / (N0 + 2), so that films that part without error give no infinite slope.

    Parameters
    ----------
    logits, labels : (films,)
        Labels 1 or 0.
    weights : (fits, films)
        How often each film counts.

    Returns
    -------
    (fits, 2)
        Slope, at least `MINIMUM_SLOPE`, and intercept. NaN where a class has no
        weight.

    References
    ----------
    Platt, Probabilistic outputs for support vector machines, 1999; Newton's
    method with a halved step as Lin, Lin and Weng, A note on Platt's
    probabilistic outputs, 2007.
    """
    ones, zeros = weights @ (labels == 1), weights @ (labels == 0)
    target = np.where(
        labels[None] == 1,
        ((ones + 1) / (ones + 2))[:, None],
        (1 / (zeros + 2))[:, None],
    )
    free = _newton(logits, target, weights, None)
    low = free[:, 0] < MINIMUM_SLOPE
    if low.any():
        held = _newton(logits, target[low], weights[low], MINIMUM_SLOPE)
        free[low] = held
    free[(ones == 0) | (zeros == 0)] = np.nan
    return free


def _newton(
    logits: Float64Array,
    target: Float64Array,
    weights: Float64Array,
    slope: float | None,
) -> Float64Array:
    """Climb to the maximum; with `slope` given only the intercept moves."""
    centre = float(logits.mean())
    spread = float(logits.std()) or 1.0
    x = (logits - centre) / spread
    share = (weights * target).sum(1) / weights.sum(1).clip(min=1e-9)
    intercept = np.log(share.clip(1e-9) / (1 - share).clip(1e-9))
    scaled = np.full(len(weights), 0.0 if slope is None else slope * spread)
    for _ in range(_STEPS):
        p = 1 / (
            1 + np.exp(-np.clip(scaled[:, None] * x + intercept[:, None], -35, 35))
        )
        residual = weights * (target - p)
        curve = weights * p * (1 - p) + 1e-12
        g0, g1 = residual.sum(1), residual @ x
        h00, h01, h11 = curve.sum(1), curve @ x, curve @ (x * x)
        if slope is not None:
            step0, step1 = g0 / h00, np.zeros_like(g0)
        else:
            determinant = (h00 * h11 - h01 * h01).clip(min=1e-12)
            step0 = (h11 * g0 - h01 * g1) / determinant
            step1 = (h00 * g1 - h01 * g0) / determinant
        # Long steps overshoot where the curve is nearly a step.
        largest = np.maximum(np.abs(step0), np.abs(step1)).clip(min=1e-300)
        damped = np.minimum(1.0, 2.0 / largest)
        intercept += damped * step0
        scaled = np.clip(scaled + damped * step1, -_LARGEST * spread, _LARGEST * spread)
        if float(largest.max()) < 1e-9:
            break
    own = scaled / spread
    return np.stack([own, intercept - own * centre], axis=1)
