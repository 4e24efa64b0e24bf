"""Other makers' numbers become logits; all worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from inference.errors import ModelUnavailableError
from inference.model_card import read_manifest
from inference.raw_outputs import (
    check,
    log_odds,
    split,
    to_logit,
    undo_operating_point,
)


@pytest.fixture
def card(model_folder):
    return read_manifest(model_folder)


def test_that_a_half_is_the_operating_point_again():
    values = np.array([[0.5, 0.25, 0.75, 0.0, 1.0]], np.float32)
    undone = undo_operating_point(values, [0.1] * 5)
    # 2 x 0.1 x 0.25 = 0.05; 1 - 2 x 0.9 x 0.25 = 0.55
    np.testing.assert_allclose(undone, [[0.1, 0.05, 0.55, 0.0, 1.0]], atol=1e-7)


def test_that_a_probability_becomes_its_log_odds():
    logits = to_logit(np.array([[0.5, 0.75, 0.25]], np.float32))
    np.testing.assert_allclose(logits, [[0.0, np.log(3), -np.log(3)]], rtol=1e-6)


def test_that_zero_and_one_give_finite_logits():
    logits = to_logit(np.array([[0.0, 1.0]], np.float32))
    assert np.isfinite(logits).all()
    np.testing.assert_allclose(logits, [[-16.118, 16.118]], atol=1e-3)


def test_that_two_exclusive_classes_are_each_others_negative():
    odds = log_odds(np.array([[1.0, 3.0]], np.float32))
    np.testing.assert_allclose(odds, [[-2.0, 2.0]])


def test_that_three_equal_classes_have_odds_of_one_to_two():
    odds = log_odds(np.zeros((1, 3, 2, 2), np.float32))
    np.testing.assert_allclose(odds, np.full((1, 3, 2, 2), -np.log(2)), rtol=1e-6)


def test_that_one_class_alone_is_not_exclusive():
    with pytest.raises(ValueError, match="at least two"):
        log_odds(np.zeros((1, 1), np.float32))


def test_that_a_dense_output_is_kept_by_its_name(card):
    given = {"logits": np.zeros((2, 4), np.float32), "map": np.ones((2, 1, 3, 3))}
    logits, dense = split(given, card, 2)
    assert logits.shape == (2, 4)
    assert list(dense) == ["map"]


def test_that_a_network_without_a_head_has_no_logits(card):
    logits, dense = split({"mask": np.zeros((1, 1, 4, 4), np.float32)}, card, 1)
    assert logits.shape == (1, 0)
    assert dense["mask"].shape == (1, 1, 4, 4)


def test_that_a_mask_of_probabilities_becomes_logits(card):
    mask = np.full((1, 1, 2, 2), 0.75, np.float32)
    _, dense = split({"mask": mask}, replace(card, output="probability"), 1)
    np.testing.assert_allclose(dense["mask"], np.log(3), rtol=1e-6)


def test_that_another_number_of_outputs_is_refused(card):
    with pytest.raises(ModelUnavailableError, match=r"gives 5 numbers .* names 4"):
        check(np.zeros((1, 5), np.float32), {}, card)
