from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from pydicom.dataset import Dataset, FileMetaDataset

from studies.discovery import discover
from studies.model import Doubt, Question, Severity


def test_that_files_are_grouped_into_studies_and_series(write_film, tmp_path) -> None:
    for number, (study, series) in enumerate(
        [("1.2.3", "1.2.3.2"), ("1.2.3", "1.2.3.1"), ("1.2.4", "1.2.4.1")]
    ):
        write_film(
            f"{number}.dcm",
            SOPInstanceUID=f"1.9.{number}",
            StudyInstanceUID=study,
            SeriesInstanceUID=series,
            SeriesNumber=2 - number,
        )
    found = discover([tmp_path])
    assert [len(study.series) for study in found.studies] == [2, 1]
    assert [series.number for series in found.studies[0].series] == [1, 2]
    assert found.problems == ()


def test_that_images_of_a_series_are_ordered_by_their_number(
    write_film, tmp_path
) -> None:
    for number in (3, 1, 2):
        write_film(
            f"{9 - number}", SOPInstanceUID=f"1.9.{number}", InstanceNumber=number
        )
    (study,) = discover([tmp_path]).studies
    assert [image.instance_number for image in study.images] == [1, 2, 3]


def test_that_folders_are_walked_to_their_end(write_film, tmp_path) -> None:
    write_film("a/b/c/d/film.dcm")
    assert len(discover([tmp_path]).studies) == 1


def test_that_a_bad_file_is_a_line_and_the_rest_opens(write_film, tmp_path) -> None:
    write_film("good.dcm")
    bad = tmp_path / "bad.dcm"
    bad.write_bytes(os.urandom(400))
    found = discover([tmp_path])
    assert len(found.studies) == 1
    (problem,) = found.problems
    assert (problem.path, problem.severity) == (bad, Severity.REFUSED)
    assert problem.what.startswith("Cannot be read")
    assert problem.next_step


def test_that_a_text_file_beside_the_images_is_no_failure(write_film, tmp_path) -> None:
    write_film("good.dcm")
    (tmp_path / "readme.txt").write_text("about this disc")
    (problem,) = discover([tmp_path]).problems
    assert problem.severity is Severity.NOTICE


def test_that_the_same_file_twice_counts_once(write_film, tmp_path) -> None:
    shutil.copy(write_film("a.dcm"), tmp_path / "b.dcm")
    found = discover([tmp_path])
    assert len(found.studies[0].images) == 1
    (problem,) = found.problems
    assert (problem.path.name, problem.severity) == ("b.dcm", Severity.NOTICE)
    assert "counted once" in problem.what


def test_that_a_file_named_twice_is_read_once(write_film, tmp_path) -> None:
    path = write_film()
    found = discover([path, path, tmp_path])
    assert len(found.studies[0].images) == 1
    assert found.problems == ()


def test_that_two_images_of_one_uid_are_never_mixed(write_film, tmp_path) -> None:
    write_film("a.dcm")
    write_film("b.dcm", pixels=bytes(8))
    found = discover([tmp_path])
    assert [image.path.name for image in found.studies[0].images] == ["a.dcm"]
    (problem,) = found.problems
    assert (problem.path.name, problem.severity) == ("b.dcm", Severity.REFUSED)
    assert "Same SOP Instance UID as a.dcm" in problem.what


def test_that_two_patients_are_kept_apart_and_told(write_film, tmp_path) -> None:
    write_film("a.dcm", PatientID="P1", SOPInstanceUID="1.1", StudyInstanceUID="1.5")
    write_film("b.dcm", PatientID="P2", SOPInstanceUID="1.2", StudyInstanceUID="1.6")
    found = discover([tmp_path])
    assert [patient.patient_id for patient in found.patients] == ["P1", "P2"]
    assert [len(study.images) for study in found.studies] == [1, 1]
    assert any("2 patients found" in problem.what for problem in found.problems)


def test_that_one_study_uid_of_two_patients_makes_two_studies(
    write_film, tmp_path
) -> None:
    write_film("a.dcm", PatientID="P1", SOPInstanceUID="1.1")
    write_film("b.dcm", PatientID="P2", SOPInstanceUID="1.2")
    found = discover([tmp_path])
    assert [study.patient.patient_id for study in found.studies] == ["P1", "P2"]
    assert any("another patient" in problem.what for problem in found.problems)


def test_that_one_patient_alone_raises_no_question(write_film, tmp_path) -> None:
    write_film("a.dcm")
    write_film("b.dcm", SOPInstanceUID="1.2", StudyInstanceUID="1.2.4")
    assert discover([tmp_path]).questions == ()


def test_that_it_is_asked_which_of_two_patients_is_meant(write_film, tmp_path) -> None:
    one = write_film("a.dcm", SOPInstanceUID="1.1", StudyInstanceUID="1.5")
    two = write_film(
        "b.dcm", PatientID="P2", SOPInstanceUID="1.2", StudyInstanceUID="1.6"
    )
    found = discover([tmp_path])
    assert found.questions == (
        Question(Doubt.PATIENTS, "", found.patients, (one, two)),
    )


