"""OpenVINO against plain PyTorch on tiny networks; PyTorch where it must step in."""

import logging
import socket
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from inference import accelerate
from inference.backends import choice, openvino_files
from inference.backends.openvino_network import OpenVinoNetwork
from inference.backends.runners import TorchRunner
from inference.backends.self_check import check_films
from inference.classifier import Classifier, load
from inference.model_card import read_manifest

CPU = torch.device("cpu")

needs_openvino = pytest.mark.skipif(
    not choice.is_installed(), reason="needs the optional package openvino"
)


class Small(nn.Module):
    """Convolution, norm, ReLU, mean, linear: all that the closed form needs."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3, stride=4)
        self.norm = nn.BatchNorm2d(6)
        self.act = nn.ReLU()
        self.head = nn.Linear(6, 4)

    def forward(self, films):
        maps = self.act(self.norm(self.conv(films)))
        return self.head(maps.mean((2, 3)))


class Named(Small):
    """Gives a fine map beside its logits."""

    def forward(self, films):
        maps = self.act(self.norm(self.conv(films)))
        return {"logits": self.head(maps.mean((2, 3))), "map": maps[:, :1]}


@pytest.fixture
def card(model_folder):
    card = read_manifest(model_folder)
    return replace(
        card,
        sha256="0" * 64,
        explain=replace(card.explain, layer="act", head="head"),
        input=replace(card.input, rows=64, columns=64),
    )


@pytest.fixture
def classifier(card):
    torch.manual_seed(1)
    return Classifier(card, Small(), CPU)


@pytest.fixture
def films():
    return np.random.default_rng(3).standard_normal((3, 64, 64)).astype(np.float32)


def _close(found, expected):
    np.testing.assert_allclose(found.logits, expected.logits, atol=1e-5)
    np.testing.assert_allclose(found.features, expected.features, atol=1e-5)
    np.testing.assert_allclose(found.maps, expected.maps, atol=1e-4)
    assert list(found.dense) == list(expected.dense)
    for name, array in expected.dense.items():
        np.testing.assert_allclose(found.dense[name], array, atol=1e-4)


@needs_openvino
@pytest.mark.parametrize("kind", [Small, Named])
@pytest.mark.parametrize("threads", [1, 2])
def test_that_openvino_gives_logits_features_maps_and_dense_outputs_as_torch_does(
    card, films, kind, threads, monkeypatch
):
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    torch.manual_seed(1)
    classifier = Classifier(card, kind(), CPU)
    expected = classifier.run(films)
    classifier.accelerate("openvino")
    assert classifier.backend == "openvino"
    assert classifier.notices == ()
    _close(classifier.run(films), expected)
    _close(
        classifier.run(films[:1]),
        Classifier(card, classifier.network, CPU).run(films[:1]),
    )


@needs_openvino
def test_that_the_bundled_kind_of_network_agrees_too(model_folder):
    card = read_manifest(model_folder)
    films = check_films(card.input)[:2]
    expected = load(card, CPU, "torch").run(films)
    classifier = load(card, CPU, "auto")
    assert classifier.backend == "openvino"
    found = classifier.run(films)
    away = np.abs(_sigmoid(found.logits) - _sigmoid(expected.logits)).max()
    assert away < 1e-3
    assert np.abs(found.maps - expected.maps).max() < 1e-2 * expected.maps.max()


@needs_openvino
def test_that_results_are_not_overwritten_by_the_next_run(classifier, films):
    classifier.accelerate("openvino")
    first = classifier.run(films)
    kept = first.logits.copy()
    classifier.run(films * 2.0)
    np.testing.assert_array_equal(first.logits, kept)


@needs_openvino
def test_that_a_network_is_converted_once_and_then_taken_from_the_cache(
    classifier, monkeypatch
):
    classifier.accelerate("openvino")

    def fail(*_):
        raise AssertionError("converted again")

    monkeypatch.setattr(accelerate, "convert", fail)
    classifier.accelerate("openvino")
    assert classifier.backend == "openvino"


@needs_openvino
def test_that_other_weights_are_converted_anew(card, films):
    torch.manual_seed(1)
    Classifier(card, Small(), CPU).accelerate("openvino")
    other = Classifier(replace(card, sha256="1" * 64), Small(), CPU)
    expected = other.run(films)
    other.accelerate("openvino")
    assert other.backend == "openvino"
    _close(other.run(films), expected)


@needs_openvino
def test_that_a_cached_network_of_other_weights_fails_the_self_check(
    card, films, caplog
):
    """The same name for two networks: only the comparison can tell."""
    torch.manual_seed(1)
    Classifier(card, Small(), CPU).accelerate("openvino")
    other = Classifier(card, Small(), CPU)
    expected = other.run(films)
    other.accelerate("openvino")
    assert other.backend == "torch"
    (notice,) = other.notices
    assert notice.startswith("Ran by PyTorch, more slowly; OpenVINO was not used: its")
    assert "differs by" in notice
    _close(other.run(films), expected)


@needs_openvino
def test_that_a_changed_cache_is_refused_and_the_network_converted_anew(
    classifier, films, home, caplog
):
    expected = classifier.run(films)
    classifier.accelerate("openvino")
    (path,) = home.rglob("*.network")
    data = bytearray(path.read_bytes())
    data[-5] ^= 0xFF
    path.write_bytes(data)
    classifier.accelerate("openvino")
    assert "not as it was written here" in caplog.text
    assert classifier.backend == "openvino"
    _close(classifier.run(films), expected)


@needs_openvino
def test_that_nothing_is_sent_or_left_in_the_home_by_openvino(
    classifier, home, monkeypatch
):
    def refuse(*_):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    classifier.accelerate("openvino")
    assert classifier.backend == "openvino"
    assert sys.modules["openvino_telemetry"] is None
    assert not (home / "intel").exists()


def test_that_a_failing_conversion_is_told_and_torch_runs(
    classifier, films, monkeypatch
):
    expected = classifier.run(films)

    def fail(*_):
        raise ValueError("no rule for aten::odd")

    monkeypatch.setattr(choice, "is_installed", lambda: True)
    monkeypatch.setattr(accelerate, "convert", fail)
    classifier.accelerate("auto")
    assert classifier.backend == "torch"
    assert classifier.notices == (
        "Ran by PyTorch, more slowly; OpenVINO was not used: it cannot run this"
        " network (ValueError).",
    )
    _close(classifier.run(films), expected)


def test_that_a_backend_that_differs_is_told_and_not_used(
    classifier, films, monkeypatch
):
    class Wrong:
        def __init__(self, *_):
            pass

        def run(self, batch):
            logits = np.zeros((len(batch), 4), np.float32)
            maps = np.zeros((len(batch), 6, 16, 16), np.float32)
            return [logits, maps.mean((2, 3)), maps]

    expected = classifier.run(films)
    monkeypatch.setattr(choice, "is_installed", lambda: True)
    monkeypatch.setattr(
        accelerate, "convert", lambda *_: openvino_files.NetworkFiles(b"", b"")
    )
    monkeypatch.setattr(accelerate, "OpenVinoNetwork", Wrong)
    classifier.accelerate("auto")
    assert classifier.backend == "torch"
    assert "its output differs by" in classifier.notices[0]
    _close(classifier.run(films), expected)


def test_that_the_missing_extra_is_told_only_to_who_asked_for_it(
    classifier, monkeypatch
):
    monkeypatch.setattr(choice, "is_installed", lambda: False)
    classifier.accelerate("auto")
    assert classifier.backend == "torch"
    assert classifier.notices == ()
    classifier.accelerate("openvino")
    assert classifier.backend == "torch"
    assert "it is not installed" in classifier.notices[0]


def test_that_torch_runs_with_folded_norms_and_gives_the_same(classifier, films):
    expected = classifier.run(films)
    classifier.accelerate("torch")
    assert classifier.backend == "torch"
    assert classifier.notices == ()
    _close(classifier.run(films), expected)


def test_that_folding_that_changes_the_outputs_is_not_used(
    card, classifier, films, monkeypatch, caplog
):
    caplog.set_level(logging.WARNING)
    monkeypatch.setattr(accelerate, "folded", lambda _: Small().eval())
    plain = TorchRunner(classifier.network, classifier.layer, classifier.head, CPU)
    batch = classifier.to_input(films)
    assert accelerate.accelerate(card, plain, batch, "torch").runner is plain
    assert "norms are not folded" in caplog.text


def test_that_graphs_from_files_run_by_their_own_means(card, classifier, films):
    plain = TorchRunner(classifier.network, classifier.layer, classifier.head, CPU)
    batch = classifier.to_input(films)
    onnx = replace(card, format="onnx")
    assert accelerate.accelerate(onnx, plain, batch, "openvino").runner is plain


def test_that_films_of_another_size_go_to_the_plain_network(classifier, films):
    classifier.accelerate("auto")
    assert classifier.run(films[:, :32, :32]).maps.shape == (3, 6, 8, 8)


def test_that_a_gpu_is_left_to_torch(card, classifier, monkeypatch):
    monkeypatch.setattr(classifier, "device", torch.device("cuda:0"))

    def fail(*_):
        raise AssertionError("a GPU has no other backend")

    monkeypatch.setattr("inference.classifier.accelerate", fail)
    classifier.accelerate("openvino")
    assert classifier.backend == "torch"


@needs_openvino
def test_that_films_keep_their_order_over_several_streams(classifier):
    films = np.linspace(-2, 2, 16, dtype=np.float32)[:, None, None] * np.ones(
        (1, 64, 64), np.float32
    )
    plain = classifier.run(films)
    files = openvino_files.convert(
        TorchRunner(classifier.network, classifier.layer, classifier.head, CPU).tapped,
        classifier.to_input(films[:1]),
    )
    network = OpenVinoNetwork(files, threads=4)
    logits = network.run(classifier.to_input(films).contiguous().numpy())[0]
    np.testing.assert_allclose(logits, plain.logits, atol=1e-5)


def _sigmoid(logits):
    return 1.0 / (1.0 + np.exp(-logits))
