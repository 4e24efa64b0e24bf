import csv
import importlib
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QObject, QPointF, Qt, QUrl, Signal
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication

from gui.validate_parts import time_left
from gui.validation_preview import preview
from gui.validation_worker import words
from inference.errors import HandlerFailedError, WorkerDiedError
from inference.local_store import LocalStore
from learning.labelled_folder import LabelsError
from learning.validation_job import ValidationOutcome

SUPPORT = Path(__file__).parent / "support"


class FakeWorker(QObject):
    """A validation whose outcome the test decides."""

    progressed = Signal(float, str)
    finished = Signal(object)
    failed = Signal(str)
    cancelled = Signal()

    def __init__(self):
        super().__init__()
        self.job, self.films, self.running = None, 0, False
        self.asked_to_cancel = False

    def validate(self, job, films):
        self.job, self.films, self.running = job, films, True

    def cancel(self):
        self.asked_to_cancel = True

    def close(self):
        pass

    def end(self, signal, *args):
        self.running = False
        signal.emit(*args)


@pytest.fixture
def samples(monkeypatch):
    monkeypatch.syspath_prepend(SUPPORT)
    return importlib.import_module("facts_samples")


@pytest.fixture
def opacity(samples, tmp_path):
    return samples.sample_card(tmp_path / "opacity")


@pytest.fixture
def store(tmp_path):
    return LocalStore(tmp_path / "calibrations")


