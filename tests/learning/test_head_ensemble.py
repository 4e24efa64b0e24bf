import numpy as np

from learning.films import LABELS
from learning.head_ensemble import keep, mean_heads, spread_of
from learning.heads import Heads


def heads(value: float) -> Heads:
    return Heads(np.full((len(LABELS), 2), value), np.full(len(LABELS), value))


def test_that_the_networks_head_is_the_members_mean() -> None:
    features = np.array([[1.0, 2.0]], np.float32)
    members = [heads(1.0), heads(2.0), heads(6.0)]
    # Logits 4, 8 and 24: mean 12.
    assert mean_heads(members).logits(features)[0, 0] == 12.0


def test_that_the_spread_is_that_of_the_members_logits() -> None:
    features = np.array([[1.0, 2.0]], np.float32)
    # Logits 4 and 8: standard deviation with n - 1 is sqrt(8).
    spread = spread_of([heads(1.0), heads(2.0)], features)
    assert np.allclose(spread, np.sqrt(8.0))


def test_that_the_heads_of_some_labels_are_kept_in_order() -> None:
    weight = np.arange(len(LABELS) * 2.0).reshape(len(LABELS), 2)
    kept = keep(Heads(weight, weight[:, 0]), ("pneumonia", "normal"))
    assert kept.weight.tolist() == [[2.0, 3.0], [18.0, 19.0]]
    assert kept.bias.tolist() == [2.0, 18.0]
