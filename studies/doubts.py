"""Files that claim to be the same image: whether they are, and what each would be."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from studies.errors import OverreadError
from studies.model import (
    Claim,
    ImageHeader,
    OtherObject,
    Problem,
    Series,
    Severity,
    Study,
)
from studies.record import ImageRecord
from studies.regroup import by_number
from studies.slices import viewing_order
from studies.source import open_source

_CHECK_COPY = "Open the second file by itself to compare them."
_SAME_UID = "Same SOP Instance UID as "


@dataclass(frozen=True, slots=True)
class Filed:
    """What a file holds, and where it is."""

    record: ImageRecord
    path: Path


@dataclass(frozen=True, slots=True)
class _Content:
    digest: str
    size: int


class Contents:
    """What whole files hold; each is read once."""

    def __init__(self) -> None:
        self._read: dict[Path, _Content] = {}

    def are_equal(self, one: Path, other: Path) -> bool:
        """Return whether two files hold the same bytes."""
        return self._of(one).digest == self._of(other).digest

    def size(self, path: Path) -> int:
        """Return the number of bytes; 0 if the file cannot be read."""
        return self._of(path).size

    def _of(self, path: Path) -> _Content:
        known = self._read.get(path)
        if known is None:
            known = self._read[path] = _content(path)
        return known


def claim_of(filed: Filed, size: int) -> Claim:
    """Return what a file claims to be, with what tells it from another."""
    return Claim(filed.path, study_alone(filed), size, _written_at(filed.path))


def study_alone(filed: Filed) -> Study:
    """Return the study that one file alone makes up."""
    record = filed.record
    frames: dict[str, list[ImageHeader]] = defaultdict(list)
    for header in record.headers:
        frames[header.series_instance_uid].append(header)
    series = [_bare_series(some, record.series_number) for some in frames.values()]
    return Study(
        record.study.study_instance_uid,
        record.patient,
        record.study.description,
        record.study.started_at,
        record.study.accession_number,
        tuple(sorted(series, key=by_number)),
        drawn_by(filed),
    )


def drawn_by(filed: Filed) -> tuple[OtherObject, ...]:
    """Return the object that is drawn over images, if the file holds one."""
    record = filed.record
    if not record.what:
        return ()
    first = record.headers[0]
    return (
        OtherObject(
            filed.path,
            record.what,
            first.sop_class_uid,
            first.sop_instance_uid,
            record.study.study_instance_uid,
            record.patient,
        ),
    )


def not_shown(path: Path, shown: Path | None) -> Problem:
    """Return the line for a file that is not shown; None if no other is either."""
    if shown is None:
        what = f"{_SAME_UID}another file, other content: left out"
    else:
        what = f"{_SAME_UID}{shown.name}, other content: not shown"
    return Problem(path, Severity.REFUSED, what, _CHECK_COPY)


def says_not_shown(problem: Problem) -> bool:
    """Return whether a line is one of `not_shown`."""
    return problem.next_step == _CHECK_COPY and problem.what.startswith(_SAME_UID)


def _bare_series(frames: list[ImageHeader], number: int | None) -> Series:
    first = frames[0]
    return Series(
        first.series_instance_uid,
        first.modality,
        first.series_description,
        number,
        first.body_part,
        tuple(viewing_order(frames)),
    )


def _content(path: Path) -> _Content:
    """Return digest and size of a whole file; of its name if it cannot be read."""
    try:
        with closing(open_source(path)) as stream:
            digest, size = hashlib.sha256(), 0
            while block := stream.read(1 << 20):
                digest.update(block)
                size += len(block)
            return _Content(digest.hexdigest(), size)
    except (OverreadError, OSError):
        return _Content(str(path), 0)


def _written_at(path: Path) -> datetime | None:
    """Return when a file was written; None for a member of an archive."""
    try:
        seconds = path.stat().st_mtime
        return datetime.fromtimestamp(seconds)  # noqa: DTZ006 - the file's local time
    except (OSError, OverflowError, ValueError):
        return None
