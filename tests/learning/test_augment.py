import numpy as np
import pytest

from learning.augment import add_frame, add_patches, add_text

STEPS = (add_frame, add_patches, add_text)


def film() -> np.ndarray:
    ramp = np.linspace(0, 255, 256).astype(np.uint8)
    return np.add.outer(ramp // 2, ramp // 2).astype(np.uint8)


@pytest.mark.parametrize("step", STEPS)
def test_that_a_changed_film_keeps_its_size_and_grey_levels(step) -> None:
    changed = step(film(), np.random.default_rng(0))
    assert changed.shape == (256, 256)
    assert changed.dtype == np.uint8


@pytest.mark.parametrize("step", STEPS)
def test_that_the_same_seed_gives_the_same_film(step) -> None:
    first = step(film(), np.random.default_rng([3, 7]))
    again = step(film(), np.random.default_rng([3, 7]))
    other = step(film(), np.random.default_rng([3, 8]))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("step", STEPS)
def test_that_the_film_itself_is_left_as_it_was(step) -> None:
    original = film()
    kept = original.copy()
    for seed in range(20):
        step(original, np.random.default_rng(seed))
    assert np.array_equal(original, kept)


def test_that_a_frame_blackens_borders_now_and_then() -> None:
    white = np.full((128, 128), 200, np.uint8)
    blackened = sum(
        bool((add_frame(white, np.random.default_rng(seed))[0] < 20).all())
        for seed in range(60)
    )
    assert 3 <= blackened <= 57
