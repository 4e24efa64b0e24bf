"""Films in a row against each alone: see explain/stream.py."""

import importlib
import threading
from dataclasses import replace

import numpy as np
import pytest

from explain.analysis import AnalysisRequest, AnalysisStatus
from explain.engine import Engine
from explain.stream import analyse_all, analyse_batches
from inference.classifier import load
from inference.errors import ModelUnavailableError
from inference.model_card import read_manifest
from studies.model import Image


@pytest.fixture
def ask(make_film, model_folder):
    """Make a request for a film of its own noise."""

    def ask(number=0, folder=model_folder, method="grad-cam", **header):
        film = make_film(sop_instance_uid=f"1.2.3.{number}", **header)
        stored = np.random.default_rng(number).integers(0, 4096, film.stored.shape)
        film = Image(film.header, stored.astype(np.uint16))
        return AnalysisRequest(f"r{number}", film, str(folder), method, "cpu")

    return ask


def batch(*requests):
    return list(requests), [None] * len(requests)


def assert_same(found, expected):
    """Compare all but the times."""
    assert found.request_id == expected.request_id
    assert found.status is expected.status
    assert found.reasons == expected.reasons
    assert found.findings == expected.findings
    assert found.trust == expected.trust
    assert list(found.heatmaps) == list(expected.heatmaps)
    for key, heatmap in found.heatmaps.items():
        np.testing.assert_array_equal(heatmap.values, expected.heatmaps[key].values)


def test_that_batches_give_exactly_what_analyse_many_gives(ask):
    batches = [
        batch(ask(0), ask(1, modality="CT"), ask(2)),
        batch(ask(3)),
        batch(),
        batch(*(ask(number) for number in range(4, 12))),
    ]
    found = list(analyse_batches(Engine(), batches))
    engine = Engine()
    assert [len(one) for one in found] == [3, 1, 0, 8]
    for results, (requests, displays) in zip(found, batches, strict=True):
        expected = engine.analyse_many(requests, displays)
        for one, other in zip(results, expected, strict=True):
            assert_same(one, other)


def test_that_all_requests_come_in_order_each_as_if_alone(ask):
    requests = [ask(number) for number in range(19)]
    found = list(analyse_all(Engine(), iter(requests)))
    assert [one.request_id for one in found] == [one.request_id for one in requests]
    alone = Engine().analyse(requests[17])
    for one, other in zip(found[17].findings, alone.findings, strict=True):
        assert one.probability == pytest.approx(other.probability, abs=1e-5)


def test_that_networks_run_in_the_callers_thread_alone(ask, write_model, tmp_path):
    threads = []

    def noting(card, device):
        classifier = load(card, device)
        run = classifier.run

        def noted(films):
            threads.append(threading.current_thread())
            return run(films)

        classifier.run = noted
        classifier.pooled_linear = False  # so that each map runs the network again
        return classifier

    batches = [batch(ask(0), ask(1)), batch(ask(2))]
    found = list(analyse_batches(Engine(load_model=noting), batches))
    assert found[0][0].status is AnalysisStatus.SUCCEEDED
    assert found[0][0].heatmaps
    assert set(threads) == {threading.main_thread()}
    assert not [one for one in threading.enumerate() if "beside" in one.name]


def test_that_a_model_that_cannot_run_costs_its_own_batches_only(
    ask, write_model, tmp_path
):
    folder = write_model(tmp_path / "model")
    (folder / "weights.safetensors").write_bytes(b"changed")
    batches = [batch(ask(0)), batch(ask(1, folder), ask(2, folder)), batch(ask(3))]
    first, second, third = analyse_batches(Engine(), batches)
    assert isinstance(second, ModelUnavailableError)
    assert first[0].status is third[0].status is AnalysisStatus.SUCCEEDED
    with pytest.raises(ModelUnavailableError):
        list(analyse_all(Engine(), [ask(1, folder)]))


def test_that_ctrl_c_lets_what_the_network_is_done_with_come_first(ask, monkeypatch):
    predict = Engine.predict
    calls = []

    def second_time(self, films):
        calls.append(films)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return predict(self, films)

    monkeypatch.setattr(Engine, "predict", second_time)
    results = analyse_batches(Engine(), [batch(ask(n), ask(n + 9)) for n in range(4)])
    assert [one.request_id for one in next(results)] == ["r0", "r9"]
    with pytest.raises(KeyboardInterrupt):
        next(results)
    assert not [one for one in threading.enumerate() if "beside" in one.name]


def test_that_closing_ends_the_other_thread(ask):
    results = analyse_batches(Engine(), (batch(ask(n), ask(n + 9)) for n in range(9)))
    next(results)
    results.close()
    assert not [one for one in threading.enumerate() if "beside" in one.name]


@pytest.fixture
def gated(write_model, tmp_path):
    """A model that asks the gate, and an engine that counts the gate's films."""
    kinds = importlib.import_module("tiny_kinds")
    gate = read_manifest(kinds.write_gate(tmp_path / "input-gate"))
    folder = kinds.write_severity(tmp_path / "severity")
    runs = []

    def make(fails_together=False):
        def counting(card, device):
            classifier = load(card, device)
            run = classifier.run

            def counted(films):
                if card.task == "gate":
                    runs.append(len(films))
                    if fails_together and len(films) > 1:
                        raise RuntimeError("too many")
                return run(films)

            classifier.run = counted
            return classifier

        return Engine(load_model=counting, find_gate=lambda: gate)

    return make, folder, runs


def test_that_the_gate_runs_on_a_batch_at_once_and_once_an_image(ask, gated):
    make, folder, runs = gated
    films = batch(*(ask(number, folder, "") for number in range(3)))
    twice = [films, films]
    found = list(analyse_batches(make(), twice))
    assert runs == [3]
    alone = make()
    for one, request in zip(found[1], films[0], strict=True):
        expected = alone.analyse(request)
        assert one.status is expected.status is AnalysisStatus.SUCCEEDED
        assert one.severities[0].value == pytest.approx(expected.severities[0].value)
        assert one.timing_ms["gate"] > 0


def test_that_the_gate_asks_one_by_one_where_it_fails_on_all(ask, gated):
    make, folder, runs = gated
    engine = make(fails_together=True)
    found = engine.analyse_many(*batch(ask(0, folder, ""), ask(1, folder, "")))
    assert runs == [2, 1, 1]
    assert {one.status for one in found} == {AnalysisStatus.SUCCEEDED}


def test_that_display_values_made_before_are_used(ask):
    request = ask()
    header = request.image.header
    black = np.zeros((header.rows, header.columns), np.float32)
    ((found,),) = analyse_batches(Engine(), [([request], [black])])
    assert found.findings != Engine().analyse(request).findings


def test_that_a_changed_manifest_is_read_again(ask, write_model, tmp_path):
    folder = write_model(tmp_path / "model")
    engine = Engine()
    assert engine.analyse(ask(0, folder)).model.name == read_manifest(folder).name
    manifest = folder / "manifest.toml"
    card = read_manifest(folder)
    manifest.write_text(manifest.read_text().replace(card.name, "Renamed"))
    assert engine.analyse(ask(0, folder)).model.name == "Renamed"
    assert replace(card, name="Renamed") == read_manifest(folder)
