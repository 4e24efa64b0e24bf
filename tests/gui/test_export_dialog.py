import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QLabel

from explain.analysis import (
    Analysis,
    AnalysisStatus,
    CheckResult,
    ModelIdentity,
    TrustCheck,
)
from gui import export_words
from gui.export_dialog import ExportSheet
from gui.export_table import Column
from gui.export_worker import ExportWorker
from gui.review_model import ReviewModel
from gui.settings import Settings
from inference.findings import Finding
from inference.model_card import Code
from review.decision import Box, Verdict
from review.export import ExportedObject, ExportReport
from review.measurement import MeasuredValue, Measurement, MeasurementKind
from review.session import ReviewSession
from review.store import DecisionStore
from studies.discovery import discover

MASS = Code("SCT", "4147007", "Mass")
START = datetime(2026, 11, 23, 7, 41, tzinfo=UTC)
PNEUMONIA = "chest-findings/pneumonia"
LEFT = Qt.MouseButton.LeftButton
CONTROL = Qt.KeyboardModifier.ControlModifier

# Said of every window with a smallest size, by Qt's offscreen plugin alone.
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")


class FakeWorker(QObject):
    """An export worker whose outcome the test decides."""

    progressed = Signal(float, str)
    finished = Signal(object)
    failed = Signal(str)
    cancelled = Signal()

    def __init__(self):
        super().__init__()
        self.request = None
        self.running = False
        self.asked_to_cancel = False

    def export(self, request):
        self.request = request
        self.running = True

    def cancel(self):
        self.asked_to_cancel = True

    def end(self, signal, *args):
        self.running = False
        signal.emit(*args)


@pytest.fixture
def study(rg1):
    return discover([rg1]).studies[0]


@pytest.fixture
def model(qtbot, tmp_path, study):
    store = DecisionStore(tmp_path / "reviews.sqlite")
    ticks, uids = itertools.count(), itertools.count(1)
    session = ReviewSession(
        store,
        study,
        "K. Lind",
        lambda: START + timedelta(seconds=next(ticks)),
        lambda: f"2.25.{next(uids)}",
    )
    made = ReviewModel(session)
    identity = ModelIdentity("chest-findings", "1", "ab" * 32, "Chest", "Overread")
    findings = (
        Finding("pneumonia", "Pneumonia", MASS, 1.6, 0.83, (0.7, 0.9), 0.4, True),
        Finding("covid", "COVID-19 pattern", MASS, 1.0, 0.61, (0.5, 0.7), 0.4, True),
        Finding("tb", "Tuberculosis", MASS, -2.0, 0.1, (0.0, 0.2), 0.4, False),
    )
    made.adopt(
        Analysis(
            "r",
            study.images[0].sop_instance_uid,
            0,
            identity,
            AnalysisStatus.SUCCEEDED,
            findings=findings,
            trust=(TrustCheck("gate", "Gate", CheckResult.WARNING, "0.9"),),
        )
    )
    yield made
    store.close()


@pytest.fixture
def settings(tmp_path):
    made = Settings(tmp_path / "settings.ini")
    made.export_folder = str(tmp_path / "out")
    return made


@pytest.fixture
def worker():
    return FakeWorker()


@pytest.fixture
def sheet(qtbot, model, worker, settings, tmp_path):
    made = ExportSheet(
        model,
        worker,
        settings,
        clock=lambda: START,
        choose_folder=lambda parent, start: tmp_path / "chosen",
    )
    qtbot.addWidget(made)
    made.resize(784, 988)
    with qtbot.waitExposed(made):
        made.show()
    return made


def cell(sheet, row, column):
    return sheet.table.rows.index(row, column).data()


def decide_all(model):
    model.decide(PNEUMONIA, Verdict.CONFIRMED)
    model.decide("chest-findings/covid", Verdict.REJECTED, "overlap")


def tick(qtbot, box):
    qtbot.mouseClick(box, LEFT, pos=box.rect().center())


def test_that_the_table_repeats_the_findings_with_their_decisions(sheet, model, study):
    decide_all(model)
    model.add_finding("Mass", MASS, study.images[0], Box(1, 1, 50, 50))
    assert sheet.table.rows.rowCount() == 3  # the one below threshold is not there
    assert [cell(sheet, row, Column.FINDING) for row in range(3)] == [
        "Pneumonia", "COVID-19 pattern", "Mass",
    ]  # fmt: skip
    assert [cell(sheet, row, Column.AI) for row in range(3)] == ["0.83", "0.61", "none"]
    assert [cell(sheet, row, Column.DECISION) for row in range(3)] == [
        "Confirmed", "Rejected: overlap", "Missed by AI, added by you",
    ]  # fmt: skip
    assert cell(sheet, 0, Column.TRUST) == "Warning"
    assert cell(sheet, 0, Column.TIME)
    assert sheet.summary.text() == "1 confirmed, 1 rejected, 1 missed by AI"
    assert sheet.verdict.text() == "All decided"


