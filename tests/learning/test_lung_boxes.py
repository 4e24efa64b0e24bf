import re
from pathlib import Path

import numpy as np
import pytest
from torch import nn

from inference.film_gate import LungBox
from learning.lung_boxes import (
    LungBoxError,
    drawn_boxes,
    fit,
    measured_overlap,
    overlap,
    union,
    what_is_seen,
)
from studies.errors import UnreadableFileError
from studies.model import UInt8Array


def test_that_the_box_goes_around_both_lungs() -> None:
    assert union((0.2, 0.1, 0.7, 0.4), (0.1, 0.6, 0.8, 0.9)) == (0.1, 0.1, 0.8, 0.9)


def test_that_overlap_is_intersection_over_union() -> None:
    assert overlap((0.0, 0.0, 1.0, 1.0), (0.0, 0.0, 1.0, 0.5)) == 0.5
    assert overlap((0.0, 0.0, 0.5, 0.5), (0.5, 0.5, 1.0, 1.0)) == 0.0


def test_that_a_film_with_one_lung_drawn_has_no_box(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text(
        "file,source,width,height\na.png,s,200,100\nb.png,s,200,100\n",
        encoding="utf-8",
    )
    (tmp_path / "boxes.csv").write_text(
        "file,finding,x,y,w,h\n"
        "a.png,left_lung,20,10,60,80\n"
        "a.png,right_lung,100,20,80,50\n"
        "b.png,left_lung,20,10,60,80\n",
        encoding="utf-8",
    )
    # Columns 20 to 180 of 200, rows 10 to 90 of 100.
    assert drawn_boxes(tmp_path) == {"a.png": pytest.approx((0.1, 0.1, 0.9, 0.9))}


@pytest.mark.parametrize(
    ("size", "box", "told"),
    [
        (",", "20,10,60,80", "labels.csv, line 2: found width nothing, height nothing"),
        ("200,0", "20,10,60,80", "labels.csv, line 2: found width 200, height 0"),
        ("200,100", "20,wide,60,80", "boxes.csv, line 2: found x 20, y wide"),
    ],
)
def test_that_a_faulty_size_or_box_is_named_with_its_line(
    tmp_path: Path, size: str, box: str, told: str
) -> None:
    labels = f"file,source,width,height\na.png,s,{size}\nb.png,s,640,480\n"
    (tmp_path / "labels.csv").write_text(labels, encoding="utf-8")
    boxes = f"file,finding,x,y,w,h\na.png,left_lung,{box}\n"
    (tmp_path / "boxes.csv").write_text(boxes, encoding="utf-8")
    with pytest.raises(LungBoxError, match=re.escape(told)):
        drawn_boxes(tmp_path)


def test_that_a_folder_without_boxes_is_named(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("file,source\na.png,s\n", encoding="utf-8")
    with pytest.raises(UnreadableFileError, match=r"boxes\.csv"):
        drawn_boxes(tmp_path)


def _film(rng: np.random.Generator) -> tuple[UInt8Array, LungBox]:
    """Return a film, dark in one box and bright about it, and the box."""
    row0, column0 = rng.uniform(0.05, 0.25, 2)
    row1, column1 = rng.uniform(0.7, 0.95, 2)
    film = np.full((120, 160), 200, np.uint8)
    rows = slice(round(row0 * 120), round(row1 * 120))
    columns = slice(round(column0 * 160), round(column1 * 160))
    film[rows, columns] = 40
    return film, (row0, column0, row1, column1)


def test_that_the_fit_finds_boxes_on_films_it_has_not_seen() -> None:
    rng = np.random.default_rng(0)
    films, boxes = zip(*(_film(rng) for _ in range(120)), strict=True)
    blind = nn.Sequential(nn.AdaptiveAvgPool2d(14), nn.Conv2d(3, 80, 1))
    seen = what_is_seen(blind, films)
    truth = np.array(boxes)
    found = fit(seen[:80], truth[:80], penalty=10.0).predict(seen[80:])
    agreement = [
        overlap(tuple(a), tuple(b)) for a, b in zip(found, truth[80:], strict=True)
    ]
    assert np.mean(agreement) > 0.85
    middle = tuple(truth.mean(0))
    assert np.mean(agreement) > np.mean([overlap(middle, b) for b in boxes]) + 0.05


def test_that_overlap_is_measured_on_patients_left_out() -> None:
    rng = np.random.default_rng(1)
    # Nothing to learn from but who the patient is: eight films alike of each of
    # sixteen patients. Known patients would be found exactly.
    seen = np.repeat(rng.normal(size=(16, 40)), 8, 0).astype(np.float32)
    boxes = np.repeat([_film(rng)[1] for _ in range(16)], 8, 0)
    patients = np.repeat([f"p{number}" for number in range(16)], 8)
    found = fit(seen, boxes, penalty=0.01).predict(seen)
    known = np.mean(
        [overlap(tuple(a), tuple(b)) for a, b in zip(found, boxes, strict=True)]
    )
    assert known > 0.99
    assert measured_overlap(seen, boxes, patients, penalty=0.01).mean() < 0.95
