"""Reads images a batch ahead of the model, in order. No torch."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeAlias

from studies.errors import OverreadError
from studies.grayscale import to_display
from studies.model import Float32Array, Image, ImageHeader
from studies.reader import read_image

BATCH = 8
_PIXELS = 16_000_000
"""Of a batch: two batches are in memory at once, 6 bytes a pixel and more."""

_READERS = 2


@dataclass(frozen=True, slots=True, eq=False)
class ReadFilm:
    """One image, or why there is none.

    `display` is None where the display values could not be made; who needs
    them finds out why.
    """

    header: ImageHeader
    image: Image | None = None
    display: Float32Array | None = None
    reason: str = ""
    read_ms: float = 0.0


_Reading: TypeAlias = Sequence[Future[ReadFilm] | ReadFilm]


def read_ahead(
    headers: Sequence[ImageHeader], wanted: Sequence[bool]
) -> Generator[list[ReadFilm], None, None]:
    """Yield the images in batches; the next batch is read meanwhile.

    Closing the generator leaves what was not begun unread.

    Parameters
    ----------
    wanted
        Whether each image is to be read; the others come with their header
        alone, so that the order stays.
    """
    pool = ThreadPoolExecutor(_READERS, "read-ahead")

    def begin(batch: Sequence[int]) -> _Reading:
        return [
            pool.submit(_read, headers[one]) if wanted[one] else ReadFilm(headers[one])
            for one in batch
        ]

    try:
        ahead: _Reading = ()
        for batch in _batches(headers, wanted):
            current, ahead = ahead, begin(batch)
            if current:
                yield _read_all(current)
        if ahead:
            yield _read_all(ahead)
    finally:
        pool.shutdown(cancel_futures=True)


def _read_all(reading: _Reading) -> list[ReadFilm]:
    return [one if isinstance(one, ReadFilm) else one.result() for one in reading]


def _batches(
    headers: Sequence[ImageHeader], wanted: Sequence[bool]
) -> Iterator[list[int]]:
    """Cut into batches of few enough films and pixels to read; numbers of headers."""
    batch: list[int] = []
    films = pixels = 0
    for number, header in enumerate(headers):
        size = header.rows * header.columns if wanted[number] else 0
        full = films == BATCH or pixels + size > _PIXELS
        if batch and wanted[number] and full:
            yield batch
            batch, films, pixels = [], 0, 0
        batch.append(number)
        films, pixels = films + wanted[number], pixels + size
    if batch:
        yield batch


def _read(header: ImageHeader) -> ReadFilm:
    began = time.perf_counter()
    try:
        image = read_image(header)
    except OverreadError as error:
        return ReadFilm(header, reason=str(error))
    read_ms = (time.perf_counter() - began) * 1000.0
    try:
        display = to_display(image)
    except OverreadError:
        display = None  # the analysis meets it again and says why it failed
    return ReadFilm(header, image, display, read_ms=read_ms)
