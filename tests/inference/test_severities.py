from dataclasses import replace

import pytest

from inference.model_card import Code, SeveritySpec, read_manifest
from inference.severities import to_severities

EXTENT = SeveritySpec(
    key="extent",
    name="Geographic extent",
    column="severity_extent",
    code=Code("99OVR", "S01", "Geographic extent of opacity"),
    minimum=0.0,
    maximum=8.0,
    below=1.5,
    above=2.0,
    coverage=0.9,
    films=200,
)


@pytest.fixture
def card(model_folder):
    return replace(read_manifest(model_folder), severities=(EXTENT,))


def test_that_a_severity_has_its_error_band(card):
    (found,) = to_severities([4.0], card)
    assert found.value == 4.0
    assert found.interval == (2.5, 6.0)
    assert (found.minimum, found.maximum, found.coverage) == (0.0, 8.0, 0.9)
    assert found.name == "Geographic extent"


@pytest.mark.parametrize(
    ("output", "value", "interval"),
    [(-1.0, 0.0, (0.0, 1.0)), (9.0, 8.0, (7.5, 8.0)), (7.0, 7.0, (5.5, 8.0))],
)
def test_that_value_and_band_stay_on_the_scale(card, output, value, interval):
    (found,) = to_severities([output], card)
    assert (found.value, found.interval) == (value, interval)


def test_that_a_value_that_is_no_number_is_refused(card):
    with pytest.raises(ValueError, match="value of extent is nan"):
        to_severities([float("nan")], card)


def test_that_another_number_of_values_is_refused(card):
    with pytest.raises(ValueError, match="2 values for 1 severities"):
        to_severities([1.0, 2.0], card)
