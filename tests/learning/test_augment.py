import numpy as np

from learning.augment import augment


def film() -> np.ndarray:
    ramp = np.linspace(0, 255, 256).astype(np.uint8)
    return np.add.outer(ramp // 2, ramp // 2).astype(np.uint8)


def test_that_an_augmented_film_has_the_size_of_the_input() -> None:
    changed = augment(film(), 224, np.random.default_rng(0))
    assert changed.shape == (224, 224)
    assert changed.dtype == np.uint8


def test_that_the_same_seed_gives_the_same_film() -> None:
    first = augment(film(), 96, np.random.default_rng([3, 7]))
    again = augment(film(), 96, np.random.default_rng([3, 7]))
    other = augment(film(), 96, np.random.default_rng([3, 8]))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_that_the_film_itself_is_left_as_it_was() -> None:
    original = film()
    kept = original.copy()
    for seed in range(20):
        augment(original, 96, np.random.default_rng(seed))
    assert np.array_equal(original, kept)


def test_that_borders_are_overwritten_now_and_then() -> None:
    white = np.full((128, 128), 200, np.uint8)
    blackened = sum(
        bool((augment(white, 96, np.random.default_rng(seed))[0] < 20).all())
        for seed in range(60)
    )
    assert 3 <= blackened <= 57
