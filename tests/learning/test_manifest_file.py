"""A manifest written by publishing, and read back."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import resources
from inference.errors import ModelUnavailableError
from inference.model_card import read_manifest
from inference.model_facts import ControlFigure, ModelFacts, SourceFigure
from inference.model_outputs import Measured
from learning.manifest_file import file_sha256, write_manifest


@pytest.fixture
def card(tmp_path):
    bundled = resources.path("") / "models" / "chest-findings"
    folder = tmp_path / "chest-findings"
    shutil.copytree(bundled, folder)
    return read_manifest(folder)


def test_that_a_written_manifest_reads_back_as_its_card(card):
    path = write_manifest(card, "python -m x")
    assert path.read_text().startswith("# Written by python -m x; do not edit")
    back = read_manifest(Path(card.folder))
    assert back.model_id == card.model_id
    assert back.input == card.input
    assert [spec.key for spec in back.findings] == [spec.key for spec in card.findings]


def test_that_figures_of_sources_and_controls_are_written(card):
    figure = SourceFigure("cohen", 10, 5, Measured(0.7, 0.6, 0.8))
    first = replace(card.findings[0], unseen_sources=(figure,))
    facts = ModelFacts(
        intended_use='To "show"\nwhat it claims.',
        controls=(ControlFigure("blackout", "Lungs blacked out", 0.6, 0.65),),
    )
    changed = replace(card, findings=(first, *card.findings[1:]), facts=facts)
    write_manifest(changed, "python -m x")
    back = read_manifest(Path(card.folder))
    assert back.findings[0].unseen_sources == (figure,)
    assert back.facts == facts


def test_that_defaults_and_unknown_values_are_left_out(card):
    text = write_manifest(replace(card, gate=None), "x").read_text()
    assert "[gate]" not in text
    assert "time_limit_s" not in text


def test_that_numbers_keep_six_digits(card):
    first = replace(card.findings[0], threshold=0.123456789)
    write_manifest(replace(card, findings=(first, *card.findings[1:])), "x")
    assert read_manifest(Path(card.folder)).findings[0].threshold == 0.123457


def test_that_a_card_that_contradicts_itself_is_not_published(card):
    with pytest.raises(ModelUnavailableError, match="lists no finding"):
        write_manifest(replace(card, findings=()), "x")


def test_that_a_sum_is_that_of_the_bytes(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert file_sha256(tmp_path / "a") == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )
