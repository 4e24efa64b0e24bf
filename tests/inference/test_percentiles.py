"""The percentiles of a film against NumPy's, to the last bit."""

import math

import numpy as np
import pytest

from inference.percentiles import two_percentiles

ENDS = [(1.0, 99.0), (0.0, 100.0), (0.5, 99.9), (2.3, 50.0), (0.001, 99.999)]


def smooth(random):
    return np.cumsum(random.standard_normal((210, 187)), axis=1)


def few_greys(random):
    return random.integers(0, 6, (128, 128)) / 5


def black_border(random):
    film = random.random((224, 224))
    film[:, :60] = 0.0
    return film


def in_order(random):
    """The worst for a sample: its places are not spread over the values."""
    return np.arange(224 * 224).reshape(224, 224)


def of_one_value(random):
    return np.full((100, 90), 0.3)


def striped(random):
    """Every seventeenth value, which the sample sees, is unlike the others."""
    film = random.random(224 * 224)
    film[::17] += 5.0
    return film.reshape(224, 224)


def tiny(random):
    return random.random((8, 8))


@pytest.mark.parametrize(
    "film", [smooth, few_greys, black_border, in_order, of_one_value, striped, tiny]
)
@pytest.mark.parametrize("ends", ENDS)
def test_that_the_percentiles_are_numpys_to_the_last_bit(film, ends):
    for seed in range(5):
        values = film(np.random.default_rng(seed)).astype(np.float32)
        first, last = np.percentile(values, ends)
        assert two_percentiles(values, *ends) == (float(first), float(last))


def test_that_a_value_that_is_no_number_is_told():
    values = np.ones((80, 80), np.float32)
    values[3, 3] = np.nan
    assert all(math.isnan(one) for one in two_percentiles(values, 1.0, 99.0))
