from dataclasses import replace

import numpy as np
import pytest
import torch

from inference.classifier import build, load, load_gate
from inference.errors import ModelUnavailableError
from inference.model_card import read_manifest

CPU = torch.device("cpu")


@pytest.fixture
def card(model_folder):
    return read_manifest(model_folder)


@pytest.fixture(scope="module")
def films():
    return np.random.default_rng(1).standard_normal((2, 224, 224)).astype(np.float32)


def test_that_one_pass_gives_logits_features_and_maps(card, films):
    outputs = load(card, CPU).run(films)
    assert outputs.logits.shape == (2, 4)
    assert outputs.features.shape == (2, 1280)
    assert outputs.maps.shape == (2, 1280, 7, 7)
    assert outputs.logits.dtype == np.float32


def test_that_the_outputs_are_those_of_the_plain_network(card, films):
    classifier = load(card, CPU)
    with torch.no_grad():
        batch = torch.from_numpy(films)[:, None].repeat(1, 3, 1, 1)
        maps = classifier.network.forward_features(batch)
        logits = classifier.network(batch)
    outputs = classifier.run(films)
    # Folded norms round otherwise, in the seventh digit.
    np.testing.assert_allclose(outputs.logits, logits.numpy(), rtol=1e-5, atol=5e-5)
    np.testing.assert_allclose(outputs.maps, maps.numpy(), rtol=1e-5, atol=3e-4)
    np.testing.assert_allclose(
        outputs.features, maps.mean((2, 3)).numpy(), rtol=1e-5, atol=5e-5
    )


def test_that_the_pooled_linear_head_is_recognised(card):
    classifier = load(card, CPU)
    assert classifier.pooled_linear
    assert classifier.head_weight.shape == (4, 1280)


def test_that_a_layer_before_another_is_not_taken_for_the_pooled_one(card):
    early = replace(card, explain=replace(card.explain, layer="blocks.5"))
    assert not load(early, CPU).pooled_linear


def test_that_no_hook_is_left_even_after_a_failure(card, films):
    classifier = load(card, CPU)
    with pytest.raises(RuntimeError):
        classifier.run(films[:, :0, :0])
    for module in classifier.network.modules():
        assert not module._forward_hooks
        assert not module._forward_pre_hooks


def test_that_weights_that_do_not_fit_the_network_are_refused(card):
    with pytest.raises(ModelUnavailableError, match="do not fit resnet18"):
        load(replace(card, architecture="resnet18"), CPU)


def test_that_weights_for_fewer_labels_are_refused(card):
    with pytest.raises(ModelUnavailableError, match="do not fit"):
        load(replace(card, findings=card.findings[:2]), CPU)


@pytest.mark.parametrize(
    "name", ["no_such_network", "hf-hub:someone/something", "../../x", ""]
)
def test_that_an_unknown_architecture_is_refused_and_nothing_is_fetched(card, name):
    with pytest.raises(ModelUnavailableError, match="is not known"):
        build(replace(card, architecture=name))


@pytest.mark.parametrize("field", ["layer", "head"])
def test_that_a_layer_the_network_lacks_is_named(card, field):
    wrong = replace(card, explain=replace(card.explain, **{field: "no.such"}))
    with pytest.raises(ModelUnavailableError, match=r"has no layer 'no\.such'"):
        load(wrong, CPU)


def test_that_the_gate_is_loaded_with_its_tensors(card):
    tensors = load_gate(card)
    assert tensors is not None
    assert tensors["mean"].shape == (1280,)
    assert tensors["precision_root"].shape == (8, 1280)
    assert load_gate(replace(card, gate=None)) is None


def test_that_the_film_is_repeated_over_the_channels(card, films):
    batch = load(card, CPU).to_input(films)
    assert batch.shape == (2, 3, 224, 224)
    assert torch.equal(batch[:, 0], batch[:, 2])


def test_that_films_go_to_a_gpu_through_pinned_memory_beside_the_computation(
    card, films, monkeypatch
):
    classifier = load(card, CPU)
    monkeypatch.setattr(classifier, "device", torch.device("cuda:0"))
    steps = []

    def pin(tensor):
        steps.append("pinned")
        return tensor

    def copy(tensor, device, non_blocking):
        steps.append((str(device), non_blocking))
        return tensor

    monkeypatch.setattr(torch.Tensor, "pin_memory", pin)
    monkeypatch.setattr(torch.Tensor, "to", copy)
    assert classifier.to_input(films).shape == (2, 3, 224, 224)
    assert steps == ["pinned", ("cuda:0", True)]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_that_the_gpu_agrees_with_the_cpu_to_half_precision(card, films):
    gpu = load(card, torch.device("cuda:0"))
    cpu = load(card, CPU)
    assert gpu.pooled_linear
    reference = cpu.run(films).logits
    scale = np.abs(reference).max()
    np.testing.assert_allclose(
        gpu.run(films).logits / scale, reference / scale, atol=5e-2
    )
