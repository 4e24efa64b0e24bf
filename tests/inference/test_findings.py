import math
from dataclasses import replace

import pytest

from inference.findings import calibrate, conformal_word, sigmoid, to_findings
from inference.model_card import Calibration, read_manifest
from inference.model_outputs import Conformal, CurvePoint


@pytest.fixture
def card(model_folder):
    return read_manifest(model_folder)


def test_that_the_sigmoid_does_not_overflow():
    assert sigmoid(0.0) == 0.5
    assert sigmoid(1000.0) == 1.0
    assert sigmoid(-1000.0) == 0.0
    assert sigmoid(math.log(3)) == pytest.approx(0.75)


def test_that_slope_and_intercept_are_applied_to_the_logit(card):
    spec = replace(card.findings[0], calibration=Calibration(2.0, -1.0))
    # 2 * 0.5 - 1 = 0
    probability, interval = calibrate(0.5, spec)
    assert probability == 0.5
    assert interval == (0.5, 0.5)


def test_that_the_interval_comes_from_the_covariance_of_the_fit(card):
    calibration = Calibration(
        slope=1.0, intercept=0.0, var_slope=0.04, var_intercept=0.01, covariance=-0.005
    )
    spec = replace(card.findings[0], calibration=calibration)
    # Variance at logit 1: 0.04 - 2 * 0.005 + 0.01 = 0.04, its root 0.2.
    probability, (low, high) = calibrate(1.0, spec)
    assert probability == pytest.approx(sigmoid(1.0))
    assert low == pytest.approx(sigmoid(1.0 - 1.96 * 0.2))
    assert high == pytest.approx(sigmoid(1.0 + 1.96 * 0.2))


def test_that_a_covariance_that_rounds_below_zero_gives_no_interval(card):
    spec = replace(card.findings[0], calibration=Calibration(covariance=-1.0))
    assert calibrate(1.0, spec)[1] == (sigmoid(1.0), sigmoid(1.0))


def test_that_a_probability_at_the_threshold_is_flagged(card):
    # The thresholds are 0.5, and sigmoid(0) is 0.5.
    findings = to_findings([0.0, -0.01, 3.0, 3.0], card)
    assert [finding.flagged for finding in findings] == [True, False, True, False]


def test_that_no_finding_is_never_flagged(card):
    normal = to_findings([-5.0, -5.0, -5.0, 9.0], card)[3]
    assert normal.probability > normal.threshold
    assert not normal.flagged


def test_that_each_finding_carries_its_name_code_and_logit(card):
    finding = to_findings([0.0, 1.5, 0.0, 0.0], card)[1]
    assert (finding.key, finding.name) == ("pneumonia", "Pneumonia")
    assert finding.code.value == "233604007"
    assert finding.logit == 1.5


@pytest.mark.parametrize("logit", [math.nan, math.inf, -math.inf])
def test_that_a_logit_that_is_no_number_is_refused(card, logit):
    with pytest.raises(ValueError, match="logit of pneumonia"):
        to_findings([0.0, logit, 0.0, 0.0], card)


def test_that_the_number_of_logits_must_fit(card):
    with pytest.raises(ValueError, match="3 logits for 4 labels"):
        to_findings([0.0] * 3, card)


def test_that_a_curve_gives_the_probability_on_the_line_between_its_points(card):
    curve = (CurvePoint(-1.0, 0.1, 0.0, 0.2), CurvePoint(3.0, 0.9, 0.7, 1.0))
    spec = replace(card.findings[0], calibration=Calibration(curve=curve))
    # A quarter of the way from -1 to 3: 0.1 + 0.25 * 0.8.
    probability, interval = calibrate(0.0, spec)
    assert probability == pytest.approx(0.3)
    assert interval == pytest.approx((0.175, 0.4))
    assert calibrate(-1.0, spec) == (0.1, (0.0, 0.2))


def test_that_beyond_a_curve_its_ends_hold(card):
    curve = (CurvePoint(-1.0, 0.1, 0.0, 0.2), CurvePoint(3.0, 0.9, 0.7, 1.0))
    spec = replace(card.findings[0], calibration=Calibration(curve=curve))
    assert calibrate(-9.0, spec) == (0.1, (0.0, 0.2))
    assert calibrate(9.0, spec) == (0.9, (0.7, 1.0))


def test_that_members_that_disagree_widen_the_interval(card):
    calibration = Calibration(slope=2.0, intercept=0.0, var_intercept=0.09)
    spec = replace(card.findings[0], calibration=calibration)
    # Variance: 0.09 + (2 * 0.2)^2 = 0.25, its root 0.5; the centre is 2 * 0.5.
    probability, (low, high) = calibrate(0.5, spec, spread=0.2)
    assert probability == pytest.approx(sigmoid(1.0))
    assert low == pytest.approx(sigmoid(1.0 - 0.98))
    assert high == pytest.approx(sigmoid(1.0 + 0.98))


def test_that_members_widen_the_interval_of_a_curve_by_looking_up_its_ends(card):
    curve = (CurvePoint(-1.0, 0.2, 0.1, 0.3), CurvePoint(1.0, 0.6, 0.5, 0.7))
    spec = replace(card.findings[0], calibration=Calibration(curve=curve))
    # 1.96 * 0.5 = 0.98 each way of logit 0: the lower line is 0.1 + 0.2 * (x + 1).
    probability, (low, high) = calibrate(0.0, spec, spread=0.5)
    assert probability == pytest.approx(0.4)
    assert low == pytest.approx(0.104)
    assert high == pytest.approx(0.696)


@pytest.mark.parametrize(
    ("probability", "word"),
    [(0.9, "present"), (0.1, "absent"), (0.5, "cannot tell")],
)
def test_that_a_set_of_one_class_tells_which(probability, word):
    # From 0.4 on it may be there, up to 0.6 it may not: both between them.
    assert conformal_word(probability, Conformal(0.4, 0.6, 0.9, 300, 100)) == word


def test_that_an_empty_set_tells_nothing():
    assert conformal_word(0.5, Conformal(0.7, 0.3, 0.9, 300, 100)) == "cannot tell"


def test_that_without_limits_there_is_no_set():
    assert conformal_word(0.5, None) == ""


def test_that_a_number_that_is_no_probability_has_no_interval(card):
    specs = tuple(replace(spec, calibrated=False) for spec in card.findings)
    found = to_findings([0.0] * 4, replace(card, findings=specs))
    assert [finding.calibrated for finding in found] == [False] * 4
    assert [finding.interval for finding in found] == [None] * 4
