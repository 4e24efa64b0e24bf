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
SEGMENT = """
[[segments]]
key = "opacity"
name = "Opacity"
code = { scheme = "DCM", value = "112001", meaning = "Opacity" }
threshold = 0.5
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
        (SEVERITY.replace("= 8.0", "= inf"), "the scale of extent has no end"),
        (SEVERITY.replace("= 0.9", "= 9"), "coverage of extent is not between 0"),
        (BOXES.replace("0.4", "0.0"), "threshold of the boxes of pneumonia is 0.0"),
        (BOXES.replace("0.4", "1.0"), "threshold of the boxes of pneumonia is 1.0"),
        (BOXES + "peak_share = 1.0\n", "peak_share of pneumonia is 1.0"),
        (BOXES + "maximum = 0\n", "maximum of the boxes of pneumonia is 0"),
        (SEGMENT.replace("0.5", "0.0"), "threshold of opacity is 0.0"),
        (SEGMENT.replace("0.5", "1.0"), "threshold of opacity is 1.0"),
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
        (
            "[input]",
            'output = "operating-point"\noperating_points = [0.1, 0.2, 0.3, 1.0]\n'
            "[input]",
            "operating_points must lie between 0 and 1",
        ),
        ("percentiles = [1.0, 99.0]", "percentiles = [99.0, 1.0]", "must rise"),
        ("percentiles = [1.0, 99.0]", "percentiles = [1.0, 101.0]", "must rise"),
        ("mean = 0.5", "mean = nan", "input holds values that are no number"),
        (
            "channels = 3",
            "channels = 3\nchannel_mean = [0.5, 0.5, 0.5]\n"
            "channel_std = [0.2, 0.2, 0.0]",
            "channel_std must be above 0",
        ),
        ("scale = 1000000.0", "scale = 0.0", "scale of the gate must be above 0"),
        ("var_slope = 0.01", "var_slope = -0.01", "a variance below 0"),
        (
            "intercept = 0.0,",
            "curve = [{ logit = 0.0, probability = -0.5, low = 0.0, high = 1.7 }],",
            "leaves 0 <= low <= probability <= high <= 1",
        ),
        (
            "intercept = 0.0,",
            "curve = [{ logit = 0.0, probability = 0.5, low = 0.6, high = 0.7 }],",
            "leaves 0 <= low <= probability <= high <= 1",
        ),
        (
            "threshold = 0.5",
            "threshold = 0.5\nconformal = { present_from = nan, absent_to = 0.5,"
            " coverage = 0.9, films = 1, with_finding = 1 }",
            "conformal limits of covid are not within 0 to 1",
        ),
        (
            "threshold = 0.5",
            "threshold = 0.5\nconformal = { present_from = 0.2, absent_to = 0.5,"
            " coverage = 9.0, films = 1, with_finding = 1 }",
            "conformal coverage of covid is not between 0 and 1",
        ),
        ('value = "233604007"', 'value = "840539006"', "share the code SCT 840539006"),
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
