import numpy as np
import pytest

from inference.model_outputs import Conformal
from learning.conformal import class_conditional, class_coverage, residual_band


def test_that_present_starts_at_the_second_lowest_of_nineteen() -> None:
    found = np.arange(1, 20) / 20.0  # 0.05 .. 0.95
    absent = np.arange(0, 19) / 40.0  # 0 .. 0.45
    sets = class_conditional(
        np.concatenate([found, absent]), [1] * 19 + [0] * 19, 0.9, minimum=19
    )
    # floor(0.1 * 20) = 2: second lowest with, second highest without.
    assert sets is not None
    assert (sets.present_from, sets.absent_to) == (pytest.approx(0.10), 0.425)
    assert (sets.films, sets.with_finding, sets.coverage) == (38, 19, 0.9)


def test_that_sets_are_withheld_with_nineteen_films_of_one_class() -> None:
    probabilities = np.linspace(0, 1, 59)
    labels = [0] * 40 + [1] * 19
    assert class_conditional(probabilities, labels) is None
    assert class_conditional(np.linspace(0, 1, 60), [0] * 40 + [1] * 20) is not None


def test_that_coverage_is_counted_in_each_class() -> None:
    sets = Conformal(0.3, 0.6, 0.9, 100, 50)
    probabilities = [0.2, 0.5, 0.9, 0.1, 0.7]
    labels = [1, 1, 1, 0, 0]
    # With: 0.5 and 0.9 of three. Without: 0.1 of two. Both hold at 0.5 alone.
    assert class_coverage(probabilities, labels, sets) == (
        pytest.approx(2 / 3),
        0.5,
        pytest.approx(1 / 5),
    )


def test_that_a_film_in_neither_set_cannot_be_told() -> None:
    sets = Conformal(0.7, 0.3, 0.9, 100, 50)
    assert class_coverage([0.5], [1], sets)[2] == 1.0


def test_that_the_rarer_class_is_covered_as_well_on_new_films() -> None:
    rng = np.random.default_rng(0)
    shares = []
    for _ in range(200):
        labels = np.r_[np.zeros(300), np.ones(40)]
        draw = 1 / (1 + np.exp(-rng.normal(labels * 1.5, 1.0)))
        sets = class_conditional(draw, labels)
        assert sets is not None
        new = 1 / (1 + np.exp(-rng.normal(labels * 1.5, 1.0)))
        shares.append(class_coverage(new, labels, sets)[:2])
    with_finding, without = np.mean(shares, axis=0)
    assert 0.89 < with_finding < 0.94
    assert 0.89 < without < 0.92


def test_that_the_band_takes_the_ranks_of_the_residuals() -> None:
    # Residuals -9 .. 9 of 19 films at 80 %: rank floor(0.1 * 20) = 2.
    truth = np.arange(-9, 10, dtype=float)
    assert residual_band(truth, np.zeros(19), 0.8) == (8.0, 8.0)


def test_that_a_band_is_refused_with_too_few_films() -> None:
    with pytest.raises(ValueError, match="too few"):
        residual_band(np.zeros(18), np.zeros(18), 0.9)


def test_that_the_band_covers_new_films_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    covered = []
    for _ in range(200):
        below, above = residual_band(rng.normal(size=80), np.zeros(80), 0.9)
        new = rng.normal(size=200)
        covered.append(float(((new >= -below) & (new <= above)).mean()))
    assert 0.89 < np.mean(covered) < 0.92
