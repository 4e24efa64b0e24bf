"""Shares and their intervals: a few lines of arithmetic that every layer needs."""

from __future__ import annotations

import math

from inference.model_facts import Measured

_Z = 1.959964


def wilson(hits: int, films: int) -> Measured:
    """Return a share with Wilson's 95 % interval.

    Raises
    ------
    ValueError
        If there is no film, or more hits than films.

    References
    ----------
    Wilson, Probable inference, the law of succession, and statistical
    inference, 1927.
    """
    if films <= 0 or not 0 <= hits <= films:
        raise ValueError(f"{hits} hits in {films} films")
    share = hits / films
    scale = 1.0 + _Z * _Z / films
    centre = (share + _Z * _Z / (2 * films)) / scale
    spread = share * (1 - share) / films + (_Z / (2 * films)) ** 2
    half = _Z * math.sqrt(spread) / scale
    return Measured(share, max(centre - half, 0.0), min(centre + half, 1.0))
