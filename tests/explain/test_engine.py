from dataclasses import replace

import numpy as np
import pytest
import torch

from explain.analysis import STEPS, AnalysisRequest, AnalysisStatus, CheckResult
from explain.engine import Engine
from inference.classifier import load
from inference.errors import (
    DeviceUnavailableError,
    InferenceCancelledError,
    ModelUnavailableError,
)
from inference.jobs import CancelToken


@pytest.fixture
def ask(make_film, model_folder):
    """Make a request; keywords change the film's header."""

    def ask(folder=model_folder, method="grad-cam", device="auto", **header):
        film = make_film(**header)
        return AnalysisRequest("request-1", film, str(folder), method, device)

    return ask


@pytest.fixture(scope="module")
def engine():
    return Engine()


class OnGpu:
    """Loads real classifiers, and says that those for "cuda:0" are on it.

    The GPU's classifier raises `error` when it runs.
    """

    def __init__(self, error):
        self.error = error
        self.devices = []

    def choose(self, name):
        return torch.device("cpu" if name == "cpu" else "cuda:0")

    def load(self, card, device):
        self.devices.append(str(device))
        classifier = load(card, torch.device("cpu"))
        if device.type == "cuda":
            classifier.run = self.run
        return classifier

    def run(self, films):
        raise self.error


def test_that_a_film_gets_findings_and_a_map_for_each_that_can_be_flagged(engine, ask):
    analysis = engine.analyse(ask())
    assert analysis.status is AnalysisStatus.SUCCEEDED
    assert analysis.request_id == "request-1"
    assert analysis.sop_instance_uid == "1.2.3.4"
    assert analysis.model.model_id == "tiny-chest"
    assert analysis.device == "cpu"
    names = [finding.key for finding in analysis.findings]
    assert names == ["covid", "pneumonia", "tuberculosis", "normal"]
    assert list(analysis.heatmaps) == names[:3]
    heatmap = analysis.heatmaps["pneumonia"]
    assert heatmap.values.shape == (7, 7)
    assert heatmap.reference == 2.0
    assert heatmap.probability == analysis.findings[1].probability
    assert analysis.placement is not None
    assert analysis.placement.crop == (0, 0, 300, 260)
    assert analysis.placement.grid == (7, 7)
    assert set(analysis.timing_ms) == set(STEPS)


def test_that_no_map_is_made_without_a_method(engine, ask):
    analysis = engine.analyse(ask(method=""))
    assert analysis.status is AnalysisStatus.SUCCEEDED
    assert analysis.heatmaps == {}
    assert analysis.placement is not None


def test_that_a_method_without_a_unit_is_drawn_against_its_own_peak(engine, ask):
    heatmap = engine.analyse(ask(method="eigen-cam")).heatmaps["covid"]
    assert heatmap.reference == pytest.approx(heatmap.values.max())


def test_that_steps_are_told_in_order(engine, ask):
    told = []
    engine.analyse(ask(), lambda fraction, step: told.append((fraction, step)))
    assert [step for _, step in told] == [
        "Checking the film",
        "Preparing the film",
        "Loading the model",
        "Predicting",
        "Explaining",
        "Done",
    ]
    assert [fraction for fraction, _ in told] == sorted(f for f, _ in told)


def test_that_an_excluded_film_is_not_scored(engine, ask):
    analysis = engine.analyse(ask(view_position="LL", age_years=12.4))
    assert analysis.status is AnalysisStatus.INELIGIBLE
    assert analysis.reasons == ("lateral view", "patient is 12 years old")
    assert analysis.findings == ()
    assert analysis.heatmaps == {}


def test_that_a_film_unlike_the_training_films_is_not_scored(
    engine, ask, write_model, tmp_path
):
    folder = write_model(tmp_path / "model", gate_scale=1e-6)
    analysis = engine.analyse(ask(folder))
    assert analysis.status is AnalysisStatus.OUT_OF_DISTRIBUTION
    assert analysis.findings == ()
    assert analysis.reasons[0].startswith("unlike the training films. Distance ")
    assert analysis.reasons[0].endswith(", limit 1.00. Score withheld.")
    assert analysis.trust[0].result is CheckResult.FAILED


def test_that_a_model_without_a_gate_says_so(engine, ask, write_model, tmp_path):
    folder = write_model(tmp_path / "model", gate_scale=None)
    analysis = engine.analyse(ask(folder))
    assert analysis.status is AnalysisStatus.SUCCEEDED
    assert analysis.trust[0].result is CheckResult.NOT_TESTED


def test_that_outputs_that_are_no_number_fail(engine, ask, write_model, tmp_path):
    folder = write_model(tmp_path / "model", spoil=True)
    analysis = engine.analyse(ask(folder))
    assert analysis.status is AnalysisStatus.FAILED
    assert analysis.reasons == ("the network's output holds values that are no number",)
    assert analysis.findings == ()


def test_that_an_unknown_method_fails_by_name(engine, ask):
    analysis = engine.analyse(ask(method="rise"))
    assert analysis.status is AnalysisStatus.FAILED
    assert "'rise'" in analysis.reasons[0]


def test_that_a_model_that_raises_on_the_cpu_fails(ask):
    def broken(card, device):
        classifier = load(card, device)
        classifier.run = OnGpu(ZeroDivisionError("no lung")).run
        return classifier

    analysis = Engine(load_model=broken).analyse(ask())
    assert analysis.status is AnalysisStatus.FAILED
    assert analysis.reasons == ("ZeroDivisionError: no lung",)


