"""The bundled brain model against its own card, on the development data."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

import resources
from inference.classifier import load
from inference.model_card import ModelCard, read_manifest
from inference.preprocess import Placement, prepare
from inference.segments import to_segments
from learning.brain_slices import BrainSlice, load_slices
from learning.dice import dice

LIMIT = 15_000_000


@pytest.fixture(scope="module")
def card() -> ModelCard:
    return read_manifest(resources.path("models/brain-tumour"))


def test_that_its_weights_are_under_15_mb(card: ModelCard) -> None:
    assert card.weights_path.stat().st_size < LIMIT


def test_that_its_card_states_its_weights(card: ModelCard) -> None:
    assert card.sha256 in (card.folder / "card.md").read_text(encoding="utf-8")


def test_that_its_dice_is_that_of_the_card(
    card: ModelCard, development_data: Path
) -> None:
    torch.set_num_threads(1)
    slices = [
        item
        for item in load_slices(development_data / "brain_mri", "cheng", "val")
        if item.mask is not None
    ]
    classifier = load(card, torch.device("cpu"))
    found = [_dice(classifier.run, card, item) for item in slices]
    measured = json.loads((card.folder / "measured.json").read_text())
    stated = measured["masks"]["at_threshold"]
    assert len(found) == stated["masks"]
    assert np.mean(found) == pytest.approx(stated["dice"]["value"], abs=0.005)


def _dice(run, card: ModelCard, item: BrainSlice) -> float:
    assert item.mask is not None
    film, crop = prepare(item.image.astype(np.float32) / 255.0, card.input)
    logits = run(film[None]).dense["mask"][0]
    placement = Placement(*item.image.shape, crop, logits.shape[1:])
    (segment,) = to_segments(logits, card, placement, None)
    return dice(segment.mask, item.mask)
