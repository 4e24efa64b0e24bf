"""What opens after somebody has answered whose images these are."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace

import pytest

from studies.answers import answered, claimants, image_doubts, of_patient
from studies.discovery import discover
from studies.index import StudyIndex
from studies.model import Doubt, Patient, Severity

SLICE = {
    "Modality": "CT",
    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2",
    "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
    "PixelSpacing": [1, 1],
    "ImagerPixelSpacing": None,
}
UID = "1.2.3.1"


def _slice(write_film, name: str, z: float, **elements: object):
    elements = SLICE | {"ImagePositionPatient": [0, 0, z]} | elements
    return write_film(name, **elements)


@pytest.fixture
def doubted(write_film, tmp_path):
    """Five slices 1 mm apart, the third of them in two files: 2.dcm and other.dcm."""
    for number in range(5):
        _slice(
            write_film,
            f"{number}.dcm",
            -number,
            SOPInstanceUID=f"1.2.3.{number - 1}" if number else "1.2.3.9",
            InstanceNumber=number + 1,
        )
    _slice(
        write_film,
        "other.dcm",
        -2,
        SOPInstanceUID=UID,
        InstanceNumber=3,
        pixels=bytes(8),
    )
    return discover([tmp_path])


def _names(found) -> list[str]:
    return [image.path.name for study in found.studies for image in study.images]


def _path(found, name: str):
    (doubt,) = image_doubts(found)
    return next(path for path in doubt.paths if path.name == name)


def test_that_without_an_answer_the_first_file_stays(doubted) -> None:
    assert answered(doubted, {}) == doubted
    assert _names(doubted) == ["0.dcm", "1.dcm", "2.dcm", "3.dcm", "4.dcm"]


def test_that_keeping_the_first_file_changes_nothing_but_the_question(doubted) -> None:
    kept = answered(doubted, {UID: _path(doubted, "2.dcm")})
    assert kept.studies == doubted.studies
    assert kept.problems == doubted.problems
    assert kept.questions == ()


def test_that_the_second_file_takes_the_place_of_the_first(doubted) -> None:
    taken = answered(doubted, {UID: _path(doubted, "other.dcm")})
    assert _names(taken) == ["0.dcm", "1.dcm", "other.dcm", "3.dcm", "4.dcm"]
    (problem,) = taken.problems
    assert problem.path.name == "2.dcm"
    assert problem.what == (
        "Same SOP Instance UID as other.dcm, other content: not shown"
    )
    assert problem.severity is Severity.REFUSED


def test_that_an_image_left_out_is_missed_between_its_neighbours(doubted) -> None:
    """The slices then lie at 0, 1, 3 and 4 mm: a gap, said of each and in the list."""
    left = answered(doubted, {UID: None})
    assert _names(left) == ["0.dcm", "1.dcm", "3.dcm", "4.dcm"]
    notices = {notice for image in left.studies[0].images for notice in image.notices}
    (gap,) = notices
    assert gap in {problem.what for problem in left.problems}
    refused = {
        problem.path.name
        for problem in left.problems
        if problem.severity is Severity.REFUSED
    }
    assert refused == {"2.dcm", "other.dcm"}


def test_that_what_was_said_of_the_slices_goes_with_the_reason(
    write_film, tmp_path
) -> None:
    """The kept file lies 0.4 mm off an even stack; the other one does not."""
    for number in range(5):
        off = 0.4 if number == 2 else 0.0
        _slice(
            write_film,
            f"{number}.dcm",
            -number + off,
            SOPInstanceUID=f"1.2.3.{number}",
        )
    other = _slice(write_film, "other.dcm", -2, SOPInstanceUID="1.2.3.2")
    found = discover([tmp_path])
    assert found.studies[0].images[0].notices != ()
    taken = answered(found, {"1.2.3.2": other})
    assert {image.notices for image in taken.studies[0].images} == {()}
    assert [problem.path.name for problem in taken.problems] == ["2.dcm"]


def test_that_what_is_opened_equals_a_folder_with_the_chosen_file_alone(
    doubted, tmp_path
) -> None:
    taken = answered(doubted, {UID: _path(doubted, "other.dcm")})
    (tmp_path / "2.dcm").unlink()
    assert taken.studies == discover([tmp_path]).studies


def test_that_a_study_of_which_no_image_is_left_goes(write_film, tmp_path) -> None:
    write_film("a.dcm")
    write_film("b.dcm", pixels=bytes(8))
    assert answered(discover([tmp_path]), {UID: None}).studies == ()


def test_that_a_file_may_say_that_the_image_is_of_another_study(
    write_film, tmp_path
) -> None:
    write_film("a.dcm", SOPInstanceUID="1.2.3.8")
    write_film("b.dcm")
    other = write_film("c.dcm", StudyInstanceUID="1.2.4", SeriesInstanceUID="1.2.4.9")
    found = discover([tmp_path])
    taken = answered(found, {UID: other})
    assert [one.study_instance_uid for one in taken.studies] == ["1.2.3", "1.2.4"]
    assert [len(one.images) for one in taken.studies] == [1, 1]


def test_that_a_file_which_does_not_claim_the_image_is_no_answer(
    doubted, tmp_path
) -> None:
    with pytest.raises(ValueError, match=r"0\.dcm does not claim"):
        answered(doubted, {UID: tmp_path / "0.dcm"})


def test_that_a_segmentation_left_out_is_drawn_over_nothing(
    write_film, tmp_path
) -> None:
    segmentation = {
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.66.4",
        "Modality": "SEG",
        "SeriesInstanceUID": "1.2.3.7",
        "SOPInstanceUID": "1.2.3.6",
    }
    write_film("a.dcm")
    write_film("b.dcm", **segmentation)
    other = write_film("c.dcm", pixels=bytes(8), **segmentation)
    found = discover([tmp_path])
    assert [one.path.name for one in found.studies[0].objects] == ["b.dcm"]
    taken = answered(found, {"1.2.3.6": other})
    assert [one.path.name for one in taken.studies[0].objects] == ["c.dcm"]
    assert answered(found, {"1.2.3.6": None}).studies[0].objects == ()


# Several patients.


@pytest.fixture
def claimed_by_two(write_film, tmp_path):
    """P1's a.dcm and P2's b.dcm claim to be one image; of P2 there is nothing else."""
    write_film("a.dcm")
    write_film("b.dcm", PatientID="P2", StudyInstanceUID="1.2.4")
    return discover([tmp_path])


def test_that_a_patient_of_whom_nothing_is_shown_can_be_chosen(claimed_by_two) -> None:
    counts = {who.patient_id: count for who, count in claimants(claimed_by_two)}
    assert counts == {"P1": 1, "P2": 1}


def test_that_the_file_of_somebody_else_is_no_answer(claimed_by_two) -> None:
    for (patient, _), name in zip(
        claimants(claimed_by_two), ("a.dcm", "b.dcm"), strict=True
    ):
        theirs = of_patient(claimed_by_two, patient)
        (doubt,) = image_doubts(theirs)
        assert [path.name for path in doubt.paths] == [name]
        assert doubt.patients == (patient,)
        opened = answered(theirs, {UID: doubt.paths[0]})
        assert [one.patient for one in opened.studies] == [patient]
        assert _names(opened) == [name]


def test_that_nothing_of_another_patient_is_left(write_film, tmp_path) -> None:
    write_film("a.dcm", SOPInstanceUID="1.1")
    write_film("b.dcm", SOPInstanceUID="1.2", PatientID="P2")
    report = {"pixels": None, "Rows": None, "Columns": None}
    report["SOPClassUID"] = "1.2.840.10008.5.1.4.1.1.88.33"
    write_film("c.dcm", SOPInstanceUID="1.3", PatientID="P2", **report)
    found = discover([tmp_path])
    first, second = (patient for patient, _ in claimants(found))
    assert _names(of_patient(found, first)) == ["a.dcm"]
    assert of_patient(found, first).others == ()
    assert [one.path.name for one in of_patient(found, second).others] == ["c.dcm"]
    assert of_patient(found, first).questions == ()
    nobody = Patient("P3", "", None, "")
    assert of_patient(found, nobody).studies == ()


# The index.


@pytest.fixture
def index(tmp_path_factory):
    day_ns = 86_400_000_000_000
    path = tmp_path_factory.mktemp("index") / "i.sqlite"
    made = StudyIndex(path, now_ns=lambda: time.time_ns() + day_ns)
    yield made
    made.close()


def test_that_a_question_comes_again_from_the_index_and_is_answered_alike(
    doubted, index, tmp_path
) -> None:
    index.discover([tmp_path])
    again = index.discover([tmp_path])  # nothing is read now
    assert again.questions == doubted.questions
    for name in ("2.dcm", "other.dcm"):
        choices = {UID: _path(again, name)}
        assert answered(again, choices) == answered(doubted, choices)
    assert answered(again, {UID: None}) == answered(doubted, {UID: None})


def test_that_a_study_of_the_list_raises_its_questions(
    doubted, index, tmp_path
) -> None:
    index.discover([tmp_path])
    (study,) = index.search()
    (question,) = index.load(study).questions
    assert question.doubt is Doubt.IMAGE
    assert question == doubted.questions[0]


def test_that_a_file_that_is_mended_raises_no_question(
    doubted, index, tmp_path
) -> None:
    index.discover([tmp_path])
    shutil.copy(tmp_path / "2.dcm", tmp_path / "other.dcm")
    found = index.discover([tmp_path])
    assert found.questions == ()
    assert replace(found, problems=()) == replace(discover([tmp_path]), problems=())
