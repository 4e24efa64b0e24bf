import importlib
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QThread, Slot

from gui.export_worker import ExportWorker
from inference.process import WorkerProcess
from review.export import ExportRequest
from studies.model import GrayscaleParameters, ImageHeader, Patient, Series, Study

SUPPORT = Path(__file__).parent / "support"


class Log(QObject):
    """Writes down every end, and that it came in the main thread."""

    def __init__(self, worker):
        super().__init__()
        self.ends = []
        self.steps = []
        worker.progressed.connect(self.on_progressed)
        worker.finished.connect(self.on_finished)
        worker.failed.connect(self.on_failed)
        worker.cancelled.connect(self.on_cancelled)

    def note(self, *end):
        assert QThread.currentThread() is self.thread()
        assert threading.current_thread() is threading.main_thread()
        self.ends.append(end)

    @Slot(float, str)
    def on_progressed(self, fraction, step):
        self.steps.append((fraction, step))

    @Slot(object)
    def on_finished(self, report):
        self.note("finished", report)

    @Slot(str)
    def on_failed(self, message):
        self.note("failed", message)

    @Slot()
    def on_cancelled(self):
        self.note("cancelled")


@pytest.fixture
def ask(tmp_path):
    def make(kinds=("csv", "json"), reader="K. Lind"):
        header = ImageHeader(
            path=tmp_path / "film.png",
            frame=0,
            sop_instance_uid="1.2.3.4",
            sop_class_uid="",
            series_instance_uid="1.2.3.3",
            study_instance_uid="1.2.3.2",
            modality="",
            rows=10,
            columns=10,
            grayscale=GrayscaleParameters("MONOCHROME2", 8, 0),
            is_dicom=False,
        )
        series = Series("1.2.3.3", "", "", None, "", (header,))
        study = Study("1.2.3.2", Patient("", "", None, ""), "", None, "", (series,))
        return ExportRequest(
            study, (header,), (), (), reader, tmp_path / "out", kinds,
            export_id="abc", at=datetime(2026, 11, 23, 7, 41, tzinfo=UTC),
        )  # fmt: skip

    return make


@pytest.fixture
def fake_worker(qtbot, monkeypatch):
    """A worker whose process does what the reader's name says."""
    monkeypatch.syspath_prepend(SUPPORT)
    importlib.import_module("export_handlers")
    worker = ExportWorker(process=WorkerProcess("export_handlers:obey", name="export"))
    yield worker
    worker.close()


def test_that_an_export_runs_in_a_process_of_its_own(qtbot, ask, tmp_path):
    worker = ExportWorker()
    log = Log(worker)
    with qtbot.waitSignal(worker.finished, timeout=60_000):
        worker.export(ask(kinds=("sr", "csv", "json")))
        assert worker.running
    worker.close()
    assert not worker.running
    ((kind, report),) = log.ends
    assert kind == "finished"
    assert [item.state for item in report.objects] == ["refused", "written", "written"]
    assert len(list((tmp_path / "out").iterdir())) == 2
    assert [step for _, step in log.steps][:2] == ["Writing DICOM SR", "Writing CSV"]


def test_that_a_handler_that_raises_ends_in_failed_without_its_text(
    qtbot, ask, fake_worker
):
    log = Log(fake_worker)
    with qtbot.waitSignal(fake_worker.failed, timeout=60_000):
        fake_worker.export(ask(reader="raise"))
    assert len(log.ends) == 1
    assert "ZeroDivisionError" in log.ends[0][1]
    assert "CANARY" not in log.ends[0][1]
    assert "Your decisions are kept" in log.ends[0][1]


def test_that_a_process_that_dies_ends_in_failed_and_the_next_export_runs(
    qtbot, ask, fake_worker
):
    log = Log(fake_worker)
    with qtbot.waitSignal(fake_worker.failed, timeout=60_000):
        fake_worker.export(ask(reader="die"))
    with qtbot.waitSignal(fake_worker.finished, timeout=60_000):
        fake_worker.export(ask(reader="ok"))
    assert [end[0] for end in log.ends] == ["failed", "finished"]


@pytest.mark.parametrize("reader", ["reports for ever", "hangs"])
def test_that_cancelling_ends_it_once_and_leaves_no_file(
    qtbot, ask, fake_worker, tmp_path, reader
):
    log = Log(fake_worker)
    with qtbot.waitSignal(fake_worker.progressed, timeout=60_000):
        fake_worker.export(ask(reader=reader))
    with qtbot.waitSignal(fake_worker.cancelled, timeout=5_000):
        fake_worker.cancel()
    assert log.ends == [("cancelled",)]
    assert list((tmp_path / "out").iterdir()) == []
    assert not fake_worker.running


def test_that_a_second_export_waits_for_nobody(qtbot, ask, fake_worker):
    log = Log(fake_worker)
    with qtbot.waitSignal(fake_worker.finished, timeout=60_000):
        fake_worker.export(ask(reader="ok"))
        fake_worker.export(ask(reader="ok"))
    assert [end[0] for end in log.ends] == ["finished"]


def test_that_closing_ends_the_export_that_runs(qtbot, ask, fake_worker):
    log = Log(fake_worker)
    with qtbot.waitSignal(fake_worker.progressed, timeout=60_000):
        fake_worker.export(ask(reader="hangs"))
    fake_worker.close()
    assert log.ends == [("cancelled",)]


def test_that_closing_an_unused_worker_is_quick_and_final(qtbot, ask):
    worker = ExportWorker()
    worker.close()
    worker.close()
    worker.export(ask())
    assert not worker.running
