import threading
from dataclasses import replace

import cv2
import numpy as np
import pytest

import cli.read_ahead
from cli.read_ahead import BATCH, read_ahead
from studies.errors import UnreadableFileError
from studies.reader import read_header, read_image


@pytest.fixture
def headers(tmp_path):
    """Twenty headers of one small film, told apart by their frame."""
    path = tmp_path / "film.png"
    assert cv2.imwrite(str(path), np.full((210, 220), 128, np.uint8))
    (header,) = read_header(path)
    return [replace(header, frame=number) for number in range(20)]


@pytest.fixture
def reading(monkeypatch):
    """Note which frames are read; frames in `reading.bad` cannot be."""

    class Reading:
        def __init__(self):
            self.frames = []
            self.bad = set()
            self.lock = threading.Lock()

        def __call__(self, header):
            with self.lock:
                self.frames.append(header.frame)
            if header.frame in self.bad:
                raise UnreadableFileError(header.path, "it is cut short")
            return read_image(replace(header, frame=0))

    reading = Reading()
    monkeypatch.setattr(cli.read_ahead, "read_image", reading)
    return reading


def test_that_films_come_in_their_order_in_batches_of_eight(headers, reading):
    batches = list(read_ahead(headers, [True] * 20))
    assert [len(batch) for batch in batches] == [8, 8, 4]
    frames = [film.header.frame for batch in batches for film in batch]
    assert frames == list(range(20))
    assert all(film.display is not None for batch in batches for film in batch)


def test_that_what_is_not_wanted_keeps_its_place_and_is_not_read(headers, reading):
    wanted = [number % 2 == 0 for number in range(20)]
    films = [film for batch in read_ahead(headers, wanted) for film in batch]
    assert sorted(reading.frames) == list(range(0, 20, 2))
    assert [film.image is not None for film in films] == wanted


def test_that_a_film_that_cannot_be_read_says_why_and_the_rest_comes(headers, reading):
    reading.bad = {3}
    films = [film for batch in read_ahead(headers, [True] * 20) for film in batch]
    assert "it is cut short" in films[3].reason
    assert films[3].image is None
    assert all(film.image is not None for film in films if film is not films[3])


def test_that_only_the_next_batch_is_read_meanwhile_and_none_after_the_end(
    headers, reading
):
    films = read_ahead(headers, [True] * 20)
    next(films)
    films.close()
    assert set(reading.frames) <= set(range(2 * BATCH))
    count = len(reading.frames)
    assert not [one for one in threading.enumerate() if "read-ahead" in one.name]
    assert len(reading.frames) == count


def test_that_large_films_come_fewer_at_a_time(headers, reading):
    """16 million pixels a batch: three of 5 million, and one alone of 20."""
    large = [replace(one, rows=2500, columns=2000) for one in headers[:6]]
    huge = replace(headers[6], rows=5000, columns=4000)
    batches = list(read_ahead([*large, huge], [True] * 7))
    assert [len(batch) for batch in batches] == [3, 3, 1]


def test_that_no_image_gives_no_batch():
    assert list(read_ahead([], [])) == []
