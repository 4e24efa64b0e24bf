"""The model that is shipped: its weights, manifest and card agree."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import resources
from inference.model_card import ModelCard, read_manifest


@pytest.fixture(scope="module")
def folder() -> Path:
    return resources.path("models/chest-findings")


@pytest.fixture(scope="module")
def card(folder: Path) -> ModelCard:
    return read_manifest(folder)


@pytest.fixture(scope="module")
def measured(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "measured.json").read_text())


def test_that_weights_and_gate_are_those_the_manifest_names(card: ModelCard) -> None:
    assert card.gate is not None
    for name, expected in (
        (card.weights, card.sha256),
        (card.gate.tensors, card.gate.sha256),
    ):
        digest = hashlib.sha256((card.folder / name).read_bytes()).hexdigest()
        assert digest == expected


def test_that_the_weights_stay_under_fifteen_megabytes(card: ModelCard) -> None:
    assert card.weights_path.stat().st_size < 15_000_000


def test_that_the_model_names_covid_pneumonia_tuberculosis_and_no_finding(
    card: ModelCard,
) -> None:
    assert [(f.name, f.can_be_flagged) for f in card.findings] == [
        ("COVID-19 pattern", True),
        ("Pneumonia", True),
        ("Tuberculosis", True),
        ("No finding", False),
    ]


def test_that_no_finding_carries_a_flattering_auroc_alone(
    card: ModelCard, measured: dict[str, Any]
) -> None:
    """A random split without unseen sources beside it must not be released.

    Tuberculosis is the one exception, and the card has to say so.
    """
    alone = [
        f.name
        for f in card.findings
        if f.random_split_auroc is not None and f.unseen_auroc is None
    ]
    assert alone == ["Tuberculosis"]
    text = (card.folder / "card.md").read_text()
    assert "**was not measured**" in text
    for finding in card.findings:
        if finding.unseen_auroc is not None:
            interval = measured["findings"][finding.key]["unseen_mean"]
            assert f"{interval['value']:.2f} ({interval['low']:.2f} to" in text


def test_that_the_card_states_shortcuts_and_the_commands(card: ModelCard) -> None:
    text = (card.folder / "card.md").read_text()
    assert card.sha256 in text
    for words in (
        "blacked out",
        "balanced accuracy",
        "python -m learning.leave_one_out",
        "overread evaluate --model chest-findings",
    ):
        assert words in text


def test_that_the_shipped_weights_give_the_measured_auroc(
    card: ModelCard, measured: dict[str, Any], development_data: Path
) -> None:
    """Pneumonia within nih's test films, computed afresh from the shipped files."""
    import torch
    from sklearn.metrics import roc_auc_score

    from inference.classifier import load
    from inference.preprocess import prepare
    from learning.labelled_folder import read_labelled_folder

    column = [f.key for f in card.findings].index("pneumonia")
    classifier = load(card, torch.device("cpu"))
    labels, logits = [], []
    with read_labelled_folder(development_data / "cxr") as films:
        for item in films.items:
            if (item.source, item.split) != ("nih", "test"):
                continue
            grey = films.read_gray(item).astype(np.float32) / 255.0
            prepared, _ = prepare(grey, card.input)
            logits.append(classifier.run(prepared[None]).logits[0, column])
            labels.append(item.labels["pneumonia"])
    expected = measured["findings"]["pneumonia"]["random_split_within"]["nih"]["value"]
    # The measured figure resizes twice (a stored copy of 256 px, then the input).
    assert roc_auc_score(labels, logits) == pytest.approx(expected, abs=0.02)