@pytest.mark.parametrize(
    ("error", "notice"),
    [
        (
            torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB"),
            "Ran on the CPU: the GPU's memory was exhausted.",
        ),
        (
            RuntimeError("CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate"),
            "Ran on the CPU: the GPU's memory was exhausted.",
        ),
        (
            RuntimeError("CUDA error: device-side assert"),
            "Ran on the CPU: the GPU failed (RuntimeError).",
        ),
    ],
)
def test_that_a_failure_on_the_gpu_is_followed_by_the_cpu(ask, error, notice):
    gpu = OnGpu(error)
    engine = Engine(load_model=gpu.load, choose_device=gpu.choose)
    analysis = engine.analyse(ask())
    assert analysis.status is AnalysisStatus.SUCCEEDED
    assert analysis.device == "cpu"
    assert analysis.notices == (notice,)
    assert gpu.devices == ["cuda:0", "cpu"]


def test_that_the_gpu_is_tried_again_by_the_next_film(ask):
    gpu = OnGpu(torch.OutOfMemoryError("CUDA out of memory"))
    engine = Engine(load_model=gpu.load, choose_device=gpu.choose)
    engine.analyse(ask())
    engine.analyse(ask())
    assert gpu.devices == ["cuda:0", "cpu", "cuda:0"]


def test_that_a_model_stays_loaded_between_films(ask):
    gpu = OnGpu(None)
    engine = Engine(load_model=gpu.load)
    first = engine.analyse(ask())
    second = engine.analyse(ask())
    assert gpu.devices == ["cpu"]
    assert [f.logit for f in first.findings] == [f.logit for f in second.findings]


def test_that_a_changed_model_is_refused(engine, ask, write_model, tmp_path):
    folder = write_model(tmp_path / "model")
    data = bytearray((folder / "weights.safetensors").read_bytes())
    data[-1] ^= 1
    (folder / "weights.safetensors").write_bytes(data)
    with pytest.raises(ModelUnavailableError, match="changed"):
        engine.analyse(ask(folder))


def test_that_a_device_that_is_not_here_is_refused(engine, ask):
    with pytest.raises(DeviceUnavailableError, match=r"'cuda:99'.*allowed: auto, cpu"):
        engine.analyse(ask(device="cuda:99"))


def test_that_a_token_stops_the_run_at_the_next_step(engine, ask):
    token = CancelToken()
    told = []

    def progress(fraction, step):
        told.append(step)
        if step == "Preparing the film":
            token.cancel()

    with pytest.raises(InferenceCancelledError):
        engine.analyse(ask(), progress, token)
    assert told[-1] == "Preparing the film"


def test_that_the_stored_values_are_left_alone(engine, ask):
    request = ask()
    before = request.image.stored.copy()
    engine.analyse(request)
    np.testing.assert_array_equal(request.image.stored, before)


class Counting:
    """Loads real classifiers, and notes how many films each run has."""

    def __init__(self, fails_together=False, notice=""):
        self.runs = []
        self.fails_together = fails_together
        self.notice = notice

    def load(self, card, device):
        classifier = load(card, device)
        run = classifier.run

        def counted(films):
            self.runs.append(len(films))
            if self.fails_together and len(films) > 1:
                raise RuntimeError("too many")
            return run(films)

        classifier.run = counted
        classifier._chosen = replace(classifier._chosen, notice=self.notice)
        return classifier


def test_that_films_together_give_what_each_gives_alone(engine, ask):
    requests = [ask(), ask(modality="CT"), ask()]
    counting = Counting()
    found = Engine(load_model=counting.load).analyse_many(requests, [None] * 3)
    assert counting.runs == [2]
    assert [one.status for one in found] == [
        AnalysisStatus.SUCCEEDED,
        AnalysisStatus.INELIGIBLE,
        AnalysisStatus.SUCCEEDED,
    ]
    alone = engine.analyse(requests[2])
    for one, expected in zip(found[2].findings, alone.findings, strict=True):
        assert one.probability == pytest.approx(expected.probability, abs=1e-5)
    np.testing.assert_allclose(
        found[2].heatmaps["covid"].values, alone.heatmaps["covid"].values, atol=1e-3
    )
    assert found[2].timing_ms["predict"] > 0


def test_that_films_run_one_by_one_where_they_fail_together(ask):
    counting = Counting(fails_together=True)
    found = Engine(load_model=counting.load).analyse_many([ask(), ask()], [None] * 2)
    assert counting.runs == [2, 1, 1]
    assert {one.status for one in found} == {AnalysisStatus.SUCCEEDED}


def test_that_display_values_made_before_are_used(ask):
    request = ask()
    image = request.image.header
    black = np.zeros((image.rows, image.columns), np.float32)
    found = Engine().analyse_many([request], [black])[0]
    assert found.findings[0].logit != Engine().analyse(request).findings[0].logit


def test_that_the_notice_of_a_slower_backend_stands_in_the_result(ask):
    counting = Counting(notice="Ran by PyTorch.")
    found = Engine(load_model=counting.load).analyse(ask())
    assert found.notices == ("Ran by PyTorch.",)


def test_that_films_together_on_a_failing_gpu_end_on_the_cpu(ask):
    gpu = OnGpu(torch.OutOfMemoryError("CUDA out of memory"))
    engine = Engine(load_model=gpu.load, choose_device=gpu.choose)
    found = engine.analyse_many([ask(), ask()], [None] * 2)
    assert {one.status for one in found} == {AnalysisStatus.SUCCEEDED}
    assert {one.device for one in found} == {"cpu"}
    assert "memory was exhausted" in found[1].notices[0]
