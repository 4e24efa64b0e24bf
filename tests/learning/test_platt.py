import math

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from learning.platt import fit_many


def test_that_two_logits_are_fitted_to_their_drawn_in_rates() -> None:
    # Three of four at logit 1, one of four at -1. Four with and four without:
    # targets 5/6 and 1/6, so the rates are (3 * 5/6 + 1/6) / 4 = 2/3 and 1/3.
    logits = np.array([1.0] * 4 + [-1.0] * 4)
    labels = np.array([1, 1, 1, 0, 1, 0, 0, 0])
    ((slope, intercept),) = fit_many(logits, labels, np.ones((1, 8)))
    assert slope == pytest.approx(math.log(2))
    assert intercept == pytest.approx(0.0, abs=1e-9)


def test_that_a_film_drawn_twice_counts_as_two_films() -> None:
    logits, labels = np.array([2.0, 1.0, 0.0, -1.0]), np.array([1, 0, 1, 0])
    weighted = fit_many(logits, labels, np.array([[2.0, 1.0, 1.0, 1.0]]))
    twice = fit_many(np.append(logits, 2.0), np.append(labels, 1), np.ones((1, 5)))
    assert weighted == pytest.approx(twice)


def test_that_many_films_agree_with_logistic_regression() -> None:
    generator = np.random.default_rng(0)
    labels = (generator.random(4000) < 0.3).astype(np.int64)
    logits = generator.normal(3.0 * labels, 2.0)
    model = LogisticRegression(C=1e6).fit(logits[:, None], labels)
    ((slope, intercept),) = fit_many(logits, labels, np.ones((1, 4000)))
    # Drawing the labels in by one in a thousand moves them a little.
    assert slope == pytest.approx(model.coef_[0, 0], rel=0.02)
    assert intercept == pytest.approx(model.intercept_[0], rel=0.02)


def test_that_films_that_part_without_error_give_no_infinite_slope() -> None:
    logits = np.array([-1.0] * 10 + [1.0] * 10)
    labels = np.array([0] * 10 + [1] * 10)
    ((slope, _),) = fit_many(logits, labels, np.ones((1, 20)))
    # Both rates are 11/12 and 1/12: slope = log(11).
    assert slope == pytest.approx(math.log(11))


def test_that_logits_that_tell_nothing_give_the_base_rate() -> None:
    logits = np.array([0.0, 1.0] * 10)
    labels = np.array([1, 0] * 10)
    ((slope, intercept),) = fit_many(logits, labels, np.ones((1, 20)))
    assert slope == 0.05
    mean = np.mean(1 / (1 + np.exp(-(slope * logits + intercept))))
    assert mean == pytest.approx(0.5)


def test_that_a_draw_without_a_class_is_no_number() -> None:
    fits = fit_many(np.array([0.0, 1.0]), np.array([0, 1]), np.array([[2.0, 0.0]]))
    assert np.isnan(fits).all()