@pytest.fixture
def site(tmp_path):
    """Three films of two sources: labels of one finding; a row and a cell are bad."""
    folder = tmp_path / "site"
    folder.mkdir()
    rows = [
        ("file", "source", "split", "opacity"),
        ("a.png", "ward", "test", "1"),
        ("b.png", "ward", "test", "0"),
        ("c.png", "clinic", "val", ""),
        ("d.png", "clinic", "val", "perhaps"),
        ("e.png",),
    ]
    with (folder / "labels.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return folder


@pytest.fixture
def stage(make_stage, opacity, store, monkeypatch):
    monkeypatch.setattr("gui.model_desk.verify", lambda card: card)
    monkeypatch.setattr(
        "gui.validate_desk.ValidationWorker", lambda parent: FakeWorker()
    )
    return make_stage(cards=(opacity,), calibrations=lambda: store)


def opened(stage):
    stage.window.commands["validate"].trigger()
    return stage.station.validate


def looked_into(stage, folder):
    desk = opened(stage)
    desk.look_into(folder)
    stage.qtbot.waitUntil(lambda: not desk._errands.busy, timeout=20_000)
    QApplication.processEvents()
    return desk


def ran(stage, site, outcome):
    desk = looked_into(stage, site)
    stage.click(desk.sheet.run.go)
    desk._worker.end(desk._worker.finished, outcome)
    QApplication.processEvents()
    return desk


@pytest.fixture
def outcome(samples, opacity):
    return ValidationOutcome(
        samples.sample_calibration(opacity),
        (("unlike the training films", 3),),
        ("labels.csv, line 6: found another number of cells",),
    )


# The folder


def test_that_the_preview_counts_films_sources_and_labels(opacity, site):
    found = preview(opacity, site)
    assert found.summary() == "4 films of 2 sources: ward 2, clinic 2."
    assert found.splits == (("test", 2), ("val", 2))
    assert [one.row() for one in found.findings] == [
        ("Mass-like opacity", "opacity", "1", "1", "2")
    ]
    assert found.missing == ("Pleural effusion",)
    assert len(found.problems) == 2
    assert "labels.csv, line 5, column opacity: found 'perhaps'" in found.problems[1]
    assert found.advice().startswith("4 films are few: from 200 on")


def test_that_a_split_is_looked_at_alone(opacity, site):
    assert preview(opacity, site, "test").films == 2


def test_that_a_folder_without_a_column_of_the_model_is_refused(opacity, site):
    (site / "labels.csv").write_text("file,source,other\na.png,ward,1\n")
    with pytest.raises(LabelsError, match="line 1: found no column of an output"):
        preview(opacity, site)


def test_that_what_was_found_is_shown_before_anything_runs(stage, site):
    desk = looked_into(stage, site)
    sheet = desk.sheet
    assert stage.window.sheet is sheet
    assert sheet.preview.summary.text().startswith("4 films of 2 sources")
    assert "line 5, column opacity" in sheet.preview.problems.toPlainText()
    assert sheet.run.go.isEnabled()
    assert desk._worker.job is None


def test_that_a_folder_that_cannot_be_used_names_file_and_next_step(stage, tmp_path):
    desk = looked_into(stage, tmp_path)
    said = desk.sheet.looking.text()
    assert said.startswith("labels.csv cannot be read: it is not in ")
    assert said.endswith("Correct the file and choose the folder again.")
    assert not desk.sheet.run.go.isEnabled()


def test_that_a_folder_dropped_on_the_sheet_is_looked_into(stage, site):
    desk = opened(stage)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(site / "labels.csv"))])
    event = QDropEvent(
        QPointF(40, 40),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    desk.sheet.dropEvent(event)
    stage.qtbot.waitUntil(lambda: not desk._errands.busy, timeout=20_000)
    assert desk.sheet.folder.line.text() == str(site)
    assert stage.services.settings.labelled_folder == str(site)


# The run


def test_that_run_hands_over_all_inputs(stage, site):
    desk = looked_into(stage, site)
    sheet = desk.sheet
    sheet.options.site.setText("Sankt Josef")
    sheet.options.rule.setCurrentIndex(3)
    stage.click(sheet.run.go)
    job = desk._worker.job
    assert (job.data_folder, job.split, job.sensitivity) == (str(site), None, 0.90)
    assert (job.site, job.validated_by) == ("Sankt Josef", "K. Lind")
    assert desk._worker.films == 4
    assert not sheet.folder.isEnabled()
    desk._worker.progressed.emit(0.5, "Film 2 of 4")
    assert sheet.run.words.text().startswith("Film 2 of 4")
    assert sheet.run.bar.value() == 500


def test_that_the_model_s_thresholds_are_kept_unless_another_rule_is_chosen(
    stage, site
):
    desk = looked_into(stage, site)
    stage.click(desk.sheet.run.go)
    assert desk._worker.job.sensitivity is None


def test_that_a_run_can_be_cancelled_and_begun_again(stage, site):
    desk = looked_into(stage, site)
    stage.click(desk.sheet.run.go)
    stage.press(Qt.Key.Key_Space)  # the focus is on Cancel
    assert desk._worker.asked_to_cancel
    desk._worker.end(desk._worker.cancelled)
    assert desk.sheet.run.words.text().startswith("Cancelled. Nothing was changed")
    assert desk.sheet.run.go.isEnabled()


def test_that_a_failed_run_says_why_and_can_be_run_again(stage, site):
    desk = looked_into(stage, site)
    stage.click(desk.sheet.run.go)
    desk._worker.end(desk._worker.failed, "Validation failed: no memory.")
    assert desk.sheet.run.words.text() == "Validation failed: no memory."
    assert desk.sheet.run.go.isEnabled()


def test_that_closing_the_sheet_leaves_the_run_alone(stage, site, outcome):
    desk = looked_into(stage, site)
    stage.click(desk.sheet.run.go)
    sheet = desk.sheet
    stage.press(Qt.Key.Key_Escape)
    assert stage.window.sheet is None
    assert not desk._worker.asked_to_cancel
    desk._worker.end(desk._worker.finished, outcome)
    assert "The validation is done" in stage.window.status.message.text()
    assert opened(stage).sheet is sheet


# The result


def test_that_the_result_is_shown_and_nothing_is_in_force(stage, site, outcome, store):
    desk = ran(stage, site, outcome)
    result = desk.sheet.result
    assert result.title.text() == "412 of 415 films scored"
    assert result.refused.text() == "Not scored:\n3 films: unlike the training films"
    rows = result.table.model()
    titles = [rows.index(row, 0).data() for row in range(rows.rowCount())]
    assert "This site" in titles
    assert result.threshold.text().startswith("Threshold: 0.31 here: finds 26 %")
    assert not store.path("opacity").exists()


def test_that_save_signs_it_and_it_is_used_from_now_on(
    stage, site, outcome, store, opacity
):
    desk = ran(stage, site, outcome)
    with stage.qtbot.waitSignal(desk.calibrated, timeout=20_000):
        stage.click(desk.sheet.result.save)
    assert store.read(opacity).findings == outcome.calibration.findings
    assert stage.window.sheet is None
    # 0.31 is the site's, 0.42 the manifest's of the finding without labels.
    assert stage.station.ai.thresholds(("opacity",)) == (0.31, 0.42)


def test_that_discard_changes_nothing(stage, site, outcome, store):
    desk = ran(stage, site, outcome)
    stage.click(desk.sheet.result.discard)
    assert desk.sheet.result.isHidden()
    assert not store.path("opacity").exists()


def test_that_too_few_films_are_withheld_and_cannot_be_saved(
    stage, site, samples, opacity
):
    few = samples.sample_finding(
        withheld="40 patients, needs 100",
        calibration=None,
        method="",
        why="",
        threshold=None,
        operating_point=None,
        conformal_withheld="",
        reliability=(),
        ece=None,
    )
    made = samples.sample_calibration(opacity, few)
    desk = ran(stage, site, ValidationOutcome(made, (), ()))
    result = desk.sheet.result
    assert result.warning.text() == "Withheld: 40 patients, needs 100."
    assert not result.save.isEnabled()
    assert result.verdict.text().startswith("Too few films: nothing would change.")


def test_that_a_calibration_that_cannot_be_written_is_told(
    stage, site, outcome, store, monkeypatch
):
    desk = ran(stage, site, outcome)

    def refuse(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "write", refuse)
    stage.click(desk.sheet.result.save)
    stage.qtbot.waitUntil(lambda: not desk._errands.busy, timeout=20_000)
    said = desk.sheet.run.words.text()
    assert said.startswith("Not saved: ")
    assert "No space left on device" in said
    assert desk.sheet.result.save.isEnabled()


# Words


@pytest.mark.parametrize(
    ("fraction", "elapsed", "text"),
    [
        (0.01, 60.0, ""),
        (0.5, 1.0, ""),
        (0.5, 30.0, "about 30 s left"),
        (0.25, 60.0, "about 3 min left"),
    ],
)
def test_that_the_time_left_follows_the_films_done(fraction, elapsed, text):
    assert time_left(fraction, elapsed) == text


def test_that_an_error_of_the_labels_reaches_the_reader_whole():
    error = HandlerFailedError(
        "validation", "LabelsError", "labels.csv, line 3: found 'x'; allowed: 1, 0"
    )
    assert words(error).startswith("Validation failed: labels.csv, line 3: found 'x'")
    assert "what was in force stays so" in words(WorkerDiedError("validation", -9))
