"""What a model is worth on labelled films: pure functions on arrays.

`overread evaluate` and the commands that publish models share them, so that a card
and a report state the same figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

from learning.bootstrap import Float64Array, draw_weights, percentiles

Interval: TypeAlias = tuple[float, float, float]

ECE_BINS = 10


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Films whose probability fell into [low, high): a point of the diagram."""

    low: float
    high: float
    count: int
    mean_probability: float
    positive_rate: float


def evaluate_finding(
    labels: ArrayLike,
    probabilities: ArrayLike,
    groups: Sequence[str],
    threshold: float,
    *,
    resamples: int = 1000,
    seed: int = 0,
) -> dict[str, Any]:
    """Measure one finding, in the shape that ``metrics.json`` has.

    Parameters
    ----------
    labels : (films,)
        1 or 0.
    probabilities : (films,)
        Calibrated, 0 to 1.
    groups : (films,)
        Patient of each film, "" where unknown: such a film is its own group.
    threshold
        The operating point: at or above it a film is flagged.

    Returns
    -------
    dict
        ``n_pos, n_neg, auroc, average_precision, sensitivity, specificity, ece,
        brier, threshold``. AUROC, sensitivity and specificity are
        ``{"value", "low", "high"}`` with the 95 % percentile interval of a
        bootstrap by group. What cannot be computed is None: AUROC and average
        precision where one class is absent, sensitivity without positives,
        specificity without negatives, ECE and Brier without films.

    Raises
    ------
    ValueError
        If the lengths differ, a label is not 0 or 1, or a probability does not
        lie in 0 to 1.
    """
    truth, scores = _checked(labels, probabilities, groups)
    if scores.size and (scores.min() < 0.0 or scores.max() > 1.0):
        raise ValueError("a probability lies outside 0 to 1")
    positive = truth == 1
    flagged = scores >= threshold
    both = bool(positive.any() and (~positive).any())
    options = {"resamples": resamples, "seed": seed}
    return {
        "n_pos": int(positive.sum()),
        "n_neg": int((~positive).sum()),
        "auroc": as_object(auroc_interval(truth, scores, groups, **options)),
        "average_precision": (
            float(average_precision_score(truth, scores)) if both else None
        ),
        "sensitivity": as_object(
            proportion_interval(flagged, positive, groups, **options)
        ),
        "specificity": as_object(
            proportion_interval(~flagged, ~positive, groups, **options)
        ),
        "ece": expected_calibration_error(truth, scores),
        "brier": float(np.mean((scores - truth) ** 2)) if truth.size else None,
        "threshold": float(threshold),
    }


def auroc_interval(
    labels: ArrayLike,
    scores: ArrayLike,
    groups: Sequence[str],
    *,
    resamples: int = 1000,
    seed: int = 0,
) -> Interval | None:
    """Return the AUROC and its 95 % bootstrap interval, or None without both classes.

    Groups (patients) are drawn with replacement, so that many films of one
    patient do not count as many patients. Draws without both classes are left
    out. With a single group nothing is known of the spread: (value, 0, 1).

    Parameters
    ----------
    labels : (films,)
        1 or 0.
    scores : (films,)
        Any score that grows with the finding: logits or probabilities.
    groups : (films,)
        As in `evaluate_finding`.

    Raises
    ------
    ValueError
        If the lengths differ, a label is not 0 or 1, or a score is not finite.

    References
    ----------
    Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13
    (percentile interval); the resampling unit is the patient.
    """
    truth, values = _checked(labels, scores, groups)
    positive = truth == 1
    if positive.all() or not positive.any():
        return None
    value = float(roc_auc_score(truth, values))
    draws = [
        _weighted_auroc(positive, values, weights)
        for weights in draw_weights(groups, resamples, seed)
    ]
    return value, *percentiles(draws)


