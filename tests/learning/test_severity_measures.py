import numpy as np
import pytest

from learning.severity_measures import (
    SeverityFilms,
    correlation_interval,
    evaluate_severity,
    mean_of_others,
)


def _films(truth: list[float], values: list[float], groups: list[str]) -> SeverityFilms:
    value = np.array(values)
    return SeverityFilms(
        np.array(truth),
        value,
        value - 1.0,
        value + 1.0,
        np.array(["s"] * len(truth)),
        np.array(groups),
    )


def test_that_the_baseline_says_the_mean_of_the_other_patients() -> None:
    # a has 0 and 2, b has 4: for a the others' mean is 4, for b it is 1.
    others = mean_of_others(np.array([0.0, 2.0, 4.0]), ["a", "a", "b"])
    assert others.tolist() == [4.0, 4.0, 1.0]


def test_that_error_baseline_coverage_and_band_are_measured() -> None:
    measured = evaluate_severity(
        _films([0.0, 2.0, 4.0, 6.0], [0.5, 2.0, 2.0, 6.5], ["a", "b", "c", "d"])
    )
    assert measured["n"] == 4
    # Errors 0.5, 0, 2, 0.5.
    assert measured["mae"]["value"] == pytest.approx(0.75)
    # The others' means are 4, 10/3, 8/3, 2: errors 4, 4/3, 4/3, 4.
    assert measured["baseline_mae"]["value"] == pytest.approx(8 / 3)
    assert measured["coverage"]["value"] == pytest.approx(0.75)
    assert measured["band"] == 2.0
    assert measured["mae"]["low"] <= 0.75 <= measured["mae"]["high"]


def test_that_films_in_order_correlate() -> None:
    truth = np.array([0.0, 1.0, 2.0, 3.0])
    value, low, high = correlation_interval(truth, 2 * truth + 1, [""] * 4) or (0, 0, 0)
    assert (value, low, high) == pytest.approx((1.0, 1.0, 1.0))


def test_that_values_without_spread_have_no_correlation() -> None:
    truth = np.array([0.0, 1.0])
    assert correlation_interval(truth, np.ones(2), ["", ""]) is None


def test_that_one_patient_has_no_baseline() -> None:
    measured = evaluate_severity(_films([1.0, 2.0], [1.0, 1.0], ["a", "a"]))
    assert measured["baseline_mae"] is None
    assert measured["mae"] == {"value": 0.5, "low": 0.0, "high": 1.0}


def test_that_no_film_gives_no_figure() -> None:
    measured = evaluate_severity(_films([], [], []))
    assert measured.pop("n") == 0
    assert set(measured.values()) == {None}