def test_that_it_is_asked_whose_a_study_of_two_patients_is(
    write_film, tmp_path
) -> None:
    one = write_film("a.dcm", SOPInstanceUID="1.1")
    two = write_film("b.dcm", PatientID="P2", SOPInstanceUID="1.2")
    found = discover([tmp_path])
    assert found.questions == (
        Question(Doubt.PATIENTS, "", found.patients, (one, two)),
        Question(Doubt.STUDY, "1.2.3", found.patients, (one, two)),
    )


def test_that_it_is_asked_which_image_of_one_uid_is_right(write_film, tmp_path) -> None:
    one = write_film("a.dcm")
    two = write_film("b.dcm", pixels=bytes(8))
    shutil.copy(one, tmp_path / "c.dcm")  # the same: no question
    shutil.copy(two, tmp_path / "d.dcm")
    found = discover([tmp_path])
    (question,) = found.questions
    asked = Question(Doubt.IMAGE, "1.2.3.1", found.patients, (one, two))
    assert replace(question, claims=()) == asked


def test_that_a_question_tells_what_each_file_would_be(write_film, tmp_path) -> None:
    one = write_film("a.dcm")
    two = write_film("b.dcm", Rows=1, Columns=4, SeriesNumber=7)
    (question,) = discover([tmp_path]).questions
    assert [claim.path for claim in question.claims] == [one, two]
    assert [claim.size for claim in question.claims] == [
        one.stat().st_size,
        two.stat().st_size,
    ]
    assert all(claim.written_at is not None for claim in question.claims)
    first, second = (claim.study for claim in question.claims)
    assert (first,) == discover([one]).studies
    assert (second,) == discover([two]).studies


def test_that_a_patient_of_whom_no_image_is_shown_is_asked_about(
    write_film, tmp_path
) -> None:
    write_film("a.dcm")
    write_film("b.dcm", PatientID="P2", StudyInstanceUID="1.2.4")
    found = discover([tmp_path])
    assert [patient.patient_id for patient in found.patients] == ["P1"]
    (question,) = found.questions
    assert question.doubt is Doubt.IMAGE
    assert [patient.patient_id for patient in question.patients] == ["P1", "P2"]
    assert any("2 patients found" in problem.what for problem in found.problems)


def test_that_problems_name_no_patient(write_film, tmp_path) -> None:
    write_film("a.dcm", PatientName="Canary^A", PatientID="P1", SOPInstanceUID="1.1")
    write_film("b.dcm", PatientName="Canary^B", PatientID="P2", SOPInstanceUID="1.2")
    assert "Canary" not in repr(discover([tmp_path]).problems)


def test_that_a_report_is_listed_as_what_it_is(write_film) -> None:
    path = write_film(
        pixels=None,
        Rows=None,
        Columns=None,
        SOPClassUID="1.2.840.10008.5.1.4.1.1.88.33",
    )
    found = discover([path])
    assert [(one.path, one.what) for one in found.others] == [
        (path, "Comprehensive SR")
    ]
    assert found.problems == ()


def test_that_a_link_out_of_the_folder_is_not_followed(write_film, tmp_path) -> None:
    outside = write_film("outside.dcm")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link.dcm").symlink_to(outside)
    found = discover([folder])
    assert found.studies == ()
    assert "leads out of the folder" in found.problems[0].what


def test_that_a_missing_path_is_a_line(tmp_path) -> None:
    (problem,) = discover([tmp_path / "gone"]).problems
    assert problem.severity is Severity.REFUSED


def test_that_progress_counts_up_to_the_number_of_files(write_film, tmp_path) -> None:
    for number in range(3):
        write_film(f"{number}.dcm", SOPInstanceUID=f"1.9.{number}")
    told: list[tuple[int, int]] = []
    discover([tmp_path], progress=lambda done, total: told.append((done, total)))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_that_a_cancelled_search_returns_what_it_has(write_film, tmp_path) -> None:
    for number in range(3):
        write_film(f"{number}.dcm", SOPInstanceUID=f"1.9.{number}")
    done: list[int] = []
    found = discover(
        [tmp_path],
        progress=lambda n, _: done.append(n),
        cancelled=lambda: len(done) == 1,
    )
    assert len(found.studies[0].images) == 1


def _slice(write_film, number: int, z: float, **elements: object) -> None:
    write_film(
        f"{number}.dcm",
        SOPInstanceUID=f"1.9.{number}",
        InstanceNumber=number,
        Modality="CT",
        PixelSpacing=["1", "1"],
        ImagerPixelSpacing=None,
        ImagePositionPatient=["0", "0", str(z)],
        ImageOrientationPatient=["1", "0", "0", "0", "1", "0"],
        **elements,
    )


