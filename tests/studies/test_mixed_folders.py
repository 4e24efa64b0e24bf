"""1,000 random folders of several patients' files: never two patients in one study.

Nor in what hangs beside each other, whatever is answered to the questions.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from studies.answers import answered, claimants, image_doubts, of_patient
from studies.discovery import discover
from studies.hanging_protocol import hang, shipped_protocols
from studies.index import StudyIndex
from studies.model import Discovery, Doubt, Patient, Study
from tests.mixed_folders import (
    Folder,
    identity_on_disk,
    patient_of,
    said_of,
    written,
)

FOLDERS = 1000
_PROTOCOLS = shipped_protocols()


def _faults(folder: Folder, found: Discovery) -> Iterator[str]:
    """Yield what must never be."""
    shown: dict[Path, Patient] = {}
    for study in found.studies:
        for image in study.images:
            if shown.setdefault(image.path, study.patient) != study.patient:
                yield f"{image.path} is shown as two people's"
            if said_of(study.patient) != patient_of(folder.images[image.path]):
                yield f"{image.path} is shown as somebody else's"
        for other in study.objects:
            if other.patient != study.patient:
                yield f"{other.path} is drawn over somebody else"
    for other in found.others:
        assert other.patient is not None
        if said_of(other.patient) != patient_of(folder.reports[other.path]):
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


def _answers(found: Discovery, draw: random.Random) -> Iterator[Discovery]:
    """Yield what opens, for each patient who can be chosen, by some answer each."""
    for patient, _ in claimants(found):
        theirs = of_patient(found, patient)
        choices = {
            doubt.uid: draw.choice((*doubt.paths, None))
            for doubt in image_doubts(theirs)
        }
        opened = answered(theirs, choices)
        assert opened.questions == ()
        assert {study.patient for study in opened.studies} <= {patient}
        for uid, path in choices.items():
            shown = [
                one.path
                for study in opened.studies
                for one in study.images
                if one.sop_instance_uid == uid
            ]
            assert shown == ([] if path is None else [path])
        yield opened


def _hung_faults(studies: tuple[Study, ...]) -> Iterator[str]:
    """Yield who hangs beside somebody else, by what the files on disk say."""
    for study in studies:
        priors = [one for one in studies if one is not study]
        hung = [slot for slot in hang(study, priors, _PROTOCOLS).slots if slot]
        owners = {
            identity_on_disk(header.path)
            for slot in hung
            for header in slot.series.images
        }
        if owners != {said_of(study.patient)}:
            yield f"{len(owners)} people hang in a study of one"
        if {slot.study.patient for slot in hung} != {study.patient}:
            yield "a slot says that it is somebody else's"


@pytest.mark.timeout(180)
def test_that_neither_a_study_nor_what_hangs_has_two_patients(tmp_path) -> None:
    draw, answers = random.Random(20260301), random.Random(20260303)
    faults, questions, hung = [], 0, 0
    for number in range(FOLDERS):
        folder = written(tmp_path / f"{number}", draw)
        found = discover([folder.place])
        told = list(_faults(folder, found))
        for opened in _answers(found, answers):
            told += _hung_faults(opened.studies)
            hung += len(opened.studies)
        faults += [f"folder {number}: {fault}" for fault in told]
        questions += bool(found.questions)
    assert faults == []
    assert hung > 2 * FOLDERS
    assert questions > FOLDERS // 2  # else the folders were not mixed at all


def test_that_the_index_never_mixes_patients_either(tmp_path) -> None:
    draw = random.Random(20260302)
    day_ns = 86_400_000_000_000
    index = StudyIndex(tmp_path / "i.sqlite", now_ns=lambda: time.time_ns() + day_ns)
    for number in range(FOLDERS // 10):
        folder = written(tmp_path / f"{number}", draw)
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


def test_that_a_file_of_somebody_else_in_what_hangs_is_noticed(tmp_path) -> None:
    draw = random.Random(20260304)
    for number in range(50):
        found = discover([written(tmp_path / f"{number}", draw).place])
        if len(found.patients) < 2:
            continue
        mine = of_patient(found, found.patients[0]).studies
        theirs = of_patient(found, found.patients[1]).studies[0]
        assert list(_hung_faults(mine)) == []
        mixed = [replace(theirs, patient=found.patients[0])]
        assert list(_hung_faults((mine[0], *mixed))) != []
        return
    pytest.fail("no folder of two patients was drawn")
