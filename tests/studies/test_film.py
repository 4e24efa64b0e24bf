from __future__ import annotations

import numpy as np
import pytest
from PIL import Image as PillowImage

from studies.discovery import discover
from studies.errors import UnreadableFileError
from studies.grayscale import to_display
from studies.reader import read_film, read_header


def test_that_a_png_film_opens_and_says_that_it_is_not_dicom(tmp_path) -> None:
    path = tmp_path / "film.png"
    PillowImage.fromarray(np.array([[0, 51], [204, 255]], np.uint8)).save(path)
    image = read_film(path)
    assert image.stored.tolist() == [[0, 51], [204, 255]]
    assert not image.header.is_dicom
    assert image.header.notices == ("not DICOM",)
    assert to_display(image) == pytest.approx(np.array([[0, 0.2], [0.8, 1]]))


def test_that_a_png_film_of_16_bits_keeps_its_values(tmp_path) -> None:
    path = tmp_path / "film.png"
    PillowImage.fromarray(np.array([[0, 1000], [40000, 65535]], np.uint16)).save(path)
    image = read_film(path)
    assert image.stored.tolist() == [[0, 1000], [40000, 65535]]
    assert image.header.grayscale.bits_stored == 16


def test_that_a_colour_film_becomes_grey(tmp_path) -> None:
    path = tmp_path / "film.png"
    PillowImage.fromarray(np.full((2, 2, 3), (255, 0, 0), np.uint8)).save(path)
    assert read_film(path).stored.tolist() == [[76, 76], [76, 76]]  # 0.299 x 255


def test_that_a_transparent_film_becomes_grey(tmp_path) -> None:
    path = tmp_path / "film.png"
    PillowImage.new("RGBA", (2, 2), (255, 255, 255, 128)).save(path)
    assert read_film(path).stored.shape == (2, 2)


def test_that_a_jpeg_film_is_turned_as_its_exif_says(tmp_path) -> None:
    path = tmp_path / "film.jpg"
    exif = PillowImage.Exif()
    exif[0x0112] = 6  # rotate by 90 degrees
    PillowImage.new("L", (8, 4), 100).save(path, exif=exif)
    header = read_header(path)[0]
    assert (header.rows, header.columns) == (8, 4)
    assert read_film(path).stored.shape == (8, 4)


def test_that_the_same_film_always_has_the_same_uids(tmp_path) -> None:
    one, other = tmp_path / "a.png", tmp_path / "b.png"
    PillowImage.new("L", (4, 4), 9).save(one)
    other.write_bytes(one.read_bytes())
    first, second = read_header(one)[0], read_header(other)[0]
    assert first.sop_instance_uid == second.sop_instance_uid
    assert first.sop_instance_uid.startswith("2.25.")
    assert first.sop_instance_uid != first.study_instance_uid


def test_that_each_film_is_a_study_of_its_own(tmp_path) -> None:
    for shade in (10, 20):
        PillowImage.new("L", (4, 4), shade).save(tmp_path / f"{shade}.png")
    found = discover([tmp_path])
    assert [len(study.images) for study in found.studies] == [1, 1]
    assert found.problems == ()


def test_that_a_cut_film_is_refused(tmp_path) -> None:
    path = tmp_path / "film.png"
    noise = np.random.default_rng(1).integers(0, 255, (64, 64), np.uint8)
    PillowImage.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(UnreadableFileError):
        read_film(path)


def test_that_a_film_of_too_many_pixels_is_refused_before_decoding(tmp_path) -> None:
    path = tmp_path / "film.png"
    for side, told in ((20_000, "over 178,000,000 pixels"), (12_000, "12000 x 12000")):
        PillowImage.new("1", (side, side)).save(path)
        problem = discover([path]).problems[0]
        assert told in problem.what
