import importlib
import os
import signal
import threading
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QObject, QThread, Slot

from explain.analysis import AnalysisRequest
from gui.analysis_controller import AnalysisController
from inference.errors import HandlerFailedError
from inference.jobs import Priority
from inference.process import WorkerProcess
from studies.model import GrayscaleParameters, Image, ImageHeader

SUPPORT = Path(__file__).parent.parent / "inference" / "support"


class Log(QObject):
    """Writes down every signal, and that it came in the main thread."""

    def __init__(self, controller):
        super().__init__()
        self.events = []
        self.steps = []
        self.analyses = {}
        controller.started.connect(self.on_started)
        controller.progressed.connect(self.on_progressed)
        controller.completed.connect(self.on_completed)
        controller.cancelled.connect(self.on_cancelled)
        controller.failed.connect(self.on_failed)

    def note(self, *event):
        assert QThread.currentThread() is self.thread()
        self.events.append(event)

    @Slot(str)
    def on_started(self, request_id):
        self.note("started", request_id)

    @Slot(str, float, str)
    def on_progressed(self, request_id, fraction, step):
        self.steps.append((request_id, fraction, step))

    @Slot(str, object)
    def on_completed(self, request_id, analysis):
        self.analyses[request_id] = analysis
        self.note("completed", request_id)

    @Slot(str)
    def on_cancelled(self, request_id):
        self.note("cancelled", request_id)

    @Slot(str, str, bool)
    def on_failed(self, request_id, message, can_retry):
        self.note("failed", request_id, message, can_retry)

    @property
    def ends(self):
        return [event for event in self.events if event[0] != "started"]


@pytest.fixture
def write_manifest(monkeypatch):
    monkeypatch.syspath_prepend(SUPPORT)
    return importlib.import_module("tiny_models").write_manifest


@pytest.fixture
def make_request(tmp_path, write_manifest):
    folder = write_manifest(tmp_path / "tiny-chest")
    hasty = write_manifest(tmp_path / "hasty", time_limit_s=0.5)

    def make(request_id, verb="ok", device="auto"):
        header = ImageHeader(
            path=Path("film.dcm"),
            frame=0,
            sop_instance_uid="1.2.3",
            sop_class_uid="",
            series_instance_uid="1.2",
            study_instance_uid="1",
            modality="CR",
            rows=4,
            columns=4,
            grayscale=GrayscaleParameters("MONOCHROME2", 12, 0),
        )
        image = Image(header, np.arange(16, dtype=np.uint16).reshape(4, 4))
        where = hasty if verb.startswith("hang") else folder
        return AnalysisRequest(request_id, image, str(where), verb, device)

    return make


@pytest.fixture
def controller(qtbot, write_manifest):
    controller = AnalysisController(
        process=WorkerProcess("fake_engines:handler", name="test")
    )
    yield controller
    controller.close()


@pytest.fixture
def log(controller):
    return Log(controller)


@pytest.fixture
def run(qtbot, controller, log):
    """Submit requests and wait until all of them have ended."""

    def submit(*requests):
        controller.start()
        for request in requests:
            controller.submit(request)
        number = len(log.ends) + len(requests)
        qtbot.waitUntil(lambda: len(log.ends) >= number, timeout=60_000)
        return log.ends[-len(requests) :]

    return submit


def test_that_a_request_starts_progresses_and_completes(run, log, make_request):
    assert run(make_request("a")) == [("completed", "a")]
    assert log.events == [("started", "a"), ("completed", "a")]
    assert log.steps == [("a", 0.5, "Predicting")]
    analysis = log.analyses["a"]
    assert analysis.request_id == "a"
    assert analysis.heatmaps["pneumonia"].values.tolist() == [[0, 1], [4, 5]]
    assert analysis.notices == ()


def test_that_torch_never_enters_the_windows_process(run, make_request):
    # In a process of its own, because other tests import torch here.
    import subprocess
    import sys

    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, gui.analysis_controller as c;"
            "heavy = {'torch', 'torchvision', 'timm', 'highdicom', 'sklearn'};"
            "print(sorted(heavy & set(sys.modules)))",
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        cwd=Path(__file__).parent.parent.parent,
    )
    assert done.stdout.strip() == "[]"


def test_that_a_raising_model_fails_its_job_and_the_next_one_runs(run, make_request):
    assert run(make_request("a", "raise"), make_request("b")) == [
        ("failed", "a", "no such rib.", True),
        ("completed", "b"),
    ]


def test_that_a_failed_analysis_is_a_failure(run, make_request):
    assert run(make_request("a", "failed")) == [
        ("failed", "a", "the network's output holds values that are no number.", True)
    ]


def test_that_exhausted_memory_is_told(run, make_request):
    assert run(make_request("a", "memory"))[0][2] == "out of memory."


def test_that_a_changed_model_is_locked_and_not_offered_again(run, make_request):
    assert run(make_request("a", "locked")) == [
        ("failed", "a", "model file changed. The model is locked.", False)
    ]


def test_that_a_missing_model_fails_without_the_process(run, make_request, tmp_path):
    request = make_request("a")
    (tmp_path / "tiny-chest" / "manifest.toml").unlink()
    assert run(request) == [("failed", "a", "manifest.toml is missing.", False)]


def test_that_a_dying_process_fails_its_job_after_a_second_try(run, make_request):
    assert run(make_request("a", "die"), make_request("b")) == [
        ("failed", "a", "the AI process ended unexpectedly.", True),
        ("completed", "b"),
    ]


def test_that_a_process_that_dies_on_the_gpu_is_followed_by_the_cpu(
    run, log, make_request
):
    assert run(make_request("a", "die on gpu")) == [("completed", "a")]
    assert log.analyses["a"].device == "cpu"
    assert log.analyses["a"].notices == ("Ran on the CPU after the AI process failed.",)