def proportion_interval(
    hits: ArrayLike,
    eligible: ArrayLike,
    groups: Sequence[str],
    *,
    resamples: int = 1000,
    seed: int = 0,
) -> Interval | None:
    """Return the share of eligible films that are hits, with its 95 % interval.

    Sensitivity has the flagged as hits and the positives as eligible. None
    where no film is eligible. Bootstrap as in `auroc_interval`.

    Parameters
    ----------
    hits, eligible : (films,)
        Booleans.
    """
    counted = np.asarray(eligible, dtype=bool)
    if not counted.any():
        return None
    hit = np.asarray(hits, dtype=bool) & counted
    draws = []
    for weights in draw_weights(groups, resamples, seed):
        total = weights @ counted
        with np.errstate(invalid="ignore"):  # a draw without eligible films
            draws.append((weights @ hit) / total)
    return float(hit.sum() / counted.sum()), *percentiles(draws)


def expected_calibration_error(
    labels: ArrayLike, probabilities: ArrayLike
) -> float | None:
    """Return the mean gap of probability and observed rate, by bins; None if empty.

    Ten bins of equal width; each counts by its number of films.

    References
    ----------
    Naeini, Cooper, Hauskrecht, Obtaining well calibrated probabilities using
    Bayesian binning, AAAI 2015; here on the positive class alone.
    """
    bins = reliability_bins(labels, probabilities)
    total = sum(item.count for item in bins)
    if not total:
        return None
    return sum(
        item.count * abs(item.mean_probability - item.positive_rate) for item in bins
    ) / float(total)


def reliability_bins(
    labels: ArrayLike, probabilities: ArrayLike
) -> tuple[ReliabilityBin, ...]:
    """Return the filled bins of the reliability diagram, from 0 upwards.

    Parameters
    ----------
    labels, probabilities : (films,)
        A probability of 1.0 belongs to the last bin.
    """
    truth = np.asarray(labels, dtype=np.float64)
    values = np.asarray(probabilities, dtype=np.float64)
    index = np.minimum((values * ECE_BINS).astype(int), ECE_BINS - 1)
    return tuple(
        ReliabilityBin(
            low=number / ECE_BINS,
            high=(number + 1) / ECE_BINS,
            count=int(inside.sum()),
            mean_probability=float(values[inside].mean()),
            positive_rate=float(truth[inside].mean()),
        )
        for number in range(ECE_BINS)
        if (inside := index == number).any()
    )


def _checked(
    labels: ArrayLike, scores: ArrayLike, groups: Sequence[str]
) -> tuple[Float64Array, Float64Array]:
    truth = np.asarray(labels, dtype=np.float64)
    values = np.asarray(scores, dtype=np.float64)
    if not truth.shape == values.shape == (len(groups),):
        raise ValueError(
            f"{truth.shape} labels, {values.shape} scores, {len(groups)} groups:"
            " one of each is needed for a film"
        )
    if not np.isin(truth, (0.0, 1.0)).all():
        raise ValueError("a label is neither 0 nor 1")
    if not np.isfinite(values).all():
        raise ValueError("a score is not finite")
    return truth, values


def _weighted_auroc(
    positive: NDArray[np.bool_], values: Float64Array, weights: Float64Array
) -> Float64Array:
    """Return the AUROC of each row of weights; NaN where a class is not drawn.

    The share of (positive, negative) pairs in right order, ties counted half,
    summed over the distinct scores from below: worked for scores 1 2 2 3 with
    labels 0 0 1 1 in the tests.
    """
    order = np.argsort(values, kind="stable")
    starts = np.flatnonzero(np.diff(values[order], prepend=-np.inf))
    drawn = weights[:, order]
    positives = np.add.reduceat(drawn * positive[order], starts, axis=1)
    negatives = np.add.reduceat(drawn * ~positive[order], starts, axis=1)
    below = np.cumsum(negatives, axis=1) - negatives
    right = (positives * (below + 0.5 * negatives)).sum(axis=1)
    pairs = positives.sum(axis=1) * negatives.sum(axis=1)
    with np.errstate(invalid="ignore"):
        area: Float64Array = right / pairs
    return area


def as_object(interval: Interval | None) -> dict[str, float] | None:
    """Return an interval as ``metrics.json`` has it."""
    if interval is None:
        return None
    value, low, high = interval
    return {"value": value, "low": low, "high": high}
