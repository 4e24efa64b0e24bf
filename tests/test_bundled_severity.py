"""The severity model that is shipped: its files, errors and words."""

import hashlib
import json
from pathlib import Path

import pytest

import resources
from inference.model_card import ModelCard, read_manifest


@pytest.fixture(scope="module")
def card() -> ModelCard:
    return read_manifest(resources.path("models/covid-severity"))


def text_of(card: ModelCard, name: str) -> str:
    return (Path(card.folder) / name).read_text(encoding="utf-8")


def test_that_all_files_are_those_the_manifest_names(card: ModelCard) -> None:
    for name, expected in card.files:
        data = (card.folder / name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == expected
        assert len(data) < 15_000_000


def test_that_extent_opacity_and_brixia_have_their_scales(card: ModelCard) -> None:
    assert card.task == "severity"
    assert [(s.key, s.minimum, s.maximum) for s in card.severities] == [
        ("severity_extent", 0.0, 8.0),
        ("severity_opacity", 0.0, 6.0),
        ("brixia", 0.0, 18.0),
    ]


def test_that_every_error_stands_beside_that_of_the_mean(card: ModelCard) -> None:
    for severity in card.severities:
        assert severity.mean_absolute_error is not None
        assert severity.baseline_error is not None
        error, baseline = severity.mean_absolute_error, severity.baseline_error
        # A severity that does no better than its mean must not be shipped.
        assert error.high < baseline.value
        assert f"{error.value:.2f} ({error.low:.2f}" in text_of(card, "card.md")


def test_that_the_bands_cover_what_they_say(card: ModelCard) -> None:
    measured = json.loads(text_of(card, "measured.json"))["severities"]
    for severity in card.severities:
        value, _, high = measured[severity.key]["coverage"]
        assert value >= 0.85
        assert high >= severity.coverage


def test_that_it_is_called_a_severity_and_not_a_prognosis(card: ModelCard) -> None:
    assert "not a prognosis" in text_of(card, "card.md")
    assert "Not as a prognosis" in card.facts.do_not_use
    assert all("not a prognosis" in severity.note for severity in card.severities)