def test_that_a_screen_reader_gets_the_whole_row(sheet):
    index = sheet.table.rows.index(0, Column.FINDING)
    text = index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert text.startswith("Finding 1, Pneumonia, 0.83, between 0.70 and 0.90")
    assert text.endswith("not decided.")


def test_that_export_is_not_offered_while_a_flagged_finding_is_undecided(
    qtbot, sheet, worker
):
    tick(qtbot, sheet.confirm)
    assert sheet.confirm.isChecked()
    assert not sheet.go.isEnabled()
    assert sheet.verdict.text() == "2 not decided"
    qtbot.keyClick(sheet, Qt.Key.Key_Return, CONTROL)
    assert worker.request is None
    assert "2 findings are not decided" in sheet.note.text()


def test_that_the_rest_can_be_left_undecided_by_hand(qtbot, sheet, worker):
    assert sheet.leave.text() == "Leave 2 findings undecided"
    tick(qtbot, sheet.leave)
    tick(qtbot, sheet.confirm)
    assert "except 2 left undecided" in sheet.confirm.text()
    qtbot.mouseClick(sheet.go, LEFT)
    assert worker.request is not None
    assert [row.decision for row in worker.request.findings] == [None] * 3


def test_that_export_waits_for_the_line_that_says_i_looked(qtbot, sheet, model, worker):
    decide_all(model)
    assert sheet.confirm.text() == (
        "I looked at every image and decided on each finding above."
        " K. Lind, 23 Nov 2026"
    )
    assert not sheet.leave.isVisible()
    assert not sheet.go.isEnabled()
    qtbot.keyClick(sheet, Qt.Key.Key_Return, CONTROL)
    assert worker.request is None
    tick(qtbot, sheet.confirm)
    assert sheet.go.isEnabled()
    assert sheet.go.word() == "Export 4 objects"
    qtbot.keyClick(sheet, Qt.Key.Key_Return, CONTROL)
    assert worker.request.kinds == ("sr", "sc", "csv", "json")
    assert worker.request.reader == "K. Lind"
    assert worker.request.at == START


def test_that_a_changed_decision_takes_the_tick_away(qtbot, sheet, model):
    decide_all(model)
    tick(qtbot, sheet.confirm)
    model.undo()
    assert not sheet.confirm.isChecked()
    assert not sheet.go.isEnabled()


def test_that_the_sheet_works_by_keyboard_alone(qtbot, sheet, model, worker):
    decide_all(model)
    sheet.confirm.setFocus()
    qtbot.keyClick(sheet.confirm, Qt.Key.Key_Space)
    box = sheet.objects.rows["sc"].box
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Space)
    assert sheet.objects.rows["sc"].state == "Not selected"
    qtbot.keyClick(box, Qt.Key.Key_Return, CONTROL)
    assert worker.request.kinds == ("sr", "csv", "json")


def test_that_nothing_is_exported_without_an_object(qtbot, sheet, model, worker):
    decide_all(model)
    tick(qtbot, sheet.confirm)
    for row in sheet.objects.rows.values():
        tick(qtbot, row.box)
    assert sheet.go.word() == "Export 0 objects"
    sheet.submit()
    assert worker.request is None
    assert sheet.note.text() == "No object is selected."


def test_that_the_outcome_of_each_object_is_told(qtbot, sheet, model, worker):
    decide_all(model)
    tick(qtbot, sheet.confirm)
    tick(qtbot, sheet.objects.rows["json"].box)
    sheet.submit()
    assert sheet.objects.rows["sr"].state == "Writing…"
    assert not sheet.objects.rows["sr"].box.isEnabled()
    worker.progressed.emit(0.5, "Writing CSV")
    assert (sheet.progress.value(), sheet.note.text()) == (50, "Writing CSV")
    report = ExportReport(
        (
            ExportedObject("sr", Path("a"), "written", "Read back: 2 findings"),
            ExportedObject("sc", Path("b"), "written", "Read back: x"),
            ExportedObject("sc", Path("c"), "written", "Read back: y"),
            ExportedObject("csv", None, "refused", "Not written: disk is full."),
        )
    )
    with qtbot.waitSignal(sheet.exported) as told:
        worker.end(worker.finished, report)
    assert told.args == [report]
    states = {kind: row.state for kind, row in sheet.objects.rows.items()}
    assert states == {
        "sr": "Saved here",
        "sc": "Saved here",
        "ko": "Not written yet",  # not offered: there is no key image
        "csv": "Blocked",
        "json": "Not selected",
    }
    assert sheet.objects.rows["sr"].detail == "Read back: 2 findings"
    assert sheet.objects.rows["sc"].detail == "2 images. Read back: x"
    assert sheet.objects.rows["csv"].detail == "Not written: disk is full."
    assert sheet.note.text() == "1 blocked, 3 saved. Decisions are kept."
    assert sheet.objects.rows["csv"].box.isEnabled()


