import numpy as np
import pytest

from learning.photometric import CHANGES, Change, mixed_chains


def film() -> np.ndarray:
    return np.add.outer(np.arange(64), np.arange(64)).astype(np.uint8)


@pytest.mark.parametrize("change", CHANGES)
def test_that_a_change_keeps_size_and_kind_and_its_input(change: Change) -> None:
    original = film()
    changed = change(original, np.random.default_rng(0))
    assert (changed.shape, changed.dtype) == ((64, 64), np.uint8)
    assert np.array_equal(original, film())


def test_that_mixed_chains_move_a_film_less_than_its_hardest_change_can() -> None:
    moved = [
        np.abs(mixed_chains(film(), np.random.default_rng(s)).astype(float) - film())
        for s in range(20)
    ]
    assert max(m.mean() for m in moved) < 128
    assert np.mean([m.mean() for m in moved]) > 1


def test_that_the_same_seed_mixes_the_same_chains() -> None:
    first = mixed_chains(film(), np.random.default_rng(4))
    assert np.array_equal(first, mixed_chains(film(), np.random.default_rng(4)))
    assert not np.array_equal(first, mixed_chains(film(), np.random.default_rng(5)))
