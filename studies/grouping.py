"""Records of files -> studies, series and images in viewing order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from studies.doubts import Contents, Filed, claim_of, drawn_by, not_shown
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
from studies.regroup import by_number, series_of

_CHOOSE_PATIENT = "Choose one patient; ask the sender which identity is right."
_KEEP_ONE = "Nothing to do."
CHECK_SERIES = "Read with care: measure nothing across slices."
"""What to do about slices whose places are odd."""


Finding: TypeAlias = tuple[Path, ImageRecord | OtherRecord] | Problem
"""What a file turned out to be, or what is wrong with it."""


class Collection:
    """Gathers records file by file, then makes studies of them."""

    def __init__(self) -> None:
        self._images: dict[str, Filed] = {}  # by SOP Instance UID
        self._problems: list[Problem] = []
        self._others: list[OtherObject] = []
        self._owners: dict[str, dict[Patient, Path]] = defaultdict(dict)
        self._doubted: dict[str, list[Filed]] = {}  # first the one that is kept
        self._contents = Contents()

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
            self._images[uid] = Filed(record, path)
        elif not self._tell_duplicate(self._doubted.get(uid, [kept]), path):
            self._doubted.setdefault(uid, [kept]).append(Filed(record, path))
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
        groups: dict[tuple[Patient, str], list[Filed]] = defaultdict(list)
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

    def _study(self, files: list[Filed]) -> Study:
        by_series: dict[str, tuple[list[ImageHeader], Filed]] = {}
        for filed in files:
            for header in filed.record.headers:  # of a file with several volumes
                frames, _ = by_series.setdefault(
                    header.series_instance_uid, ([], filed)
                )
                frames.append(header)
        series = [self._series(*found) for found in by_series.values()]
        series.sort(key=by_number)
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
        self, first: ImageRecord, files: list[Filed]
    ) -> tuple[OtherObject, ...]:
        """Return what others wrote about a study, of the same patient only."""
        uid = first.study.study_instance_uid
        said = [
            other
            for other in self._others
            if (other.study_instance_uid, other.patient) == (uid, first.patient)
        ]
        return (*said, *(drawn for filed in files for drawn in drawn_by(filed)))

    def _series(self, frames: list[ImageHeader], filed: Filed) -> Series:
        series, notices = series_of(frames, filed.record.series_number)
        for notice in notices:
            self.tell(Problem(filed.path, Severity.NOTICE, notice, CHECK_SERIES))
        return series

    def _questions(
        self, groups: Mapping[tuple[Patient, str], list[Filed]]
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
            sizes = [self._contents.size(path) for path in paths]
            claims = tuple(map(claim_of, files, sizes))
            yield Question(Doubt.IMAGE, uid, tuple(patients), paths, claims)

    def _tell_duplicate(self, known: list[Filed], path: Path) -> bool:
        """Tell of one more file with a UID; return whether it is one of the known."""
        for filed in known:
            if self._contents.are_equal(filed.path, path):
                what = f"The same file as {filed.path.name}: counted once"
                self.tell(Problem(path, Severity.NOTICE, what, _KEEP_ONE))
                return True
        self.tell(not_shown(path, known[0].path))
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
