from pathlib import Path

import numpy as np
import pytest

from learning.films import LABELS, complete_labels, cut, read_boxes
from studies.errors import OverreadError

NAN = float("nan")


def row(**known: float) -> np.ndarray:
    return np.array([[known.get(name, NAN) for name in LABELS]], np.float32)


def test_that_a_normal_film_is_without_the_findings_nobody_labelled() -> None:
    filled = complete_labels(row(normal=1.0))[0]
    assert LABELS[:3] == ("covid", "pneumonia", "tuberculosis")
    assert dict(zip(LABELS, filled.tolist(), strict=True)) == {
        name: float(name == "normal") for name in LABELS
    }


def test_that_an_unknown_label_of_another_film_stays_unknown() -> None:
    filled = complete_labels(row(covid=1.0))[0]
    assert filled[0] == 1.0
    assert np.isnan(filled[1:]).all()


def test_that_a_given_label_is_never_overwritten() -> None:
    assert complete_labels(row(covid=0.0, pneumonia=1.0, normal=1.0))[0, 1] == 1.0


def test_that_a_film_is_cut_to_its_lungs_and_a_margin() -> None:
    film = np.arange(100 * 50).reshape(100, 50).astype(np.uint8)
    # 20 to 70 of 100 rows, 10 % of 50 around it: 15 to 75.
    # 10 to 30 of 50 columns, 10 % of 20 around it: 8 to 32.
    part = cut(film, (0.2, 0.2, 0.7, 0.6), margin=0.1)
    assert np.array_equal(part, film[15:75, 8:32])


def test_that_a_cut_does_not_leave_the_film() -> None:
    film = np.zeros((10, 10), np.uint8)
    assert cut(film, (0.0, 0.0, 1.0, 1.0), margin=0.2).shape == (10, 10)


def test_that_boxes_are_read_by_file(tmp_path: Path) -> None:
    path = tmp_path / "boxes.csv"
    path.write_text("file,row0,column0,row1,column1\na/1.png,0.1,0.2,0.8,0.9\n")
    assert read_boxes(path) == {"a/1.png": (0.1, 0.2, 0.8, 0.9)}


def test_that_missing_boxes_are_refused_with_the_command_that_makes_them(
    tmp_path: Path,
) -> None:
    with pytest.raises(OverreadError, match="lung_boxes"):
        read_boxes(tmp_path / "none.csv")
