import numpy as np
import pytest

from learning.calibration import (
    MINIMUM_SLOPE,
    fit_platt,
    sensitivity_threshold,
    wilson,
    youden_threshold,
)


def sample(slope: float, intercept: float, n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    logits = rng.normal(0.0, 2.0, n)
    chance = 1.0 / (1.0 + np.exp(-(slope * logits + intercept)))
    return logits, (rng.random(n) < chance).astype(int)


def test_that_platt_scaling_finds_the_slope_and_intercept_behind_the_labels() -> None:
    logits, labels = sample(0.5, -1.0, 4000)
    groups = [str(i) for i in range(4000)]
    found = fit_platt(logits, labels, groups, resamples=40)
    assert found.slope == pytest.approx(0.5, abs=0.06)
    assert found.intercept == pytest.approx(-1.0, abs=0.1)


def test_that_fewer_patients_give_a_wider_interval() -> None:
    logits, labels = sample(1.0, 0.0, 600)
    many = fit_platt(logits, labels, [str(i) for i in range(600)], resamples=60)
    few = fit_platt(logits, labels, [str(i // 20) for i in range(600)], resamples=60)
    small = fit_platt(
        logits[:60], labels[:60], [str(i) for i in range(60)], resamples=60
    )
    assert small.var_slope > 3 * many.var_slope
    assert few.var_slope > 0


def test_that_a_logit_which_says_the_opposite_is_not_turned_round() -> None:
    logits, labels = sample(1.0, 0.0, 300)
    found = fit_platt(-logits, labels, [str(i) for i in range(300)], resamples=10)
    assert found.slope == MINIMUM_SLOPE


def test_that_one_class_alone_cannot_be_calibrated() -> None:
    with pytest.raises(ValueError, match="with and without"):
        fit_platt([0.1, 0.2], [1, 1], ["a", "b"])


def test_that_the_threshold_lies_between_the_classes() -> None:
    # Sensitivity 1 and specificity 1 between 0.4 and 0.6; halfway is 0.5.
    assert youden_threshold([0.1, 0.4, 0.6, 0.9], [0, 0, 1, 1]) == pytest.approx(0.5)


def test_that_wilson_gives_the_interval_of_eight_in_ten() -> None:
    share = wilson(8, 10)
    # Worked by hand: centre 0.7167, half 0.2266 with z = 1.959964.
    assert share.value == 0.8
    assert (share.low, share.high) == (
        pytest.approx(0.4902, abs=1e-4),
        pytest.approx(0.9433, abs=1e-4),
    )
    with pytest.raises(ValueError, match="11 hits"):
        wilson(11, 10)


def test_that_the_threshold_finds_the_share_that_is_asked() -> None:
    probabilities = [0.9, 0.8, 0.7, 0.6, 0.2, 0.65, 0.5, 0.4, 0.3, 0.1]
    labels = [1] * 5 + [0] * 5
    result = sensitivity_threshold(probabilities, labels, 0.8, minimum=5)
    assert result is not None
    threshold, point = result
    # Four of five are found from 0.6 on; the next lower probability is 0.5.
    assert threshold == pytest.approx(0.55)
    assert point.sensitivity.value == 0.8
    assert point.specificity.value == 0.8
    assert (point.films, point.with_finding) == (10, 5)
    assert point.rule == "sensitivity at least 0.80"


def test_that_an_operating_point_is_withheld_with_nineteen_positives() -> None:
    values = [0.5] * 60
    assert sensitivity_threshold(values, [1] * 19 + [0] * 41) is None
    assert sensitivity_threshold(values, [1] * 41 + [0] * 19) is None
    assert sensitivity_threshold(values, [1] * 20 + [0] * 40) is not None
