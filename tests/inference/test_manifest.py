"""The manifest's newer parts: severity, segments, boxes, facts."""

from pathlib import Path

import pytest

from inference.errors import ModelUnavailableError
from inference.manifest import MAXIMUM_BYTES, adapter, read_manifest
from inference.model_facts import ControlFigure

SEVERITY = """
[[severities]]
key = "extent"
name = "Geographic extent"
column = "severity_extent"
code = { scheme = "99OVERREAD", value = "EXTENT", meaning = "Geographic extent" }
minimum = 0.0
maximum = 8.0
below = 1.5
above = 2.0
coverage = 0.9
films = 86
"""
BOXES = """
[[boxes]]
finding = "pneumonia"
threshold = 0.4
"""
FACTS = """
[facts]
intended_use = "To show what such a model claims."
[[facts.training_sources]]
name = "nih"
films = 714
licence = "no restrictions"
"""


@pytest.fixture
def read(model_folder):
    """Read the tiny model's manifest with text added, and text replaced."""

    def with_text(added="", old="", new=""):
        manifest = Path(model_folder) / "manifest.toml"
        text = manifest.read_text()
        assert old in text
        manifest.write_text(text.replace(old, new, 1) + added)
        return read_manifest(model_folder)

    return with_text


def test_that_severities_boxes_and_facts_are_read(read):
    card = read(SEVERITY + BOXES + FACTS)
    assert (card.severities[0].maximum, card.severities[0].films) == (8.0, 86)
    assert card.boxes[0].finding == "pneumonia"
    assert card.facts.training_sources[0].name == "nih"
    assert card.outputs == len(card.findings) + 1


def test_that_a_model_is_a_classifier_of_whole_films_unless_it_says_otherwise(read):
    card = read()
    assert (card.task, card.format, card.output) == (
        "classification",
        "safetensors",
        "logit",
    )
    assert (card.input.fit, card.input.region) == ("stretch", "whole")
    assert card.inclusion.kind == ""


def test_that_every_named_file_has_its_sum(read):
    card = read()
    assert card.gate is not None
    assert card.files == (
        (card.weights, card.sha256),
        (card.gate.tensors, card.gate.sha256),
    )


@pytest.mark.parametrize(
    ("added", "reason"),
    [
        (SEVERITY.replace("8.0", "0.0"), "the scale of extent is empty"),
        (SEVERITY.replace("1.5", "-1.5"), "the error band of extent is not a width"),
        (SEVERITY.replace("1.5", "inf"), "the error band of extent is not a width"),
        (SEVERITY.replace('"extent"', '"covid"'), "two findings share one key"),
        (SEVERITY.replace("films", "filmz"), r"lacks 'severities\.0\.films'"),
        (
            BOXES.replace("pneumonia", "gout"),
            "boxes are of 'gout', which is no finding",
        ),
        (FACTS.replace("714", '"many"'), r"facts\.training_sources\.0\.films"),
    ],
)
def test_that_a_wrong_part_is_refused_with_its_fault(read, added, reason):
    with pytest.raises(ModelUnavailableError, match=reason):
        read(added)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("channels = 3", 'channels = 3\nfit = "squash"', r"input\.fit"),
        ("channels = 3", "channels = 3\nchannel_mean = [0.5]", "one value a channel"),
        ("std = 0.25", "std = 0.0", "std of input must be above 0"),
        ("[input]", 'output = "operating-point"\n[input]', "one value a finding"),
        ("[input]", 'task = "oracle"\n[input]', "wrong value"),
        ("[input]", 'format = "onnx"\n[input]', "only onnx files are loaded"),
    ],
)
def test_that_a_wrong_value_is_refused_with_its_fault(read, old, new, reason):
    with pytest.raises(ModelUnavailableError, match=reason):
        read("", old, new)


def test_that_a_manifest_too_large_to_be_one_is_not_parsed(model_folder):
    manifest = Path(model_folder) / "manifest.toml"
    with manifest.open("ab") as stream:
        stream.truncate(MAXIMUM_BYTES + 1)
    with pytest.raises(ModelUnavailableError, match="is larger than"):
        read_manifest(model_folder)


def test_that_a_nested_bomb_is_refused(model_folder):
    manifest = Path(model_folder) / "manifest.toml"
    manifest.write_text("a = " + "[" * 100_000)
    with pytest.raises(ModelUnavailableError, match="cannot be read"):
        read_manifest(model_folder)


def test_that_a_control_passes_within_its_limit():
    assert ControlFigure("blackout", "Lungs blacked out", 0.58, 0.60).passed
    assert not ControlFigure("blackout", "Lungs blacked out", 0.61, 0.60).passed


def test_that_the_schema_names_every_field():
    schema = adapter().json_schema()
    assert {"findings", "severities", "segments", "facts"} <= schema[
        "properties"
    ].keys()
    assert schema["additionalProperties"] is False
