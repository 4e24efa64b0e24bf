"""Which model in memory a manifest gets."""

import importlib
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from explain.loaded_models import LoadedModels
from inference.errors import ModelUnavailableError
from inference.model_card import GateSpec, read_manifest

CPU = torch.device("cpu")


@pytest.fixture
def card(tmp_path, monkeypatch):
    support = Path(__file__).parents[1] / "inference" / "support"
    monkeypatch.syspath_prepend(support)
    write = importlib.import_module("tiny_models").write_manifest
    return read_manifest(write(tmp_path / "tiny-chest"))


@pytest.fixture
def models():
    """Models whose classifier is the card that it was made of."""
    return LoadedModels(load_model=lambda card, _: card)


def test_that_a_model_is_loaded_once(models, card):
    assert models.get(card, CPU) is models.get(card, CPU)


@pytest.mark.parametrize(
    "change",
    [
        {"output": "softmax"},
        {"mask_output": "other"},
        {"architecture": "resnet34"},
    ],
)
def test_that_a_manifest_that_reads_the_output_otherwise_gets_its_own(
    models, card, change
):
    models.get(card, CPU)
    changed = replace(card, **change)
    assert models.get(changed, CPU).classifier == changed


def test_that_a_manifest_that_prepares_films_otherwise_gets_its_own(models, card):
    models.get(card, CPU)
    means = replace(card.input, channel_mean=(0.5,) * 3, channel_std=(0.2,) * 3)
    changed = replace(card, input=means)
    assert models.get(changed, CPU).classifier == changed


def test_that_another_layer_to_explain_gets_its_own(models, card):
    models.get(card, CPU)
    changed = replace(card, explain=replace(card.explain, layer="layer3"))
    assert models.get(changed, CPU).classifier == changed


def test_that_another_gate_is_read_and_not_the_one_in_memory(models, card):
    models.get(card, CPU)
    gated = replace(card, gate=GateSpec("gate.safetensors", "1" * 64, 2.0))
    with pytest.raises(ModelUnavailableError, match=r"gate\.safetensors is missing"):
        models.get(gated, CPU)


def test_that_a_local_calibration_loads_nothing_anew(models, card):
    loaded = models.get(card, CPU)
    first = replace(card.findings[0], threshold=0.7)
    local = replace(card, findings=(first, *card.findings[1:]))
    assert models.get(local, CPU) is loaded
