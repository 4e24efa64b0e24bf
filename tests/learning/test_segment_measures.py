import numpy as np
import pytest

from learning.boxes_csv import Box
from learning.segment_measures import SegmentMatch, evaluate_segment, match_segment


def _mask(rows: slice, columns: slice) -> np.ndarray:
    mask = np.zeros((20, 20), bool)
    mask[rows, columns] = True
    return mask


def test_that_a_mask_is_compared_with_the_traced_one_and_the_box() -> None:
    mask = _mask(slice(0, 10), slice(0, 10))
    traced = _mask(slice(0, 10), slice(5, 15))
    match = match_segment(mask, traced, [Box(0, 0, 10, 12)], absent=False)
    # 50 shared of 100 and 100; the boxes share 100 of 120.
    assert match == SegmentMatch(dice=0.5, hit=1.0, centre=1.0, marked=None)


def test_that_a_mark_on_a_film_with_nothing_is_counted() -> None:
    mask = _mask(slice(0, 1), slice(0, 1))
    assert match_segment(mask, None, [], absent=True) == SegmentMatch(marked=1.0)
    empty = np.zeros((20, 20), bool)
    assert match_segment(empty, None, [], absent=True) == SegmentMatch(marked=0.0)
    assert match_segment(empty, None, [], absent=False) == SegmentMatch()


def test_that_each_figure_rests_on_the_films_that_know_it() -> None:
    matches = [
        SegmentMatch(dice=0.5, hit=1.0, centre=1.0),
        SegmentMatch(dice=0.9, hit=0.0, centre=1.0),
        SegmentMatch(hit=1.0, centre=1.0),
        SegmentMatch(marked=0.0),
    ]
    measured = evaluate_segment(matches, ["a", "b", "c", "d"])
    assert (measured["n_masks"], measured["n_boxed"], measured["n_without"]) == (
        2,
        3,
        1,
    )
    assert measured["dice"]["value"] == pytest.approx(0.7)
    assert (measured["dice"]["low"], measured["dice"]["high"]) == (0.5, 0.9)
    assert measured["box_hit_rate"]["value"] == pytest.approx(2 / 3)
    assert measured["centre_hit_rate"]["value"] == 1.0
    assert measured["false_mark_rate"]["value"] == 0.0


def test_that_without_any_truth_nothing_is_stated() -> None:
    assert evaluate_segment([], [])["dice"] is None
