"""1,000 random folders of several patients' files: never two patients in one study.

The files are made of pydicom's MR_small, its pixels cut to four. Identities, UIDs
and what else lies in a folder are drawn with a fixed seed: equal, doubled and
missing ones, copies, zips, reports and files that are none.
"""

from __future__ import annotations

import io
import random
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread
from pydicom.data import get_testdata_file

from studies.discovery import discover
from studies.index import StudyIndex
from studies.model import Discovery, Doubt, Patient

FOLDERS = 1000
_KEPT = (
    "SOPClassUID Modality SamplesPerPixel PhotometricInterpretation BitsAllocated"
    " BitsStored HighBit PixelRepresentation StudyDate ImageType"
)
_SR = "1.2.840.10008.5.1.4.1.1.88.33"
# Name, ID, date of birth, sex, issuer: several people who are easily mixed up, and
# some of whom too little is known.
_PEOPLE = (
    ("Doe^Jane", "P1", "19700102", "F", ""),
    ("Doe^Jane", "P1", "19700103", "F", ""),
    ("Doe^Jane", "P2", "19700102", "F", ""),
    ("Doe^John", "P1", "19700102", "M", ""),
    ("DOE^JANE", "P1", "19700102", "F", ""),
    ("Doe^Jane", "P1", "19700102", "F", "Clinic A"),
    ("Doe^Jane", "P1", "19700102", "F", "Clinic B"),
    ("Doe^Jane", "", "19700102", "F", ""),
    ("", "P1", "", "", ""),
    ("", "", "", "", ""),
    ("Roe^Richard", "P9", "19450607", "M", ""),
)
_Person = tuple[str, str, str, str, str]


@dataclass
class _Folder:
    """What was written, by the path under which it is found again."""

    place: Path
    images: dict[Path, _Person] = field(default_factory=dict)
    reports: dict[Path, _Person] = field(default_factory=dict)
    foreign: set[Path] = field(default_factory=set)
    zipped: dict[str, bytes] = field(default_factory=dict)

    @property
    def paths(self) -> set[Path]:
        return {*self.images, *self.reports, *self.foreign}


@cache
def _sample() -> Dataset:
    sample = dcmread(get_testdata_file("MR_small.dcm", download=False))
    small = Dataset()
    for keyword in _KEPT.split():
        small[keyword] = sample[keyword]
    small.Rows = small.Columns = 2
    small.file_meta = sample.file_meta
    return small


@cache
def _content(
    person: _Person, study: str, series: str, sop: str, shade: int, is_report: bool
) -> bytes:
    """Return a file; an empty UID or part of the person is left out."""
    dataset = Dataset()
    dataset.update(_sample())
    dataset.file_meta = _sample().file_meta
    keywords = (
        ("PatientName", person[0]),
        ("PatientID", person[1]),
        ("PatientBirthDate", person[2]),
        ("PatientSex", person[3]),
        ("IssuerOfPatientID", person[4]),
        ("StudyInstanceUID", study),
        ("SeriesInstanceUID", series),
        ("SOPInstanceUID", sop),
    )
    for keyword, value in keywords:
        if value:
            setattr(dataset, keyword, value)
    if is_report:
        del dataset.Rows, dataset.Columns
        dataset.SOPClassUID = _SR
    else:
        dataset.PixelData = bytes([shade, 0] * 4)
    written = io.BytesIO()
    dataset.save_as(written)
    return written.getvalue()


def _written(place: Path, draw: random.Random) -> _Folder:
    """Write one folder: one to four people, two to ten files."""
    folder = _Folder(place)
    place.mkdir()
    people = draw.sample(_PEOPLE, draw.randint(1, 4))
    for number in range(draw.randint(2, 10)):
        name = draw.choice(("", "a/", "a/b/")) + f"{number}.dcm"
        if draw.random() < 0.08:
            _put(folder, name, draw.choice((b"", b"words", draw.randbytes(300))), draw)
            continue
        person, is_report = draw.choice(people), draw.random() < 0.1
        study = draw.choice(("1.2.1", "1.2.2", "1.2.3", ""))
        series = draw.choice(("1.3.1", "1.3.2", ""))
        sop = draw.choice((f"1.4.{number}", f"1.4.{draw.randint(0, 9)}", ""))
        shade = draw.randint(0, 2)
        content = _content(person, study, series, sop, shade, is_report)
        path = _put(folder, name, content, draw)
        (folder.reports if is_report else folder.images)[path] = person
        folder.foreign.discard(path)
    if folder.zipped:
        with zipfile.ZipFile(place / "case.zip", "w") as packed:
            for name, content in folder.zipped.items():
                packed.writestr(name, content)
    return folder


