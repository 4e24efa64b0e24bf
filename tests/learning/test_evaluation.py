import math

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from learning.evaluation import (
    _weighted_auroc,
    auroc_interval,
    draw_weights,
    evaluate_finding,
    expected_calibration_error,
    proportion_interval,
    reliability_bins,
)

UNKNOWN = [""] * 4


def test_that_auroc_counts_right_pairs_and_ties_by_half() -> None:
    # Pairs (positive, negative): 2>1, 2=2, 3>1, 3>2: 3.5 of 4.
    interval = auroc_interval([0, 0, 1, 1], [1.0, 2.0, 2.0, 3.0], UNKNOWN)
    assert interval is not None
    assert interval[0] == pytest.approx(0.875)


def test_that_every_draw_of_a_separated_set_has_auroc_one() -> None:
    assert auroc_interval([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9], UNKNOWN) == (1, 1, 1)


def test_that_the_bootstrap_draws_have_the_auroc_of_scikit_learn() -> None:
    generator = np.random.default_rng(7)
    labels = generator.integers(0, 2, 60)
    scores = generator.integers(0, 9, 60).astype(float)  # many ties
    groups = [str(number // 4) for number in range(60)]
    (weights,) = draw_weights(groups, 20, seed=3)
    ours = _weighted_auroc(labels == 1, scores, weights)
    theirs = [roc_auc_score(labels, scores, sample_weight=row) for row in weights]
    assert ours == pytest.approx(theirs)
    assert ours.std() > 0.01


def test_that_films_of_one_patient_are_drawn_together() -> None:
    (weights,) = draw_weights(["a", "a", "b", "", ""], 50, seed=0)
    assert (weights[:, 0] == weights[:, 1]).all()
    assert not (weights[:, 3] == weights[:, 4]).all()
    # Four groups are drawn four times: a, b and the two of unknown patient.
    assert (weights[:, 1:].sum(axis=1) == 4).all()


def test_that_many_films_of_few_patients_widen_the_interval() -> None:
    generator = np.random.default_rng(0)
    base = generator.random(20)
    labels = np.repeat(np.arange(20) % 2, 10)
    scores = np.repeat(base, 10)
    alone = auroc_interval(labels, scores, [""] * 200)
    together = auroc_interval(labels, scores, [str(n // 10) for n in range(200)])
    assert alone is not None
    assert together is not None
    assert together[0] == alone[0]
    assert together[2] - together[1] > 2 * (alone[2] - alone[1])


def test_that_the_same_seed_gives_the_same_interval() -> None:
    labels, scores = [0, 1, 0, 1, 0, 1], [0.1, 0.4, 0.5, 0.6, 0.7, 0.9]
    groups = [""] * 6
    first = auroc_interval(labels, scores, groups, seed=5)
    assert first == auroc_interval(labels, scores, groups, seed=5)


def test_that_one_patient_alone_says_nothing_of_the_spread() -> None:
    assert auroc_interval([0, 1], [0.1, 0.9], ["a", "a"]) == (1.0, 0.0, 1.0)


@pytest.mark.parametrize("label", [0, 1])
def test_that_auroc_without_both_classes_is_none(label: int) -> None:
    assert auroc_interval([label, label], [0.1, 0.2], ["", ""]) is None


def test_that_a_finding_is_measured_as_worked_by_hand() -> None:
    # Flagged at 0.5 and above: 0.5 (positive), 0.8 (positive), 0.6 (negative).
    measured = evaluate_finding(
        [1, 1, 1, 0, 0], [0.5, 0.8, 0.2, 0.6, 0.1], [""] * 5, threshold=0.5
    )
    assert (measured["n_pos"], measured["n_neg"]) == (3, 2)
    assert measured["sensitivity"]["value"] == pytest.approx(2 / 3)
    assert measured["specificity"]["value"] == pytest.approx(1 / 2)
    # Right pairs: 0.5>0.1, 0.8>0.6, 0.8>0.1, 0.2>0.1 of 6.
    assert measured["auroc"]["value"] == pytest.approx(4 / 6)
    # Precision at each recalled positive: 1/1, 2/3, 3/4.
    assert measured["average_precision"] == pytest.approx((1 + 2 / 3 + 3 / 4) / 3)
    # (0.25 + 0.04 + 0.64 + 0.36 + 0.01) / 5.
    assert measured["brier"] == pytest.approx(0.26)
    # Each film alone in its bin: gaps 0.5, 0.2, 0.8, 0.6, 0.1 of 5.
    assert measured["ece"] == pytest.approx(2.2 / 5)
    assert measured["threshold"] == 0.5


def test_that_a_finding_has_exactly_the_fields_of_the_contract() -> None:
    measured = evaluate_finding([0, 1], [0.1, 0.9], ["", ""], 0.5)
    assert list(measured) == [
        "n_pos",
        "n_neg",
        "auroc",
        "average_precision",
        "sensitivity",
        "specificity",
        "ece",
        "brier",
        "threshold",
    ]
    for name in ("auroc", "sensitivity", "specificity"):
        assert list(measured[name]) == ["value", "low", "high"]


def test_that_what_needs_the_absent_class_is_none() -> None:
    only_negative = evaluate_finding([0, 0], [0.1, 0.9], ["", ""], 0.5)
    assert only_negative["auroc"] is None
    assert only_negative["average_precision"] is None
    assert only_negative["sensitivity"] is None
    assert only_negative["specificity"]["value"] == 0.5
    assert only_negative["brier"] == pytest.approx((0.01 + 0.81) / 2)
    only_positive = evaluate_finding([1, 1], [0.1, 0.9], ["", ""], 0.5)
    assert only_positive["specificity"] is None
    assert only_positive["sensitivity"]["value"] == 0.5


def test_that_no_film_gives_no_figure() -> None:
    measured = evaluate_finding([], [], [], 0.5)
    assert (measured["n_pos"], measured["n_neg"]) == (0, 0)
    assert measured["auroc"] is None
    assert measured["ece"] is None
    assert measured["brier"] is None


def test_that_the_interval_of_a_proportion_has_the_binomial_spread() -> None:
    # 60 of 100: standard error sqrt(0.6 * 0.4 / 100) = 0.049, half width 0.096.
    hits = np.arange(100) < 60
    interval = proportion_interval(
        hits, np.ones(100, dtype=bool), [""] * 100, resamples=4000
    )
    assert interval is not None
    value, low, high = interval
    assert value == 0.6
    assert low == pytest.approx(0.504, abs=0.015)
    assert high == pytest.approx(0.696, abs=0.015)


def test_that_the_calibration_error_weighs_bins_by_their_films() -> None:
    # Bin 0.2-0.3: three films at 0.25, one positive: gap 1/3 - 1/4 = 1/12.
    # Bin 0.9-1.0: one film at 1.0, positive: gap 0. Error 3/4 * 1/12 = 1/16.
    error = expected_calibration_error([1, 0, 0, 1], [0.25, 0.25, 0.25, 1.0])
    assert error == pytest.approx(1 / 16)


def test_that_empty_bins_are_left_out_of_the_reliability_diagram() -> None:
    (low, high) = reliability_bins([0, 1, 1], [0.05, 0.95, 1.0])
    assert (low.low, low.high, low.count, low.positive_rate) == (0.0, 0.1, 1, 0.0)
    assert (high.low, high.high, high.count) == (0.9, 1.0, 2)
    assert high.mean_probability == pytest.approx(0.975)


@pytest.mark.parametrize(
    ("labels", "probabilities", "groups", "word"),
    [
        ([0, 1], [0.5], ["", ""], "one of each"),
        ([0, 2], [0.5, 0.5], ["", ""], "neither 0 nor 1"),
        ([0, 1], [0.5, math.nan], ["", ""], "not finite"),
        ([0, 1], [0.5, 1.5], ["", ""], "outside 0 to 1"),
    ],
)
def test_that_malformed_input_is_refused(
    labels: list[int], probabilities: list[float], groups: list[str], word: str
) -> None:
    with pytest.raises(ValueError, match=word):
        evaluate_finding(labels, probabilities, groups, 0.5)
