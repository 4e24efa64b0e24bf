from __future__ import annotations

import pytest

from studies.discovery import discover
from studies.hanging import first_image, is_frontal
from studies.model import Study


def test_that_the_frontal_film_is_shown_first(write_film, tmp_path) -> None:
    for number, view in enumerate(["LL", "", "PA"]):
        write_film(
            f"{number}.dcm",
            SOPInstanceUID=f"1.9.{number}",
            InstanceNumber=number,
            ViewPosition=view,
        )
    (study,) = discover([tmp_path]).studies
    assert first_image(study).view_position == "PA"
    assert is_frontal(first_image(study))


def test_that_a_film_comes_before_slices(write_film, tmp_path) -> None:
    write_film("1", SOPInstanceUID="1.1", Modality="CT", SeriesInstanceUID="1.7")
    write_film("2", SOPInstanceUID="1.2", Modality="DX", SeriesInstanceUID="1.8")
    (study,) = discover([tmp_path]).studies
    assert first_image(study).modality == "DX"


def test_that_a_segmentation_comes_after_what_it_is_drawn_over(
    write_film, tmp_path
) -> None:
    seg = "1.2.840.10008.5.1.4.1.1.66.4"
    write_film("1", SOPInstanceUID="1.1", SOPClassUID=seg, Modality="SEG")
    write_film("2", SOPInstanceUID="1.2", Modality="CT", SeriesInstanceUID="1.8")
    (study,) = discover([tmp_path]).studies
    assert first_image(study).modality == "CT"


def test_that_ties_keep_the_order_of_the_series(write_film, tmp_path) -> None:
    write_film("1", SOPInstanceUID="1.1", InstanceNumber=2)
    write_film("2", SOPInstanceUID="1.2", InstanceNumber=1)
    (study,) = discover([tmp_path]).studies
    assert first_image(study).sop_instance_uid == "1.2"


def test_that_a_study_without_images_has_no_first_one(nobody) -> None:
    with pytest.raises(ValueError, match="no image"):
        first_image(Study("1.2", nobody, "", None, "", ()))
