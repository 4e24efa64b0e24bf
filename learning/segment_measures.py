"""What a segment is worth: Dice where masks are, box hits where boxes are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning.bootstrap import mean_interval
from learning.boxes_csv import Box
from learning.dice import centre_inside, dice, hits
from learning.evaluation import as_object


@dataclass(frozen=True, slots=True)
class SegmentMatch:
    """One segment on one film, against what is known of it there.

    Attributes
    ----------
    dice
        With the expert's mask; None where there is none.
    hit, centre
        Whether the largest part's box overlaps an expert's box by half (IoU at
        least 0.5), and whether its centre lies in one; None without boxes.
    marked
        Whether any pixel is marked, on a film known to have nothing; None on
        any other film.
    """

    dice: float | None = None
    hit: float | None = None
    centre: float | None = None
    marked: float | None = None


_NUMBERS = ("dice", "hit", "centre", "marked")


def match_segment(
    mask: NDArray[np.bool_],
    traced: NDArray[np.bool_] | None,
    boxes: Sequence[Box],
    *,
    absent: bool,
) -> SegmentMatch:
    """Compare a mask with an expert's mask and boxes, all in image pixels.

    Parameters
    ----------
    mask, traced : (rows, columns)
    absent
        Whether the film is known to have nothing to mark.
    """
    places = [(box.row, box.column, box.rows, box.columns) for box in boxes]
    return SegmentMatch(
        dice=None if traced is None else dice(mask, traced),
        hit=float(any(hits(mask, box) for box in places)) if places else None,
        centre=(
            float(any(centre_inside(mask, box) for box in places)) if places else None
        ),
        marked=float(mask.any()) if absent and not places else None,
    )


def evaluate_segment(
    matches: Sequence[SegmentMatch], groups: Sequence[str]
) -> dict[str, Any]:
    """Measure a segment, in the shape that ``metrics.json`` has.

    Returns
    -------
    dict
        For each of ``dice``, ``box_hit_rate``, ``centre_hit_rate`` and
        ``false_mark_rate`` (share of the films with nothing to mark that are
        marked): ``{"value", "low", "high"}``, a mean over films with its 95 %
        bootstrap interval by patient, or None; and ``n_masks``, ``n_boxed``,
        ``n_without``, the films behind them.
    """
    means, counts = {}, {}
    for name in _NUMBERS:
        known = [
            (getattr(item, name), group)
            for item, group in zip(matches, groups, strict=True)
            if getattr(item, name) is not None
        ]
        values = np.array([value for value, _ in known], dtype=np.float64)
        means[name] = as_object(mean_interval(values, [group for _, group in known]))
        counts[name] = len(known)
    return {
        "n_masks": counts["dice"],
        "dice": means["dice"],
        "n_boxed": counts["hit"],
        "box_hit_rate": means["hit"],
        "centre_hit_rate": means["centre"],
        "n_without": counts["marked"],
        "false_mark_rate": means["marked"],
    }
