"""Drawing, moving and resizing a box."""

import pytest

from gui.box_edit import box_between, dragged, handle_at, is_large_enough, shifted
from review.decision import Box

BOX = Box(20, 30, 40, 50)  # rows 20-60, columns 30-80 of 100 x 100


def test_that_a_box_may_be_drawn_from_any_corner_and_ends_at_the_image() -> None:
    assert box_between((60, 120), (20, 30), 100, 100) == Box(20, 30, 40, 70)


def test_that_a_slip_of_the_pointer_is_no_box() -> None:
    assert not is_large_enough(Box(0, 0, 3.9, 50))
    assert is_large_enough(Box(0, 0, 4, 4))


@pytest.mark.parametrize(
    ("handle", "after"),
    [
        ("move", Box(25, 37, 40, 50)),
        ("nw", Box(25, 37, 35, 43)),
        ("se", Box(20, 30, 45, 57)),
        ("n", Box(25, 30, 35, 50)),
        ("e", Box(20, 30, 40, 57)),
    ],
)
def test_that_a_handle_moves_only_its_own_edges(handle: str, after: Box) -> None:
    assert dragged(BOX, handle, 5, 7, 100, 100) == after


def test_that_a_box_cannot_be_turned_inside_out() -> None:
    assert dragged(BOX, "w", 0, 500, 100, 100) == Box(20, 76, 40, 4)


def test_that_a_box_cannot_leave_the_image() -> None:
    assert shifted(BOX, -500, 500, 100, 100) == Box(0, 50, 40, 50)
    assert dragged(BOX, "se", 500, 500, 100, 100) == Box(20, 30, 80, 70)


def test_that_handles_come_before_the_inside() -> None:
    assert handle_at(BOX, 21, 31, reach=3) == "nw"
    assert handle_at(BOX, 40, 31, reach=3) == "w"
    assert handle_at(BOX, 40, 50, reach=3) == "move"
    assert handle_at(BOX, 5, 5, reach=3) is None
