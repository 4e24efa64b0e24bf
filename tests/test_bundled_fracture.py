"""The fracture model that is shipped: its files, and a figure of its card afresh."""

import hashlib
import json
from pathlib import Path

import pytest

import resources
from inference.model_card import ModelCard, read_manifest


@pytest.fixture(scope="module")
def card() -> ModelCard:
    return read_manifest(resources.path("models/limb-fracture"))


def test_that_all_files_are_those_the_manifest_names(card: ModelCard) -> None:
    for name, expected in card.files:
        data = (card.folder / name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == expected
        assert len(data) < 15_000_000


def test_that_the_card_names_the_failed_shortcut_check(card: ModelCard) -> None:
    (control,) = card.facts.controls
    text = (card.folder / "card.md").read_text(encoding="utf-8")
    assert ("**missed**" in text) == (not control.passed)
    assert f"{control.limit:.2f}" in text


@pytest.mark.timeout(400)
def test_that_the_shipped_weights_give_the_measured_auroc(
    card: ModelCard, development_data: Path
) -> None:
    """All clear test films of the training source, as the workstation prepares them."""
    import numpy as np
    import torch
    from sklearn.metrics import roc_auc_score

    from inference.classifier import load
    from inference.preprocess import prepare
    from learning.fracture_figures import UPPER
    from learning.fracture_films import is_clear
    from learning.labelled_folder import read_labelled_folder

    classifier = load(card, torch.device("cpu"))
    labels, inputs = [], []
    with read_labelled_folder(development_data / "fracture") as films:
        for item in films.items:
            if (item.source, item.split) != (UPPER, "test") or not is_clear(item):
                continue
            grey = films.read_gray(item).astype(np.float32) / 255.0
            prepared, _ = prepare(grey, card.input)
            inputs.append(prepared)
            labels.append(item.labels["fracture"])
    logits = np.concatenate(
        [
            classifier.run(np.stack(inputs[start : start + 16])).logits[:, 0]
            for start in range(0, len(inputs), 16)
        ]
    )
    measured = json.loads((card.folder / "measured.json").read_text("utf-8"))
    assert [sum(labels), len(labels) - sum(labels)] == measured["random_counts"]
    expected = measured["random_split"][0]
    assert roc_auc_score(labels, logits) == pytest.approx(expected, abs=0.005)