def _put(folder: _Folder, name: str, content: bytes, draw: random.Random) -> Path:
    """Write a file into the folder or its zip; foreign until somebody knows it."""
    if draw.random() < 0.15:
        folder.zipped[name] = content
        path = folder.place / "case.zip" / name
    else:
        path = folder.place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    folder.foreign.add(path)
    return path


def _patient(person: _Person) -> tuple[str, ...]:
    return (person[0].replace("^", ", "), *person[1:])


def _said(patient: Patient) -> tuple[str, ...]:
    born = patient.birth_date.strftime("%Y%m%d") if patient.birth_date else ""
    return patient.name, patient.patient_id, born, patient.sex, patient.issuer


def _faults(folder: _Folder, found: Discovery) -> Iterator[str]:
    """Yield what must never be."""
    shown: dict[Path, Patient] = {}
    for study in found.studies:
        for image in study.images:
            if shown.setdefault(image.path, study.patient) != study.patient:
                yield f"{image.path} is shown as two people's"
            if _said(study.patient) != _patient(folder.images[image.path]):
                yield f"{image.path} is shown as somebody else's"
        for other in study.objects:
            if other.patient != study.patient:
                yield f"{other.path} is drawn over somebody else"
    for other in found.others:
        assert other.patient is not None
        if _said(other.patient) != _patient(folder.reports[other.path]):
            yield f"{other.path} is listed as somebody else's"
    told = {problem.path for problem in found.problems}
    listed = {other.path for other in found.others}
    if lost := folder.paths - {*shown, *listed, *told}:
        yield f"nothing is said of {sorted(map(str, lost))}"
    yield from _unasked(found)


def _unasked(found: Discovery) -> Iterator[str]:
    """Yield what is not asked although there is a doubt."""
    doubts = {question.doubt for question in found.questions}
    if (len(found.patients) > 1) is not (Doubt.PATIENTS in doubts):
        yield "several patients and no question, or the reverse"
    hidden = [p.path for p in found.problems if "other content" in p.what]
    asked = [
        path
        for question in found.questions
        if question.doubt is Doubt.IMAGE
        for path in question.paths[1:]
    ]
    if sorted(hidden) != sorted(asked):
        yield "images of one UID are hidden and nobody is asked"


@pytest.mark.timeout(180)
def test_that_no_study_of_a_mixed_folder_has_two_patients(tmp_path) -> None:
    draw = random.Random(20260301)
    faults, questions = [], 0
    for number in range(FOLDERS):
        folder = _written(tmp_path / f"{number}", draw)
        found = discover([folder.place])
        faults += [f"folder {number}: {fault}" for fault in _faults(folder, found)]
        questions += bool(found.questions)
    assert faults == []
    assert questions > FOLDERS // 2  # else the folders were not mixed at all


def test_that_the_index_never_mixes_patients_either(tmp_path) -> None:
    draw = random.Random(20260302)
    day_ns = 86_400_000_000_000
    index = StudyIndex(tmp_path / "i.sqlite", now_ns=lambda: time.time_ns() + day_ns)
    for number in range(FOLDERS // 10):
        folder = _written(tmp_path / f"{number}", draw)
        expected = discover([folder.place])
        for _ in range(2):
            found = index.discover([folder.place])
            assert list(_faults(folder, found)) == []
            assert found == expected
    # A prior is of exactly the patient, whichever folder it was seen in.
    for study in index.search(limit=1000):
        for prior in index.studies_of(study.patient):
            assert prior.patient == study.patient
        loaded = index.load(study)
        assert {one.patient for one in loaded.studies} <= {study.patient}
    index.close()
