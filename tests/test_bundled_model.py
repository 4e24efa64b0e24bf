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


def test_that_all_files_are_those_the_manifest_names(card: ModelCard) -> None:
    assert {name for name, _ in card.files} == {
        "weights.safetensors",
        "ensemble.safetensors",
        "gate.safetensors",
    }
    for name, expected in card.files:
        digest = hashlib.sha256((card.folder / name).read_bytes()).hexdigest()
        assert digest == expected


def test_that_the_weights_stay_under_fifteen_megabytes(card: ModelCard) -> None:
    assert card.weights_path.stat().st_size < 15_000_000


def test_that_the_model_names_covid_pneumonia_tuberculosis_and_no_finding(
    card: ModelCard,
) -> None:
    names = [finding.name for finding in card.findings]
    assert names[:3] == ["COVID-19 pattern", "Pneumonia", "Tuberculosis"]
    assert names[-1] == "No finding"
    assert not card.finding("normal").can_be_flagged


def test_that_a_finding_without_an_operating_point_is_never_flagged(
    card: ModelCard,
) -> None:
    for finding in card.findings:
        assert finding.operating_point is not None or not finding.can_be_flagged


def test_that_no_finding_carries_a_flattering_auroc_alone(card: ModelCard) -> None:
    """A random split without unseen sources beside it must say that it is alone."""
    text = (card.folder / "card.md").read_text(encoding="utf-8")
    assert "**was not measured**" in text
    for finding in card.findings:
        if finding.unseen_auroc is None:
            assert "not measured" in finding.note
        else:
            value = finding.unseen_auroc
            stated = f"**{value.value:.2f} ({value.low:.2f} to {value.high:.2f})**"
            assert stated in text


def test_that_every_source_of_both_classes_stands_behind_the_mean(
    card: ModelCard,
) -> None:
    for finding in card.findings:
        own = [
            figure.auroc.value
            for figure in finding.unseen_sources
            if figure.auroc is not None and figure.in_mean
        ]
        if finding.unseen_auroc is not None:
            mean = sum(own) / len(own)
            assert finding.unseen_auroc.value == pytest.approx(mean, abs=1e-4)


def test_that_the_shortcut_checks_are_stated_whether_kept_or_missed(
    card: ModelCard,
) -> None:
    keys = {control.key for control in card.facts.controls}
    assert keys == {"blackout", "source", "embedding", "markers"}
    text = (card.folder / "card.md").read_text(encoding="utf-8")
    for control in card.facts.controls:
        assert control.title in text
    assert ("**missed**" in text) == any(not c.passed for c in card.facts.controls)


def test_that_the_card_states_shortcuts_and_the_commands(card: ModelCard) -> None:
    text = (card.folder / "card.md").read_text(encoding="utf-8")
    assert card.sha256 in text
    for words in (
        "painted over",
        "Balanced accuracy",
        "python -m learning.leave_one_out",
        "overread evaluate --model chest-findings",
    ):
        assert words in text


def test_that_the_shipped_weights_give_the_measured_auroc(
    card: ModelCard, measured: dict[str, Any], development_data: Path
) -> None:
    """Pneumonia within nih's test films, afresh from the shipped weights and gate."""
    import torch
    from sklearn.metrics import roc_auc_score

    from inference.classifier import load
    from inference.preprocess import prepare
    from learning.chest_features import lung_box
    from learning.gate_weights import read_weights
    from learning.labelled_folder import read_labelled_folder

    gate = read_weights(resources.path("models/input-gate") / "weights.safetensors")
    column = [f.key for f in card.findings].index("pneumonia")
    classifier = load(card, torch.device("cpu"))
    labels, logits = [], []
    with read_labelled_folder(development_data / "cxr") as films:
        for item in films.items:
            if (item.source, item.split) != ("nih", "test"):
                continue
            grey = films.read_gray(item).astype(np.float32) / 255.0
            prepared, _ = prepare(grey, card.input, lung_box(gate, grey))
            logits.append(classifier.run(prepared[None]).logits[0, column])
            labels.append(item.labels["pneumonia"])
    expected = measured["nih_test_in_use"]["pneumonia"]
    assert roc_auc_score(labels, logits) == pytest.approx(expected, abs=0.005)
