import numpy as np
import pytest

from inference.model_card import InputSpec
from inference.preprocess import normalise, prepare

PLAIN = InputSpec(2, 2, 3, (0.0, 100.0), 0.0, 1.0)


def test_that_a_film_is_averaged_over_areas_onto_the_networks_grid():
    display = np.array(
        [[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 1.0], [0.5] * 4, [0.5] * 4], np.float32
    )
    prepared, crop = prepare(display, PLAIN)
    assert prepared.tolist() == [[0.0, 1.0], [0.5, 0.5]]
    assert crop == (0, 0, 4, 4)


def test_that_the_whole_film_is_kept_whatever_its_aspect():
    prepared, crop = prepare(np.zeros((100, 37), np.float32), PLAIN)
    assert prepared.shape == (2, 2)
    assert crop == (0, 0, 100, 37)


def test_that_percentiles_set_the_grey_scale_and_clip_what_lies_outside():
    # Of 0, 1, 2, 3, 4 the 25th and 75th percentiles are 1 and 3.
    small = np.array([[0.0, 1.0, 2.0, 3.0, 4.0]], np.float32)
    spec = InputSpec(1, 5, 1, (25.0, 75.0), 0.0, 1.0)
    assert normalise(small, spec).tolist() == [[0.0, 0.0, 0.5, 1.0, 1.0]]


def test_that_mean_and_std_are_applied_last():
    small = np.array([[0.0, 1.0]], np.float32)
    spec = InputSpec(1, 2, 1, (0.0, 100.0), 0.5, 0.25)
    assert normalise(small, spec).tolist() == [[-2.0, 2.0]]


def test_that_a_film_of_one_value_stays_finite():
    found = normalise(np.full((2, 2), 0.3, np.float32), PLAIN)
    assert found.tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_that_brightness_and_contrast_of_the_film_do_not_matter():
    rng = np.random.default_rng(0)
    film = rng.random((40, 30)).astype(np.float32)
    spec = InputSpec(8, 8, 3, (1.0, 99.0), 0.5, 0.25)
    first, _ = prepare(film, spec)
    second, _ = prepare(film * np.float32(0.3) + np.float32(0.2), spec)
    assert first == pytest.approx(second, abs=1e-4)
    assert first.dtype == np.float32
