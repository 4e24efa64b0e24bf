import numpy as np
import pytest

from inference.model_card import Measured
from learning.measures import fit_gate, mean_measured, set_gate_scale


def test_that_sources_are_averaged_and_not_pooled() -> None:
    mean = mean_measured([Measured(0.6, 0.5, 0.7), Measured(0.8, 0.7, 0.9)])
    # Half widths 0.1 and 0.1, independent: sqrt(0.01 + 0.01) / 2 = 0.0707.
    assert mean is not None
    assert mean.value == pytest.approx(0.7)
    assert mean.low == pytest.approx(0.7 - 0.0707, abs=1e-4)
    assert mean.high == pytest.approx(0.7 + 0.0707, abs=1e-4)


def test_that_nothing_measured_has_no_mean() -> None:
    assert mean_measured([]) is None


def squared(roots: np.ndarray) -> np.ndarray:
    """Features whose signed square roots are `roots`."""
    return (np.sign(roots) * roots**2).astype(np.float32)


def test_that_the_gate_measures_distance_in_standard_deviations() -> None:
    rng = np.random.default_rng(0)
    gate = fit_gate(squared(rng.normal(0.0, (2.0, 0.5), (4000, 2))), 1.0, (0, 2))
    far = gate.distances(squared(np.array([[4.0, 0.0], [0.0, 1.0]])))
    assert far == pytest.approx([2.0, 2.0], abs=0.12)


def test_that_the_gate_keeps_the_weak_components_it_is_told_to() -> None:
    rng = np.random.default_rng(0)
    gate = fit_gate(squared(rng.normal(0.0, (2.0, 0.5), (4000, 2))), 1.0, (1, 2))
    far = gate.distances(squared(np.array([[8.0, 0.0], [0.0, 1.0]])))
    assert far[0] < 0.5
    assert far[1] == pytest.approx(2.0, abs=0.12)


def test_that_the_gate_refuses_about_two_in_a_hundred_films_of_a_new_source() -> None:
    rng = np.random.default_rng(0)
    features = squared(rng.normal(0.0, 1.0, (3000, 5)))
    sources = np.repeat(["a", "b", "c"], 1000)
    gate, refused = set_gate_scale(features, sources, np.ones(3000, bool), (0, 5))
    assert np.median(list(refused.values())) == pytest.approx(0.02, abs=0.005)
    assert gate.distances(squared(np.full((1, 5), 9.0)))[0] > 1.0
