"""Drawing patients with replacement: the spread of any figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Float64Array: TypeAlias = NDArray[np.float64]

_CHUNK = 100  # resamples at once: 100 x 4,000 films are 3 MB a matrix


def group_index(groups: Sequence[str]) -> NDArray[np.intp]:
    """Return the number of each film's group; "" is a group of its own each time."""
    names = [name or f"\0{number}" for number, name in enumerate(groups)]
    return np.unique(names, return_inverse=True)[1]


def draw_weights(
    groups: Sequence[str], resamples: int, seed: int
) -> list[Float64Array]:
    """Return how often each film is drawn: chunks of (resamples, films).

    Drawing G groups with replacement is one multinomial draw of G. With fewer
    than two groups nothing is known of the spread: no chunk.
    """
    index = group_index(groups)
    count = int(index.max()) + 1 if index.size else 0
    if count < 2:
        return []
    generator = np.random.default_rng(seed)
    chances = np.full(count, 1.0 / count)
    sizes = [min(_CHUNK, resamples - start) for start in range(0, resamples, _CHUNK)]
    return [
        generator.multinomial(count, chances, size=size)[:, index].astype(np.float64)
        for size in sizes
    ]


def percentiles(
    draws: Sequence[Float64Array], nothing: tuple[float, float] = (0.0, 1.0)
) -> tuple[float, float]:
    """Return the 2.5th and 97.5th percentile; `nothing` where nothing was drawn."""
    values = np.concatenate(draws) if draws else np.empty(0)
    values = values[np.isfinite(values)]
    if not values.size:
        return nothing
    low, high = np.percentile(values, (2.5, 97.5))
    return float(low), float(high)


def mean_interval(
    values: Float64Array,
    groups: Sequence[str],
    *,
    resamples: int = 1000,
    seed: int = 0,
) -> tuple[float, float, float] | None:
    """Return a mean with its 95 % bootstrap interval by patient; None if not one."""
    if not values.size or not np.isfinite(values).all():
        return None
    draws = [
        weights @ values / weights.sum(axis=1)
        for weights in draw_weights(groups, resamples, seed)
    ]
    spread = percentiles(draws, (float(values.min()), float(values.max())))
    return float(values.mean()), *spread
