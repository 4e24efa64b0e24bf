"""What a severity value is worth: error, its band's coverage, and the baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning.bootstrap import (
    Float64Array,
    draw_weights,
    group_index,
    mean_interval,
    percentiles,
)
from learning.evaluation import as_object, proportion_interval


@dataclass(frozen=True, slots=True, eq=False)
class SeverityFilms:
    """One severity on films of known truth: arrays of (films,), aligned.

    `lows` and `highs` are the ends of the error band; `groups` patients, ""
    where unknown.
    """

    truth: Float64Array
    values: Float64Array
    lows: Float64Array
    highs: Float64Array
    sources: NDArray[np.str_]
    groups: NDArray[np.str_]

    def where(self, mask: NDArray[np.bool_]) -> SeverityFilms:
        """Return the films at which `mask`, (films,), is true."""
        return SeverityFilms(
            self.truth[mask],
            self.values[mask],
            self.lows[mask],
            self.highs[mask],
            self.sources[mask],
            self.groups[mask],
        )


def evaluate_severity(films: SeverityFilms) -> dict[str, Any]:
    """Measure a severity, in the shape that ``metrics.json`` has.

    Returns
    -------
    dict
        ``n``; ``mae`` (mean absolute error), ``baseline_mae`` (that of always
        saying the mean of the other patients' films), ``coverage`` (share of
        films whose truth lies in the error band): ``{"value", "low", "high"}``
        with the 95 % bootstrap interval by patient; ``correlation`` (Pearson's)
        likewise; ``band``, the mean width of the error band. None where it
        cannot be computed.
    """
    groups = list(films.groups)
    if not films.truth.size:
        return dict.fromkeys(_NAMES) | {"n": 0}
    baseline = np.abs(films.truth - mean_of_others(films.truth, groups))
    inside = (films.lows <= films.truth) & (films.truth <= films.highs)
    every = np.ones(len(groups), bool)
    return {
        "n": len(groups),
        "mae": as_object(mean_interval(np.abs(films.truth - films.values), groups)),
        "baseline_mae": as_object(mean_interval(baseline, groups)),
        "correlation": as_object(
            correlation_interval(films.truth, films.values, groups)
        ),
        "coverage": as_object(proportion_interval(inside, every, groups)),
        "band": float((films.highs - films.lows).mean()),
    }


_NAMES = ("n", "mae", "baseline_mae", "correlation", "coverage", "band")


def mean_of_others(truth: Float64Array, groups: Sequence[str]) -> Float64Array:
    """Return for each film the mean truth of all other patients' films.

    NaN where there is no other patient.
    """
    index = group_index(groups)
    total = np.bincount(index, truth)[index]
    count = np.bincount(index)[index]
    with np.errstate(invalid="ignore"):
        others: Float64Array = (truth.sum() - total) / (len(truth) - count)
    return others


def correlation_interval(
    truth: Float64Array,
    values: Float64Array,
    groups: Sequence[str],
    *,
    resamples: int = 1000,
    seed: int = 0,
) -> tuple[float, float, float] | None:
    """Return Pearson's r with its 95 % bootstrap interval; None without spread."""
    if truth.size < 2 or not truth.std() or not values.std():
        return None
    draws = [
        _weighted_r(truth, values, weights)
        for weights in draw_weights(groups, resamples, seed)
    ]
    value = float(np.corrcoef(truth, values)[0, 1])
    return value, *percentiles(draws, (-1.0, 1.0))


def _weighted_r(
    truth: Float64Array, values: Float64Array, weights: Float64Array
) -> Float64Array:
    """Return r of each row of weights; NaN where a draw has no spread."""
    total = weights.sum(axis=1)
    x, y = truth - truth.mean(), values - values.mean()
    mean_x, mean_y = weights @ x / total, weights @ y / total
    shared = weights @ (x * y) / total - mean_x * mean_y
    spread = (weights @ (x * x) / total - mean_x**2) * (
        weights @ (y * y) / total - mean_y**2
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        r: Float64Array = shared / np.sqrt(spread.clip(min=0.0))
    return r