def test_that_no_object_is_called_valid_that_was_only_read_back(
    qtbot, sheet, model, worker
):
    decide_all(model)
    tick(qtbot, sheet.confirm)
    sheet.submit()
    written = ExportedObject("sr", Path("a"), "written", "Read back: 2 findings")
    worker.end(worker.finished, ExportReport((written,)))
    row = sheet.objects.rows["sr"]
    assert "Valid" not in row.state + row.detail
    assert sheet.note.text() == "1 file saved here, not sent anywhere."


def test_that_a_failure_is_told_and_export_offered_again(qtbot, sheet, model, worker):
    decide_all(model)
    tick(qtbot, sheet.confirm)
    sheet.submit()
    worker.end(worker.failed, "Export stopped: over 300 s.")
    assert sheet.note.text() == "Export stopped: over 300 s."
    assert sheet.objects.rows["sr"].state == "Not written yet"
    assert sheet.go.isEnabled()


def test_that_escape_first_cancels_the_export_then_goes_back(
    qtbot, sheet, model, worker
):
    decide_all(model)
    tick(qtbot, sheet.confirm)
    sheet.submit()
    assert sheet.back.word() == "Cancel export"
    with qtbot.assertNotEmitted(sheet.closed):
        qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    assert worker.asked_to_cancel
    worker.end(worker.cancelled)
    assert sheet.note.text() == "Export cancelled. Nothing was written."
    with qtbot.waitSignal(sheet.closed):
        qtbot.keyClick(sheet.confirm, Qt.Key.Key_Escape)


def test_that_the_close_button_and_back_go_to_the_film(qtbot, sheet):
    with qtbot.waitSignal(sheet.closed):
        qtbot.mouseClick(sheet.back, LEFT)
    with qtbot.waitSignal(sheet.head.closed):
        sheet.head.closed.emit()


def test_that_a_chosen_folder_is_remembered(qtbot, sheet, settings, tmp_path):
    assert sheet.folder == tmp_path / "out"
    qtbot.mouseClick(sheet.place.change, LEFT)
    assert sheet.folder == tmp_path / "chosen"
    assert sheet.place.line.text() == str(tmp_path / "chosen")
    assert settings.export_folder == str(tmp_path / "chosen")


def test_that_a_folder_of_our_own_is_offered_at_first(qtbot, model, worker, tmp_path):
    made = ExportSheet(model, worker, Settings(tmp_path / "fresh.ini"))
    qtbot.addWidget(made)
    assert made.folder.name == "Overread exports"
    assert not made.folder.exists()


def test_that_dicom_objects_of_a_png_film_are_refused_with_the_reason(
    qtbot, model, worker, settings
):
    study = model.session.study
    film = replace(study.images[0], is_dicom=False)
    series = replace(study.series[0], images=(film,))
    model.session.study = replace(study, series=(series,))
    made = ExportSheet(model, worker, settings)
    qtbot.addWidget(made)
    row = made.objects.rows["sr"]
    assert (row.state, row.box.isEnabled()) == ("Not possible", False)
    assert "no patient and no study" in row.detail
    assert made.objects.kinds == ("csv", "json")


def test_that_only_objects_of_this_version_are_offered(sheet):
    assert list(sheet.objects.rows) == ["sr", "sc", "ko", "csv", "json"]


def line(study, **more):
    values = {
        "uid": "",
        "tracking_uid": "",
        "sop_instance_uid": study.images[0].sop_instance_uid,
        "frame": 0,
        "kind": MeasurementKind.LENGTH,
        "points": ((10.0, 20.0), (30.0, 60.0)),
        "values": (MeasuredValue("length", 42.34, "mm"),),
        **more,
    }
    return Measurement(**values)


