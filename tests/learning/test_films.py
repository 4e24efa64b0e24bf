from pathlib import Path

import numpy as np
import pytest

from learning.films import LABELS, complete_labels, read_boxes, read_films, site_of
from learning.labelled_folder import LabelledFilm
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


def film(labels: dict[str, int], **extra: str) -> LabelledFilm:
    return LabelledFilm("a.png", "", "cohen", "train", "", labels, extra, 2)


def test_that_a_mass_or_a_nodule_is_one_label() -> None:
    def label(**known: int) -> float:
        return float(read_films([film(known)]).label("mass_nodule")[0])

    assert label(mass=0, nodule=1) == 1.0
    assert label(mass=0, nodule=0) == 0.0
    assert np.isnan(label(covid=1))


def test_that_brixia_is_the_mean_of_the_readers_there_are() -> None:
    def brixia(**cells: str) -> float:
        return float(read_films([film({}, **cells)]).severity("brixia")[0])

    assert brixia(brixia_senior="7", brixia_junior="4") == 5.5
    assert brixia(brixia_senior="7", brixia_junior="") == 7.0
    assert np.isnan(brixia())


def test_that_a_collected_film_is_of_its_website() -> None:
    link = "Case 12, https://www.Radiopaedia.org/cases/12"
    assert site_of(film({}, attribution=link)) == "radiopaedia.org"
    assert site_of(film({}, attribution="Wang et al. 2017")) == "cohen"


def test_that_boxes_are_read_by_file(tmp_path: Path) -> None:
    path = tmp_path / "boxes.csv"
    path.write_text("file,row0,column0,row1,column1\na/1.png,0.1,0.2,0.8,0.9\n")
    assert read_boxes(path) == {"a/1.png": (0.1, 0.2, 0.8, 0.9)}


def test_that_missing_boxes_are_refused_with_the_command_that_makes_them(
    tmp_path: Path,
) -> None:
    with pytest.raises(OverreadError, match="lung_boxes"):
        read_boxes(tmp_path / "none.csv")
