"""How well masks agree: Dice, box hits, and their intervals. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from inference.model_facts import Measured

Box: TypeAlias = tuple[float, float, float, float]
"""(row, column, rows, columns) in pixels."""

HIT_OVERLAP = 0.5
"""Overlap (IoU) of two boxes from which one is taken to have found the other."""


def dice(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    """Return 2 |A and B| / (|A| + |B|); 1.0 where both masks are empty.

    Examples
    --------
    Three pixels and one pixel, one of them shared: 2 * 1 / (3 + 1) = 0.5.

    References
    ----------
    Dice, Measures of the amount of ecologic association between species, 1945.
    """
    total = int(np.count_nonzero(one)) + int(np.count_nonzero(other))
    if total == 0:
        return 1.0
    return 2.0 * int(np.count_nonzero(one & other)) / total


def mask_box(mask: NDArray[np.bool_]) -> Box | None:
    """Return the box around all pixels of a mask; None for an empty one."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if rows.size == 0:
        return None
    return (
        float(rows[0]),
        float(columns[0]),
        float(rows[-1] - rows[0] + 1),
        float(columns[-1] - columns[0] + 1),
    )


def box_overlap(one: Box, other: Box) -> float:
    """Return the intersection of two boxes over their union (IoU).

    Examples
    --------
    (0, 0, 2, 2) and (1, 1, 2, 2) share 1 of 7 pixels: 1 / 7.
    """
    high = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    wide = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    if high <= 0 or wide <= 0:
        return 0.0
    union = one[2] * one[3] + other[2] * other[3] - high * wide
    return high * wide / union


def hits(mask: NDArray[np.bool_], box: Box, overlap: float = HIT_OVERLAP) -> bool:
    """Whether the box around a mask's largest connected part finds a given box.

    The largest part, because a speck at the other end of the brain would spread
    the box over both without being what the reader looks at first.
    """
    found = mask_box(largest_part(mask))
    return found is not None and box_overlap(found, box) >= overlap


def centre_inside(mask: NDArray[np.bool_], box: Box) -> bool:
    """Whether the centre of the largest connected part lies in the box."""
    part = largest_part(mask)
    if not part.any():
        return False
    row, column = (float(axis.mean()) + 0.5 for axis in np.nonzero(part))
    return box[0] <= row <= box[0] + box[2] and box[1] <= column <= box[1] + box[3]


def largest_part(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the largest connected part of a mask (edges and corners connect)."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        mask.astype(np.uint8), connectivity=8
    )
    if count < 2:
        return np.zeros_like(mask)
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    return np.asarray(labels == largest)


def grouped_interval(
    values: ArrayLike,
    groups: Sequence[str],
    statistic: Callable[[NDArray[Any]], float] = lambda part: float(part.mean()),
    resamples: int = 2000,
    seed: int = 0,
) -> Measured:
    """Return a statistic with its 95 % interval, whole groups drawn anew.

    Slices of one patient are alike; drawn singly they would make the interval
    far too narrow.

    Parameters
    ----------
    values : (n,) or (n, columns)
    groups : (n,)
        Patient, or block where patients are unknown.
    statistic
        Of the drawn values; the mean by default.

    Raises
    ------
    ValueError
        If there is no value, or not one group for each.

    References
    ----------
    Davison and Hinkley, Bootstrap methods and their application, 1997, 3.8.
    """
    x = np.asarray(values)
    if len(x) == 0 or len(x) != len(groups):
        raise ValueError(f"{len(x)} values for {len(groups)} groups")
    names, index = np.unique(np.asarray(groups), return_inverse=True)
    members = [np.flatnonzero(index == k) for k in range(len(names))]
    rng = np.random.default_rng(seed)
    draws = []
    for _ in range(resamples):
        chosen = rng.integers(0, len(names), len(names))
        draws.append(statistic(x[np.concatenate([members[k] for k in chosen])]))
    low, high = np.nanquantile(draws, [0.025, 0.975])
    return Measured(statistic(x), float(low), float(high))
