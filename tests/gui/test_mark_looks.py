"""Letters, colours and places of tags."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np

from gui.mark_looks import looks
from gui.mark_tags import HEIGHT, MOST, Frame, place_tags
from studies.mark_colours import ORANGE, SKY, YELLOW
from studies.mark_model import Colour, Mark, MarkKind
from studies.model import OtherObject

SOURCE = OtherObject(Path("a.dcm"), "Segmentation")
VIEW = Frame((0, 0, 1000, 800), (200, 100, 800, 700))


def mark(key: str, label: str, colour: Colour = SKY) -> Mark:
    return Mark(key, label, colour, MarkKind.SEGMENT, SOURCE)


def test_that_each_mark_has_a_letter_of_its_own() -> None:
    labels = ("Liver", "Left kidney", "Lung", "Lung", "Lung", "12", "12")
    marks = [mark(str(n), label) for n, label in enumerate(labels)]
    tags = [look.tag for look in looks(marks).values()]
    assert tags == ["L", "K", "U", "N", "G", "M2", "M3"]


def test_that_one_key_has_one_look() -> None:
    assert len(looks([mark("a", "Liver"), mark("a", "Liver")])) == 1


def test_that_two_objects_do_not_share_a_colour_of_the_design() -> None:
    marks = [mark("a", "A"), mark("b", "B"), mark("c", "C", YELLOW)]
    colours = [look.colour for look in looks(marks).values()]
    assert colours == [SKY, YELLOW, ORANGE]


def test_that_an_objects_own_colours_stay() -> None:
    red = (255, 80, 80)
    marks = [mark("a", "A", red), mark("b", "B", red)]
    assert [look.colour for look in looks(marks).values()] == [red, red]


def blob(x: float, y: float, size: float = 40.0) -> np.ndarray:
    return np.array([[x, y], [x + size, y], [x + size, y + size], [x, y + size]])


def test_that_a_tag_stands_beside_the_anatomy_and_points_at_its_mark() -> None:
    (tag,) = place_tags([blob(400, 300)], [22.0], VIEW)
    assert tag.x == 208
    assert tag.y + HEIGHT / 2 == 320
    assert tag.leader in {(400, 300), (400, 340)}


def test_that_tags_on_the_right_stand_at_the_right() -> None:
    (tag,) = place_tags([blob(600, 300)], [22.0], VIEW)
    assert tag.x + tag.width == 792
    assert tag.leader[0] == 640


def test_that_tags_never_cover_each_other() -> None:
    marks = [blob(400, 300 + n) for n in range(10)]
    tags = sorted(place_tags(marks, [22.0] * 10, VIEW), key=lambda tag: tag.y)
    assert len(tags) == 10
    gaps = [b.y - a.y for a, b in pairwise(tags)]
    assert min(gaps) >= HEIGHT


def test_that_marks_out_of_view_get_no_tag_and_of_many_the_largest_do() -> None:
    assert place_tags([blob(-500, 300)], [22.0], VIEW) == ()
    marks = [blob(300, 200 + n, 10.0 + n) for n in range(30)]
    placed = {tag.index for tag in place_tags(marks, [22.0] * 30, VIEW)}
    assert placed == set(range(30 - MOST, 30))
