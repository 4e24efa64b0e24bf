"""Marks against boxes: sensitivity at so many false marks a film."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning.bootstrap import Float64Array, draw_weights, percentiles
from learning.boxes_csv import Box, overlap
from learning.evaluation import as_object

FALSE_MARKS = (0.25, 0.5, 1.0, 2.0)
HIT_OVERLAP = 0.2


@dataclass(frozen=True, slots=True)
class MarkedFilm:
    """A film's marks by the model, and the boxes of the experts.

    Attributes
    ----------
    marks
        Box and probability of each.
    truth
        Empty for a film without the finding.
    """

    source: str
    group: str
    marks: tuple[tuple[Box, float], ...]
    truth: tuple[Box, ...]


def hits(mark: Box, truth: Box) -> bool:
    """Whether a mark finds a box: its centre inside, or enough overlap.

    References
    ----------
    Overlap above 0.2 as in the RibFrac challenge (Jin et al. 2020).
    """
    return truth.holds(*mark.centre) or overlap(mark, truth) > HIT_OVERLAP


@dataclass(frozen=True, slots=True, eq=False)
class _Counts:
    """By film and level: boxes found and false marks at or above the level."""

    levels: Float64Array
    found: Float64Array
    false: Float64Array
    boxes: Float64Array


def evaluate_marks(
    films: Sequence[MarkedFilm],
    *,
    resamples: int = 1000,
    seed: int = 0,
) -> dict[str, Any]:
    """Return the FROC, in the shape that ``metrics.json`` has.

    A mark that finds no box is false, on films with the finding too; several
    marks on one box find it once and are not false. Films without the finding
    count.

    Returns
    -------
    dict
        ``n`` films, ``n_boxes``, ``false_marks`` and ``sensitivity`` with every
        mark, and ``froc``: ``{"false_marks", "sensitivity"}`` for each allowed
        number of false marks a film, with the 95 % bootstrap interval by
        patient (levels chosen anew in each draw). None without boxes.

    References
    ----------
    Bunch et al., A free response approach to the measurement and
    characterization of radiographic observer performance, 1977.
    """
    counts = _count(films)
    groups = [film.group for film in films]
    ones = np.ones((1, len(films)))
    boxes = int(counts.boxes.sum())
    if not boxes:
        return dict.fromkeys(("false_marks", "sensitivity", "froc")) | {
            "n": len(films),
            "n_boxes": 0,
        }
    draws = list(draw_weights(groups, resamples, seed))

    def at(allowed: float) -> dict[str, float] | None:
        value = float(_sensitivity(counts, ones, allowed)[0])
        spread = percentiles([_sensitivity(counts, one, allowed) for one in draws])
        return as_object((value, *spread))

    return {
        "n": len(films),
        "n_boxes": boxes,
        "false_marks": float(counts.false[:, -1].mean()),
        "sensitivity": at(float("inf")),
        "froc": [
            {"false_marks": allowed, "sensitivity": at(allowed)}
            for allowed in FALSE_MARKS
        ],
    }


def froc_curve(films: Sequence[MarkedFilm]) -> tuple[Float64Array, Float64Array]:
    """Return false marks a film and sensitivity, from the highest level down."""
    counts = _count(films)
    found = counts.found.sum(axis=0) / max(counts.boxes.sum(), 1.0)
    return counts.false.mean(axis=0), found


def _count(films: Sequence[MarkedFilm]) -> _Counts:
    peaks = {level for film in films for _, level in film.marks}
    levels = np.array(sorted(peaks, reverse=True) or [1.0])
    found = np.zeros((len(films), len(levels)))
    false = np.zeros_like(found)
    for number, film in enumerate(films):
        for box in film.truth:
            own = [level for mark, level in film.marks if hits(mark, box)]
            found[number] += levels <= max(own, default=-1.0)
        for mark, level in film.marks:
            if not any(hits(mark, box) for box in film.truth):
                false[number] += levels <= level
    boxes = np.array([float(len(film.truth)) for film in films])
    return _Counts(levels, found, false, boxes)


def _sensitivity(
    counts: _Counts, weights: NDArray[np.float64], allowed: float
) -> Float64Array:
    """Return the share found at the lowest level with at most `allowed` false."""
    false = weights @ counts.false / weights.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        found = weights @ counts.found / (weights @ counts.boxes)[:, None]
    # Both grow to the right; 1e-9 for sums that are whole but for rounding.
    place = (false <= allowed + 1e-9).sum(axis=1) - 1
    best = np.where(place < 0, 0.0, found[np.arange(len(found)), np.maximum(place, 0)])
    return np.where(np.isnan(found[:, 0]), np.nan, best)
