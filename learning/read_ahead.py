"""Films read in a thread while the model runs on the ones before them."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from learning.labelled_folder import LabelledFilm, LabelledFolder
from learning.targets import mask_of
from studies.errors import OverreadError
from studies.model import Image
from studies.reader import read_film

AHEAD = 16
"""Films kept ready: enough for two batches of eight, and few enough for memory."""

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, eq=False)
class ReadFilm:
    """A film as it was read.

    Attributes
    ----------
    image
        None where it could not be read; `failure` says why.
    digest
        SHA-256 of its file, "" where it could not be had.
    mask : (rows, columns)
        What an expert traced; None where there is none or none was asked for.
    mask_failure
        Why the mask could not be read; "" otherwise.
    """

    film: LabelledFilm
    image: Image | None
    digest: str = ""
    failure: str = ""
    mask: NDArray[np.bool_] | None = None
    mask_failure: str = ""


def read_ahead(
    items: Sequence[Item], read: Callable[[Item], Result], ahead: int = AHEAD
) -> Iterator[Result]:
    """Yield read(item) in order; the next ones are read in a thread meanwhile.

    `read` runs in one thread of its own. What it raises is raised here, at its
    item. Leaving the loop early reads no further.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="read-ahead") as pool:
        waiting: deque[Future[Result]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(read, item))
                if len(waiting) > ahead:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def read_labelled(
    folder: LabelledFolder, film: LabelledFilm, *, masks: bool
) -> ReadFilm:
    """Read one film, and its mask where `masks` are asked for.

    A film that cannot be read is a result like any other.
    """
    digest = ""
    try:
        with folder.path(film) as path:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            image = read_film(path)
    except OverreadError as error:
        return ReadFilm(film, None, digest, str(error))
    mask, failure = _read_mask(folder, film, image) if masks else (None, "")
    return ReadFilm(film, image, digest, "", mask, failure)


def _read_mask(
    folder: LabelledFolder, film: LabelledFilm, image: Image
) -> tuple[NDArray[np.bool_] | None, str]:
    name = mask_of(film)
    if not name:
        return None, ""
    try:
        mask = folder.read_gray(folder.beside(film, name)) > 127
    except OverreadError as error:
        return None, str(error)
    if mask.shape != image.stored.shape[:2]:
        return None, (
            f"{name}: found {mask.shape[0]} x {mask.shape[1]} pixels; allowed:"
            f" {image.stored.shape[0]} x {image.stored.shape[1]}, as the film"
        )
    return mask, ""