def test_that_a_job_asked_for_on_the_cpu_is_not_tried_twice(run, log, make_request):
    assert run(make_request("a", "die", "cpu"))[0][0] == "failed"
    assert len(log.steps) == 1


def test_that_a_hang_on_the_cpu_stops_at_the_models_time_limit(run, make_request):
    assert run(make_request("a", "hang", "cpu"), make_request("b")) == [
        ("failed", "a", "AI stopped: over 0.5 s", True),
        ("completed", "b"),
    ]


def test_that_a_hang_on_the_gpu_is_followed_by_the_cpu(run, log, make_request):
    assert run(make_request("a", "hang on gpu", "cuda:0")) == [("completed", "a")]
    assert log.analyses["a"].device == "cpu"


def test_that_a_running_request_is_cancelled(qtbot, run, log, controller, make_request):
    controller.progressed.connect(lambda request_id: controller.cancel(request_id))
    assert run(make_request("a", "poll")) == [("cancelled", "a")]


def test_that_a_deaf_request_is_cancelled_and_the_next_one_runs(
    run, controller, make_request
):
    controller.progressed.connect(
        lambda request_id: controller.cancel("a") if request_id == "a" else None
    )
    deaf = make_request("a", "hang")
    assert run(deaf, make_request("b")) == [("cancelled", "a"), ("completed", "b")]


def test_that_a_waiting_request_is_cancelled_at_once(
    qtbot, log, controller, make_request
):
    for name in "abc":
        controller.submit(make_request(name))
    controller.cancel("b")
    assert log.events == [("cancelled", "b")]
    controller.start()
    qtbot.waitUntil(lambda: len(log.ends) == 3, timeout=60_000)
    assert log.ends == [("cancelled", "b"), ("completed", "a"), ("completed", "c")]


def test_that_cancelling_what_ended_already_does_nothing(
    run, log, controller, make_request
):
    run(make_request("a"))
    controller.cancel("a")
    controller.cancel("never submitted")
    assert log.ends == [("completed", "a")]


def test_that_what_is_on_screen_overtakes_prefetch(
    qtbot, log, controller, make_request
):
    controller.submit(make_request("far"), Priority.PREFETCH)
    controller.submit(make_request("near"), Priority.PREFETCH)
    controller.submit(make_request("near"), Priority.ON_SCREEN)
    assert controller.position("far") == 1
    assert controller.waiting == 2
    controller.start()
    controller.submit(make_request("last"))
    qtbot.waitUntil(lambda: len(log.ends) == 3, timeout=60_000)
    started = [event[1] for event in log.events if event[0] == "started"]
    assert started == ["near", "last", "far"]


def test_that_a_request_that_runs_already_is_not_run_twice(
    qtbot, log, controller, make_request
):
    controller.start()
    controller.submit(make_request("a", "poll"))
    qtbot.waitUntil(lambda: len(log.steps) > 0, timeout=60_000)
    controller.submit(make_request("a", "poll"))
    assert controller.waiting == 0
    controller.cancel("a")
    qtbot.waitUntil(lambda: len(log.ends) == 1, timeout=60_000)


def test_that_closing_ends_every_request_exactly_once(
    qtbot, log, controller, make_request
):
    controller.start()
    for name in "abc":
        controller.submit(make_request(name, "hang"))
    qtbot.waitUntil(lambda: len(log.steps) > 0, timeout=60_000)
    controller.close()
    assert sorted(log.ends) == [("cancelled", name) for name in "abc"]
    assert controller.process_id is None
    controller.close()
    assert len(log.ends) == 3


def test_that_closing_before_starting_is_fine(controller, log, make_request):
    controller.submit(make_request("a"))
    controller.close()
    assert log.events == [("cancelled", "a")]
    controller.start()
    assert controller.process_id is None


def test_that_killing_the_process_costs_at_most_the_job_it_ran(
    run, log, controller, make_request
):
    run(make_request("a"))
    os.kill(controller.process_id, signal.SIGKILL)
    assert run(make_request("b"))[0] == ("completed", "b")


class FailingProcess:
    """Fails each call at once, and checks that one thread alone uses it."""

    pid = None

    def __init__(self):
        self.threads = set()

    def start(self):
        self.threads.add(threading.get_ident())

    def call(self, payload, arrays, *, on_progress, token, timeout_s):
        self.threads.add(threading.get_ident())
        on_progress(0.5, "Predicting")
        raise HandlerFailedError("test", "ValueError", "no such rib")

    def close(self):
        self.threads.add(threading.get_ident())


def test_that_20000_jobs_end_exactly_once_each_and_pyside_lives(
    qtbot, make_request, monkeypatch
):
    # PySide6 6.12.0 on Python 3.11 loses a reference to True at each emission
    # and aborts after some 550: each job here sends one.
    process = FailingProcess()
    controller = AnalysisController(process=process)
    ends = Counter()
    controller.failed.connect(lambda request_id: ends.update([request_id]))
    request = make_request("", "", "cpu")
    monkeypatch.setattr("gui.analysis_worker.read_manifest", lambda folder: _Card)
    monkeypatch.setattr("gui.analysis_worker._tell_log", lambda error: None)
    for number in range(20_000):
        controller._queue.submit(str(number), request, Priority.BACKGROUND)
    controller.start()
    qtbot.waitUntil(lambda: len(ends) == 20_000, timeout=120_000)
    controller.close()
    assert set(ends.values()) == {1}
    assert len(process.threads) == 1
    assert threading.get_ident() not in process.threads


class _Card:
    time_limit_s = 60.0
