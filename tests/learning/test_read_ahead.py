import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from learning.labelled_folder import read_labelled_folder
from learning.read_ahead import read_ahead, read_labelled


def test_that_results_come_in_order_from_another_thread() -> None:
    def read(number: int) -> tuple[int, str]:
        return number * number, threading.current_thread().name

    found = list(read_ahead(range(5), read, ahead=2))
    assert [number for number, _ in found] == [0, 1, 4, 9, 16]
    assert all(name.startswith("read-ahead") for _, name in found)


def test_that_no_more_than_agreed_is_read_ahead() -> None:
    begun: list[int] = []
    films = read_ahead(range(100), lambda n: begun.append(n) or n, ahead=3)
    assert next(films) == 0
    films.close()
    assert len(begun) <= 4


def test_that_an_error_is_raised_at_its_item() -> None:
    def read(number: int) -> int:
        if number == 1:
            raise ValueError("broken")
        return number

    films = read_ahead(range(3), read)
    assert next(films) == 0
    with pytest.raises(ValueError, match="broken"):
        next(films)


@pytest.fixture
def masked(tmp_path: Path) -> Path:
    mask = np.zeros((8, 6), np.uint8)
    mask[2:4, 1:3] = 255
    cv2.imwrite(str(tmp_path / "film.png"), np.arange(48, dtype=np.uint8).reshape(8, 6))
    cv2.imwrite(str(tmp_path / "mask.png"), mask)
    cv2.imwrite(str(tmp_path / "small.png"), mask[:4])
    return tmp_path


def _read(folder: Path, mask: str):
    (folder / "labels.csv").write_text(f"file,source,mask_file\nfilm.png,s,{mask}\n")
    films = read_labelled_folder(folder)
    return read_labelled(films, films.items[0], masks=True)


def test_that_a_mask_is_read_beside_its_film(masked: Path) -> None:
    read = _read(masked, "mask.png")
    assert read.mask is not None
    assert read.mask.sum() == 4
    assert read.mask[2, 1]
    assert len(read.digest) == 64


@pytest.mark.parametrize(
    ("name", "word"),
    [("gone.png", "not in the folder"), ("small.png", "found 4 x 6 pixels")],
)
def test_that_a_mask_that_is_missing_or_does_not_fit_is_told(
    masked: Path, name: str, word: str
) -> None:
    read = _read(masked, name)
    assert read.image is not None
    assert read.mask is None
    assert word in read.mask_failure
