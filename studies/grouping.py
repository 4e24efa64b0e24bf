"""Records of files -> studies, series and images in viewing order."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from studies.errors import OverreadError
from studies.model import (
    Discovery,
    Doubt,
    ImageHeader,
    OtherObject,
    Patient,
    Problem,
    Question,
    Series,
    Severity,
    Study,
)
from studies.record import ImageRecord, OtherRecord
from studies.slices import slice_notices, viewing_order
from studies.source import open_source

_CHOOSE_PATIENT = "Choose one patient; ask the sender which identity is right."
_KEEP_ONE = "Nothing to do."
_CHECK_COPY = "Open the second file by itself to compare them."
_CHECK_SERIES = "Read with care: measure nothing across slices."


Finding: TypeAlias = tuple[Path, ImageRecord | OtherRecord] | Problem
"""What a file turned out to be, or what is wrong with it."""


@dataclass(frozen=True, slots=True)
class _Filed:
    record: ImageRecord
    path: Path


class Collection:
    """Gathers records file by file, then makes studies of them."""

    def __init__(self) -> None:
        self._images: dict[str, _Filed] = {}  # by SOP Instance UID
        self._problems: list[Problem] = []
        self._others: list[OtherObject] = []
        self._owners: dict[str, dict[Patient, Path]] = defaultdict(dict)
        self._doubted: dict[str, list[_Filed]] = {}  # first the one that is kept

    def add(self, finding: Finding) -> None:
        """Add what a file turned out to be."""
        if isinstance(finding, Problem):
            self.tell(finding)
        elif isinstance(finding[1], ImageRecord):
            self.add_image(finding[1], finding[0])
        else:
            self.add_other(finding[1], finding[0])

    def tell(self, problem: Problem) -> None:
        """Add a line to the problem list."""
        self._problems.append(problem)

    def add_image(self, record: ImageRecord, path: Path) -> None:
        """Add an image; of two with one SOP Instance UID the first is kept."""
        uid = record.headers[0].sop_instance_uid
        kept = self._images.get(uid)
        if kept is None:
            self._images[uid] = _Filed(record, path)
        elif not self._tell_duplicate(kept.path, path):
            self._doubted.setdefault(uid, [kept]).append(_Filed(record, path))
        self._owners[record.study.study_instance_uid].setdefault(record.patient, path)

    def add_other(self, record: OtherRecord, path: Path) -> None:
        """Add an object without pixels."""
        self._others.append(
            OtherObject(
                path,
                record.what,
                record.sop_class_uid,
                record.sop_instance_uid,
                record.study_instance_uid,
                record.patient,
            )
        )
        for notice in record.notices:
            self.tell(Problem(path, Severity.NOTICE, notice, "Read it with care."))
        self._owners[record.study_instance_uid].setdefault(record.patient, path)

    def discovery(self) -> Discovery:
        """Return the studies, each of one patient, and all problems."""
        groups: dict[tuple[Patient, str], list[_Filed]] = defaultdict(list)
        for filed in self._images.values():
            key = (filed.record.patient, filed.record.study.study_instance_uid)
            groups[key].append(filed)
        studies = tuple(self._study(files) for files in groups.values())
        self._tell_mixed_identities()
        return Discovery(
            studies,
            tuple(self._problems),
            tuple(self._others),
            tuple(self._questions(groups)),
        )

    def _study(self, files: list[_Filed]) -> Study:
        by_series: dict[str, tuple[list[ImageHeader], _Filed]] = {}
        for filed in files:
            for header in filed.record.headers:  # of a file with several volumes
                frames, _ = by_series.setdefault(
                    header.series_instance_uid, ([], filed)
                )
                frames.append(header)
        series = [self._series(*found) for found in by_series.values()]
        series.sort(key=lambda one: (one.number is None, one.number or 0))
        first = files[0].record
        return Study(
            first.study.study_instance_uid,
            first.patient,
            first.study.description,
            first.study.started_at,
            first.study.accession_number,
            tuple(series),
            self._objects(first, files),
        )

    def _objects(
        self, first: ImageRecord, files: list[_Filed]
    ) -> tuple[OtherObject, ...]:
        """Return what others wrote about a study, of the same patient only."""
        uid = first.study.study_instance_uid
        said = [
            other
            for other in self._others
            if (other.study_instance_uid, other.patient) == (uid, first.patient)
        ]
        drawn = [
            OtherObject(
                filed.path,
                filed.record.what,
                filed.record.headers[0].sop_class_uid,
                filed.record.headers[0].sop_instance_uid,
                uid,
                first.patient,
            )
            for filed in files
            if filed.record.what
        ]
        return (*said, *drawn)

    def _series(self, frames: list[ImageHeader], filed: _Filed) -> Series:
        notices = slice_notices(frames)
        for notice in notices:
            self.tell(Problem(filed.path, Severity.NOTICE, notice, _CHECK_SERIES))
        images = tuple(_with(header, notices) for header in viewing_order(frames))
        first, record = images[0], filed.record
        return Series(
            first.series_instance_uid,
            first.modality,
            first.series_description,
            record.series_number,
            first.body_part,
            images,
        )

    def _questions(
        self, groups: Mapping[tuple[Patient, str], list[_Filed]]
    ) -> Iterator[Question]:
        """Yield what must be asked before anything is shown."""
        shown: dict[Patient, Path] = {}
        for (patient, _), files in groups.items():
            shown.setdefault(patient, files[0].path)
        if len(shown) > 1:
            yield Question(Doubt.PATIENTS, "", tuple(shown), tuple(shown.values()))
        for uid, owners in self._owners.items():
            if len(owners) > 1:
                yield Question(Doubt.STUDY, uid, tuple(owners), tuple(owners.values()))
        for uid, files in self._doubted.items():
            patients = dict.fromkeys(filed.record.patient for filed in files)
            paths = tuple(filed.path for filed in files)
            yield Question(Doubt.IMAGE, uid, tuple(patients), paths)

    def _tell_duplicate(self, kept: Path, path: Path) -> bool:
        """Tell of a second file with one UID; return whether it is the same."""
        if _digest(kept) == _digest(path):
            what = f"The same file as {kept.name}: counted once"
            self.tell(Problem(path, Severity.NOTICE, what, _KEEP_ONE))
            return True
        what = f"Same SOP Instance UID as {kept.name}, other content: not shown"
        self.tell(Problem(path, Severity.REFUSED, what, _CHECK_COPY))
        return False

    def _tell_mixed_identities(self) -> None:
        for owners in self._owners.values():
            for path in list(owners.values())[1:]:
                what = "Same study as other files but another patient: kept apart"
                self.tell(Problem(path, Severity.NOTICE, what, _CHOOSE_PATIENT))
        everybody = {patient for owners in self._owners.values() for patient in owners}
        known = [patient for patient in everybody if patient.patient_id or patient.name]
        if len(known) > 1:
            first = list(self._owners.values())[-1]
            what = f"{len(known)} patients found: never shown together"
            path = next(iter(first.values()))
            self.tell(Problem(path, Severity.NOTICE, what, "Choose one."))


def _with(header: ImageHeader, notices: tuple[str, ...]) -> ImageHeader:
    return replace(header, notices=(*header.notices, *notices)) if notices else header


def _digest(path: Path) -> str:
    """Return a digest of the whole file, or of its name if it cannot be read."""
    try:
        with closing(open_source(path)) as stream:
            digest = hashlib.sha256()
            while block := stream.read(1 << 20):
                digest.update(block)
            return digest.hexdigest()
    except (OverreadError, OSError):
        return str(path)
