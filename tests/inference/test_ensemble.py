import numpy as np
import pytest

from inference.ensemble import member_logits, spreads

# Two labels; on features (1, 2) the first says 1, 2, 3 and the second always 5.
HEADS = {
    "weight": np.array([[[1, 0], [0, 2]], [[0, 1], [1, 2]], [[1, 1], [1, 1]]]),
    "bias": np.array([[0.0, 1.0], [0.0, 0.0], [0.0, 2.0]]),
}
FEATURES = np.array([1.0, 2.0], np.float32)


def test_that_each_member_gives_its_own_logits():
    assert member_logits(FEATURES, HEADS).tolist() == [[1, 5], [2, 5], [3, 5]]


def test_that_the_spread_is_the_standard_deviation_among_members():
    # Of 1, 2, 3 with two degrees of freedom: 1.
    assert spreads(FEATURES, HEADS) == (1.0, 0.0)


def test_that_one_member_has_no_spread():
    one = {"weight": np.ones((1, 2, 2)), "bias": np.zeros((1, 2))}
    assert spreads(FEATURES, one) == (0.0, 0.0)


def test_that_heads_of_another_network_are_refused():
    with pytest.raises(ValueError, match="do not fit"):
        spreads(np.ones(3, np.float32), HEADS)
