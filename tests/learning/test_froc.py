from pathlib import Path

import pytest

from learning.boxes_csv import Box, overlap, read_boxes
from learning.froc import MarkedFilm, evaluate_marks, froc_curve, hits

HERE, THERE = Box(0, 0, 10, 10), Box(50, 50, 10, 10)


def test_that_overlap_is_intersection_over_union() -> None:
    # 10 x 5 shared, 100 + 100 - 50 in all.
    assert overlap(HERE, Box(0, 5, 10, 10)) == pytest.approx(50 / 150)
    assert overlap(HERE, THERE) == 0.0


def test_that_a_mark_hits_by_its_centre_or_by_enough_overlap() -> None:
    assert hits(Box(4, 4, 2, 2), HERE)  # small, but inside
    assert hits(Box(0, 6, 10, 10), HERE)  # centre at 11, overlap 40 / 160
    assert not hits(Box(0, 7, 10, 10), HERE)  # overlap 30 / 170


def _films() -> list[MarkedFilm]:
    """Three boxes on two films, and a film without the finding."""
    return [
        MarkedFilm("s", "", ((HERE, 0.9), (Box(80, 80, 4, 4), 0.8)), (HERE, THERE)),
        MarkedFilm("s", "", ((THERE, 0.5), (HERE, 0.4)), (THERE,)),
        MarkedFilm("s", "", ((HERE, 0.7),), ()),
        MarkedFilm("s", "", (), ()),
    ]


def test_that_the_froc_is_that_of_the_worked_example() -> None:
    # Levels 0.9: 1 of 3 found, 0 false in 4 films. 0.8: 1 false. 0.7: 2 false.
    # 0.5: 2 found. 0.4: 3 false.
    false, found = froc_curve(_films())
    assert false.tolist() == [0.0, 0.25, 0.5, 0.5, 0.75]
    assert found.tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 3, 2 / 3, 2 / 3])


def test_that_sensitivity_is_stated_for_allowed_false_marks() -> None:
    measured = evaluate_marks(_films())
    assert (measured["n"], measured["n_boxes"]) == (4, 3)
    assert measured["false_marks"] == 0.75
    values = [item["sensitivity"]["value"] for item in measured["froc"]]
    assert values == pytest.approx([1 / 3, 2 / 3, 2 / 3, 2 / 3])
    assert [item["false_marks"] for item in measured["froc"]] == [0.25, 0.5, 1.0, 2.0]
    assert measured["sensitivity"]["value"] == pytest.approx(2 / 3)


def test_that_a_mark_that_is_always_false_costs_the_sensitivity() -> None:
    films = [MarkedFilm("s", "", ((THERE, 0.9), (HERE, 0.5)), (HERE,))] * 4
    measured = evaluate_marks(films)
    # One false mark on each film comes before the right one.
    values = [item["sensitivity"]["value"] for item in measured["froc"]]
    assert values == [0.0, 0.0, 1.0, 1.0]


def test_that_without_boxes_nothing_is_stated() -> None:
    measured = evaluate_marks([MarkedFilm("s", "", ((HERE, 0.9),), ())])
    assert (measured["froc"], measured["sensitivity"]) == (None, None)


def test_that_faulty_rows_of_boxes_are_told_and_left_out(tmp_path: Path) -> None:
    (tmp_path / "boxes.csv").write_text(
        "file,x,y,w,h,finding\n"
        "a.png,3,4,10,20,mass\n"
        "a.png,3,x,10,20,mass\n"
        "b.png,3,4,0,20,\n"
    )
    boxes, problems = read_boxes(tmp_path / "boxes.csv")
    assert boxes == {"a.png": (Box(4.0, 3.0, 20.0, 10.0, "mass"),)}
    assert [str(item).split(";")[0] for item in problems] == [
        "boxes.csv, line 3, column x, y, w, h: found 3, x, 10, 20",
        "boxes.csv, line 4, column x, y, w, h: found 3, 4, 0, 20",
    ]
