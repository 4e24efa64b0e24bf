"""Two percentiles of a film, as `numpy.percentile` gives them but sooner."""

from __future__ import annotations

import math

import numpy as np

from studies.model import Float32Array

_SMALL = 4096
_STEP = 17  # of the sample; odd, so that it walks over a film's columns
_MARGIN = 0.005


def two_percentiles(
    values: Float32Array, low: float, high: float
) -> tuple[float, float]:
    """Return a low and a high percentile, interpolated linearly.

    Only the two ends are sorted: a sample tells about where they begin. Equal
    to ``numpy.percentile(values, (low, high))`` to the last bit.

    Parameters
    ----------
    values
        Of any shape. Where one is no number, neither are the percentiles.
    low, high
        0 to 100.
    """
    flat = values.ravel()
    if flat.size < _SMALL or math.isnan(flat.min()):
        first, last = np.percentile(flat, (low, high))
        return float(first), float(last)
    sample = np.sort(flat[::_STEP])
    return _one(flat, sample, low), _one(flat, sample, high)


def _one(flat: Float32Array, sample: Float32Array, percent: float) -> float:
    place = (flat.size - 1) * (percent / 100.0)
    before = min(int(place), flat.size - 2)
    below, above = _neighbours(flat, sample, before)
    # As NumPy: from the nearer end, the difference still in single precision.
    weight, step = place - before, float(above - below)
    if weight < 0.5:
        return float(below) + step * weight
    return float(above) - step * (1.0 - weight)


def _neighbours(
    flat: Float32Array, sample: Float32Array, before: int
) -> tuple[np.float32, np.float32]:
    """Return the values at places `before` and `before` + 1 of all in order."""
    share = before / flat.size
    if share > 0.5:
        edge = sample[max(int((share - _MARGIN) * sample.size), 0)]
        end = flat[flat >= edge]
        place = before - (flat.size - end.size)
    else:
        edge = sample[min(int((share + _MARGIN) * sample.size) + 1, sample.size - 1)]
        end, place = flat[flat <= edge], before
    if not 0 <= place < end.size - 1:  # the sample was not like the whole
        end, place = flat, before
    ordered = np.partition(end, (place, place + 1))
    return ordered[place], ordered[place + 1]
