import pytest

from explain.analysis import Analysis, AnalysisStatus, ModelIdentity
from gui.analysis_failure import Failure, helps_on_cpu, of_analysis, of_error
from inference import device
from inference.errors import (
    HandlerFailedError,
    ModelUnavailableError,
    SharedMemoryFullError,
    WorkerDiedError,
    WorkerTimeoutError,
)

CHANGED = "weights.safetensors changed: its SHA-256 is 12…, the manifest says 34…"
LOCKED = Failure("model file changed. The model is locked.", can_retry=False)


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (WorkerTimeoutError("x", 60.0), Failure("AI stopped: over 60 s", True)),
        (
            WorkerDiedError("x", -9),
            Failure("the AI process ended unexpectedly.", True),
        ),
        (SharedMemoryFullError(8, 4), Failure("out of memory.", True)),
        (HandlerFailedError("x", "MemoryError", ""), Failure("out of memory.", True)),
        (ModelUnavailableError("m", CHANGED), LOCKED),
        (HandlerFailedError("x", "ModelUnavailableError", CHANGED), LOCKED),
        (
            ModelUnavailableError("m", "manifest.toml is missing"),
            Failure("manifest.toml is missing.", False),
        ),
        (HandlerFailedError("x", "ValueError", ""), Failure("ValueError.", True)),
        (OSError(24, "Too many open files"), Failure("OSError.", True)),
    ],
)
def test_that_an_error_becomes_a_sentence(error, failure):
    assert of_error(error) == failure


def test_that_a_failed_analysis_gives_its_reasons():
    model = ModelIdentity("m", "1", "0", "M", "Overread")
    failed = Analysis("r", "1", 0, model, AnalysisStatus.FAILED, ("out of memory",))
    assert of_analysis(failed) == Failure("out of memory.", True)
    silent = Analysis("r", "1", 0, model, AnalysisStatus.FAILED)
    assert of_analysis(silent).message == "no reason was given."


@pytest.mark.parametrize(
    ("error", "name", "gpu", "helps"),
    [
        (WorkerDiedError("x", -9), "auto", False, True),
        (WorkerDiedError("x", -9), "cpu", True, False),
        (WorkerTimeoutError("x", 60), "auto", True, True),
        (WorkerTimeoutError("x", 60), "auto", False, False),
        (HandlerFailedError("x", "RuntimeError", ""), "auto", True, True),
        (HandlerFailedError("x", "RuntimeError", ""), "auto", False, False),
        (HandlerFailedError("x", "ModelUnavailableError", ""), "auto", True, False),
        (HandlerFailedError("x", "DeviceUnavailableError", ""), "cuda:3", False, True),
        (ModelUnavailableError("m", "missing"), "auto", True, False),
    ],
)
def test_that_the_cpu_is_tried_only_where_it_may_help(
    monkeypatch, error, name, gpu, helps
):
    monkeypatch.setattr(
        "gui.analysis_failure.may_use_gpu", lambda asked: asked != "cpu" and gpu
    )
    assert helps_on_cpu(error, name) is helps


def test_that_the_sentence_never_asks_torch(monkeypatch):
    monkeypatch.setattr(device, "choose", None)
    assert helps_on_cpu(WorkerTimeoutError("x", 60), "cuda:0")