def test_that_measurements_and_key_images_are_listed_and_exported(
    qtbot, sheet, model, study, worker
):
    decide_all(model)
    assert not sheet.marks.isVisible()
    assert not sheet.objects.rows["ko"].isVisible()
    model.measure(line(study, label="<b>aorta</b>"))
    model.measure(
        line(
            study,
            kind=MeasurementKind.ELLIPSE,
            values=(
                MeasuredValue("area", 628.5, "mm2"),
                MeasuredValue("mean", -712.25, "HU"),
            ),
        )
    )
    model.set_key_image(study.images[0], on=True, comment="see here")
    assert sheet.marks.summary.text() == "2 measurements, 1 key image"
    assert [text.rpartition(",")[0] for text in sheet.marks.lines] == [
        "Length, 42.3 mm  <b>aorta</b>",
        "Ellipse, area 628.5 mm², mean -712.2 HU",
        "Key image, see here",
    ]
    assert sheet.marks.isVisible()
    assert not sheet.marks.planes.isVisible()
    assert sheet.objects.rows["sr"].detail.startswith("2 findings, 2 measurements,")
    assert sheet.objects.rows["ko"].detail == "1 key image, entitled Of Interest"
    tick(qtbot, sheet.confirm)
    sheet.submit()
    assert worker.request.kinds == ("sr", "sc", "ko", "csv", "json")
    assert worker.request.measurements == model.measurements
    assert worker.request.key_images == model.key_images


def test_that_no_mark_is_taken_for_markup(sheet, model, study):
    model.measure(line(study, label="<b>aorta</b>"))
    for part in sheet.marks.findChildren(QLabel):
        assert part.textFormat() is Qt.TextFormat.PlainText or not part.text()


def test_that_measurements_on_reformatted_planes_are_said_to_stay_out_of_dicom(
    sheet, model, study
):
    for _ in range(2):
        model.measure(line(study, sop_instance_uid="2.25.7", rows=512, columns=512))
    assert sheet.marks.planes.text() == (
        "2 measurements on reformatted planes: in CSV and JSON only"
    )
    assert sheet.marks.planes.isVisible()
    assert "on a reformatted plane" in sheet.marks.lines[0]
    assert sheet.objects.rows["sr"].detail.startswith("2 findings, both observers")


def test_that_a_new_measurement_takes_the_tick_away_and_a_window_does_not(
    qtbot, sheet, model, study
):
    decide_all(model)
    tick(qtbot, sheet.confirm)
    model.set_view("1", {"inverted": True})
    assert sheet.confirm.isChecked()
    model.measure(line(study))
    assert not sheet.confirm.isChecked()


def test_that_marks_can_be_exported_where_there_is_no_finding(
    qtbot, sheet, model, study, worker
):
    model.session.adopt(
        replace(model.analyses[0], request_id="r2", findings=(), heatmaps={})
    )
    model.measure(line(study))
    assert sheet.nothing.isVisible()
    tick(qtbot, sheet.confirm)
    sheet.submit()
    assert worker.request.findings == ()
    assert len(worker.request.measurements) == 1


def test_that_an_image_is_named_as_the_film_numbers_it(study):
    image = study.images[0]
    cine = replace(image, sop_instance_uid="1.2", frames=3)
    headers = (image, cine)
    assert export_words.where((image,), image.sop_instance_uid, 0) == ""
    assert export_words.where(headers, image.sop_instance_uid, 0) == "Image 1"
    assert export_words.where(headers, "1.2", 2) == "Image 4"
    assert "not open" in export_words.where(headers, "1.9", 0)


def test_that_saving_is_told_in_the_head(sheet, model):
    assert sheet.saved.text().startswith("Saved ")
    model.save_state_changed.emit("Not saved: disk is full.", False)
    assert sheet.saved.text() == "Not saved: disk is full."


def test_that_text_is_never_taken_for_markup(sheet, model, study):
    model.add_finding("<b>Mass</b>", MASS, study.images[0], None)
    assert cell(sheet, 2, Column.FINDING) == "<b>Mass</b>"
    assert sheet.note.textFormat() is Qt.TextFormat.PlainText
    assert sheet.place.line.textFormat() is Qt.TextFormat.PlainText


def test_that_a_real_export_ends_in_files_in_the_folder(
    qtbot, model, settings, study, tmp_path
):
    worker = ExportWorker()
    made = ExportSheet(model, worker, settings)
    qtbot.addWidget(made)
    decide_all(model)
    model.measure(line(study))
    model.set_key_image(study.images[0], on=True)
    tick(qtbot, made.confirm)
    with qtbot.waitSignal(made.exported, timeout=120_000) as told:
        qtbot.mouseClick(made.go, LEFT)
    worker.close()
    (report,) = told.args
    assert report.refused == ()
    assert len(list((tmp_path / "out").iterdir())) == 5
    assert {row.state for row in made.objects.rows.values()} == {"Saved here"}
