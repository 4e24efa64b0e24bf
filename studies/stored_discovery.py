"""A whole Discovery as text; the images of a series come when they are asked for.

A folder of thousands of slices is listed at once so: its studies and series are
made, and the header of each slice only for the series that somebody looks into.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from typing import cast, overload

from studies.model import (
    Discovery,
    ImageHeader,
    OtherObject,
    Problem,
    Question,
    Series,
    Study,
)
from studies.stored import Plain, from_plain, pack, to_plain, unpack


class StoredImages(Sequence[ImageHeader]):
    """The images of a series, made of their text when the first is asked for.

    It equals the tuple of the same images. From any thread.
    """

    def __init__(self, count: int, text: str) -> None:
        self._count = count
        self._text = text
        self._made: tuple[ImageHeader, ...] | None = None

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> ImageHeader: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[ImageHeader, ...]: ...

    def __getitem__(self, index: int | slice) -> ImageHeader | tuple[ImageHeader, ...]:
        return self._images()[index]

    def __iter__(self) -> Iterator[ImageHeader]:
        return iter(self._images())

    def __add__(self, other: Sequence[ImageHeader]) -> tuple[ImageHeader, ...]:
        return (*self._images(), *other)

    def __radd__(self, other: Sequence[ImageHeader]) -> tuple[ImageHeader, ...]:
        return (*other, *self._images())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, tuple | StoredImages):
            return len(self) == len(other) and self._images() == tuple(other)
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self._images())

    def __repr__(self) -> str:
        return repr(self._images())

    def _images(self) -> tuple[ImageHeader, ...]:
        made = self._made
        if made is None:
            made = unpack(ImageHeader, json.loads(self._text))
            self._made = made
        return made


def write_discovery(found: Discovery) -> tuple[str, tuple[str, ...]]:
    """Return the studies without their images, and the images of each series."""
    series = [one for study in found.studies for one in study.series]
    bodies = tuple(_dumps(pack(one.images)) for one in series)
    sums = iter([zlib.crc32(body.encode()) for body in bodies])
    head = [
        [[*_study(study), _series(study, sums)] for study in found.studies],
        [to_plain(problem) for problem in found.problems],
        [to_plain(other) for other in found.others],
        [to_plain(question) for question in found.questions],
    ]
    return _dumps(head), bodies


def read_discovery(head: str, bodies: Sequence[str]) -> Discovery:
    """Return what `write_discovery` wrote, no image made yet.

    Raises
    ------
    ValueError
        If it is not as it was written.
    """
    studies, problems, others, questions = json.loads(head)
    waiting = iter(bodies)
    return Discovery(
        tuple(_read_study(study, waiting) for study in studies),
        tuple(from_plain(Problem, problem) for problem in problems),
        tuple(from_plain(OtherObject, other) for other in others),
        tuple(from_plain(Question, question) for question in questions),
    )


def _dumps(plain: Plain) -> str:
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def _study(study: Study) -> list[Plain]:
    bare = Study(
        study.study_instance_uid,
        study.patient,
        study.description,
        study.started_at,
        study.accession_number,
        (),
        study.objects,
    )
    return [to_plain(bare)]


def _series(study: Study, sums: Iterator[int]) -> list[Plain]:
    return [
        [
            one.series_instance_uid,
            one.modality,
            one.description,
            one.number,
            one.body_part,
            len(one.images),
            next(sums),
        ]
        for one in study.series
    ]


def _read_study(plain: Plain, bodies: Iterator[str]) -> Study:
    bare = from_plain(Study, plain[0])
    return Study(
        bare.study_instance_uid,
        bare.patient,
        bare.description,
        bare.started_at,
        bare.accession_number,
        tuple(_read_series(series, bodies) for series in plain[1]),
        bare.objects,
    )


def _read_series(plain: Plain, bodies: Iterator[str]) -> Series:
    uid, modality, description, number, body_part, count, crc = plain
    body = next(bodies, "")
    if zlib.crc32(body.encode()) != crc:
        raise ValueError("the images of a series are not as they were written")
    images = StoredImages(count, body)
    # Whoever reads a series may not care how its images come about.
    held = cast("tuple[ImageHeader, ...]", images)
    return Series(uid, modality, description, number, body_part, held)