@pytest.mark.parametrize(
    ("heights", "told"),
    [
        ([0, 5, 10, 15], ""),
        ([0, 5, 10, 20, 25], "Slices are missing: 1 in 1 gap"),
        ([0, 5, 5, 10], "2 slices lie at one place"),
        ([0, 0, 5, 5], ""),  # twice in time: nothing wrong
    ],
)
def test_that_slices_that_lie_oddly_are_told(
    write_film, tmp_path, heights: list[float], told: str
) -> None:
    for number, z in enumerate(heights):
        _slice(write_film, number, z)
    found = discover([tmp_path])
    assert [problem.what for problem in found.problems] == ([told] if told else [])
    assert (told in found.studies[0].images[0].notices) is bool(told)


def test_that_slices_of_different_planes_are_told(write_film, tmp_path) -> None:
    _slice(write_film, 0, 0)
    _slice(write_film, 1, 5)
    coronal = ["1", "0", "0", "0", "0", "-1"]
    write_film(
        "2.dcm",
        SOPInstanceUID="1.9.2",
        ImagePositionPatient=["0", "0", "9"],
        ImageOrientationPatient=coronal,
    )
    (problem,) = discover([tmp_path]).problems
    assert problem.what == "Slices of one series lie in different planes"


def _dicomdir(folder: Path, *file_ids: list[str]) -> Path:
    records = []
    for parts in file_ids:
        record = Dataset()
        record.DirectoryRecordType = "IMAGE"
        record.ReferencedFileID = parts
        records.append(record)
    dataset = Dataset()
    dataset.DirectoryRecordSequence = records
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.1.3.10"
    dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    path = folder / "DICOMDIR"
    dataset.save_as(path, enforce_file_format=True)
    return path


def test_that_a_dicomdir_opens_the_files_it_names(write_film, tmp_path) -> None:
    write_film("IMAGES/ONE", SOPInstanceUID="1.1")
    write_film("IMAGES/TWO", SOPInstanceUID="1.2")
    path = _dicomdir(tmp_path, ["IMAGES", "ONE"])
    (study,) = discover([path]).studies
    assert [image.sop_instance_uid for image in study.images] == ["1.1"]


def test_that_a_dicomdir_does_not_lead_out_of_its_folder(write_film, tmp_path) -> None:
    write_film("OUTSIDE")
    folder = tmp_path / "disc"
    folder.mkdir()
    path = _dicomdir(folder, ["UP", "OUTSIDE"])  # pydicom would not write ".."
    path.write_bytes(path.read_bytes().replace(b"UP\\OUT", b"..\\OUT"))
    found = discover([path])
    assert found.studies == ()
    assert "leads out of its folder" in found.problems[0].what


def test_that_a_dicomdir_tells_of_missing_files_and_of_itself(tmp_path) -> None:
    found = discover([_dicomdir(tmp_path, ["GONE"], ["DICOMDIR"])])
    assert [problem.what for problem in found.problems] == [
        "A file it names is missing: GONE",
        "It names itself as an image",
    ]


def test_that_a_folder_with_a_dicomdir_counts_its_images_once(
    write_film, tmp_path
) -> None:
    write_film("ONE")
    _dicomdir(tmp_path, ["ONE"])
    found = discover([tmp_path])
    assert len(found.studies[0].images) == 1
    assert found.problems == ()


def test_that_a_disc_with_more_than_its_dicomdir_names_opens_whole(
    write_film, tmp_path
) -> None:
    write_film("IMAGES/ONE", SOPInstanceUID="1.1")
    write_film("IMAGES/TWO", SOPInstanceUID="1.2")
    (tmp_path / "VIEWER.EXE").write_bytes(b"MZ")
    (tmp_path / "AUTORUN.INF").write_text("[autorun]")
    _dicomdir(tmp_path, ["IMAGES", "ONE"], ["IMAGES", "GONE"])
    found = discover([tmp_path])
    (study,) = found.studies
    assert len(study.images) == 2
    assert {(p.path.name, p.severity, p.what) for p in found.problems} == {
        ("VIEWER.EXE", Severity.NOTICE, "Not an image, left out"),
        ("AUTORUN.INF", Severity.NOTICE, "Not an image, left out"),
        ("DICOMDIR", Severity.NOTICE, "A file it names is missing: IMAGES/GONE"),
    }


def test_that_a_dicomdir_reached_by_a_link_counts_its_images_once(
    write_film, tmp_path
) -> None:
    write_film("disc/ONE")
    _dicomdir(tmp_path / "disc", ["ONE"])
    (tmp_path / "link").symlink_to(tmp_path / "disc")
    found = discover([tmp_path / "link"])
    assert len(found.studies[0].images) == 1
    assert found.problems == ()


def test_that_the_sample_films_are_two_patients(rg1, rg3) -> None:
    found = discover([rg1, rg3])
    assert len(found.patients) == 2
    assert found.studies[0].description == "THORAX"
