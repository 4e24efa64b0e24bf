import numpy as np
import pytest

from learning.dice import (
    box_overlap,
    centre_inside,
    dice,
    grouped_interval,
    hits,
    largest_part,
    mask_box,
)


def mask(*pixels: tuple[int, int], side: int = 6) -> np.ndarray:
    result = np.zeros((side, side), np.bool_)
    for row, column in pixels:
        result[row, column] = True
    return result


def test_that_dice_is_twice_the_shared_pixels_over_all():
    # 3 and 1 pixels, 1 shared: 2 / 4.
    assert dice(mask((0, 0), (0, 1), (1, 0)), mask((0, 0))) == 0.5


def test_that_dice_of_masks_apart_is_zero():
    assert dice(mask((0, 0)), mask((1, 1))) == 0.0


def test_that_two_empty_masks_agree():
    assert dice(mask(), mask()) == 1.0


def test_that_the_box_of_a_mask_holds_all_its_pixels():
    assert mask_box(mask((1, 2), (3, 4))) == (1.0, 2.0, 3.0, 3.0)
    assert mask_box(mask()) is None


def test_that_boxes_overlap_by_intersection_over_union():
    # 1 shared pixel, 4 + 4 - 1 in the union.
    assert box_overlap((0, 0, 2, 2), (1, 1, 2, 2)) == pytest.approx(1 / 7)
    assert box_overlap((0, 0, 2, 2), (0, 2, 2, 2)) == 0.0


def test_that_only_the_largest_part_of_a_mask_counts_as_the_hit():
    # 2 x 2 at the top left, a speck at the bottom right.
    marked = mask((0, 0), (0, 1), (1, 0), (1, 1), (5, 5))
    assert largest_part(marked).sum() == 4
    assert hits(marked, (0, 0, 2, 2))
    assert not hits(marked, (5, 5, 1, 1))


def test_that_a_box_half_covered_is_hit_and_one_covered_less_is_not():
    # 4 of 8 pixels: overlap 0.5; 4 of 12: 0.33.
    square = mask((0, 0), (0, 1), (1, 0), (1, 1))
    assert hits(square, (0, 0, 2, 4))
    assert not hits(square, (0, 0, 2, 6))


def test_that_an_empty_mask_hits_nothing():
    assert not hits(mask(), (0, 0, 2, 2))
    assert not centre_inside(mask(), (0, 0, 2, 2))


def test_that_the_centre_of_the_mark_may_lie_inside_the_box():
    # Pixels (0, 0) and (0, 1): centre at row 0.5, column 1.0.
    assert centre_inside(mask((0, 0), (0, 1)), (0, 0, 1, 2))
    assert not centre_inside(mask((0, 0), (0, 1)), (1, 0, 1, 2))


def test_that_whole_groups_are_drawn_for_the_interval():
    # Two groups of 0s and 1s: a draw is all 0, all 1, or half: 0 to 1 at 95 %.
    measured = grouped_interval([0.0, 0.0, 1.0, 1.0], ["a", "a", "b", "b"])
    assert (measured.value, measured.low, measured.high) == (0.5, 0.0, 1.0)


def test_that_an_interval_of_nothing_is_refused():
    with pytest.raises(ValueError, match="0 values for 0 groups"):
        grouped_interval([], [])
