import numpy as np
import pytest

from learning.style import match_histogram, match_spectrum, restyle


def checkers(side: int, low: int, high: int) -> np.ndarray:
    grid = np.indices((side, side)).sum(axis=0) % 2
    return np.where(grid == 0, low, high).astype(np.uint8)


def test_that_a_film_takes_the_grey_values_of_the_other() -> None:
    film = np.array([[0, 0], [100, 100]], np.uint8)
    other = np.array([[50, 50], [250, 250]], np.uint8)
    # Half of both films is dark: 0 becomes 50, 100 becomes 250.
    assert match_histogram(film, other, 1.0).tolist() == [[50, 50], [250, 250]]
    # Half way: (0 + 50) / 2 and (100 + 250) / 2.
    assert match_histogram(film, other, 0.5).tolist() == [[25, 25], [175, 175]]


def test_that_a_sharp_film_becomes_soft_like_the_other() -> None:
    rng = np.random.default_rng(0)
    sharp = rng.integers(0, 256, (32, 32)).astype(np.uint8)
    flat = np.full((32, 32), 128, np.uint8)
    soft = match_spectrum(sharp, flat, 1.0)
    assert soft.std() < 0.5 * sharp.std()
    assert soft.mean() == pytest.approx(sharp.mean(), abs=1.5)


def test_that_a_film_matched_to_itself_stays() -> None:
    film = checkers(16, 40, 200)
    assert np.array_equal(match_spectrum(film, film, 1.0), film)
    assert np.array_equal(match_histogram(film, film, 1.0), film)


def test_that_the_same_seed_gives_the_same_look() -> None:
    rng = np.random.default_rng(3)
    film, other = rng.integers(0, 256, (2, 24, 24)).astype(np.uint8)
    first = restyle(film, other, np.random.default_rng(5))
    second = restyle(film, other, np.random.default_rng(5))
    assert np.array_equal(first, second)
