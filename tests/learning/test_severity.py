import numpy as np
import pytest

from learning.films import LABELS, FilmSet
from learning.severity import (
    OutOfFold,
    band_coverage,
    cross_validate,
    fit_ridge,
    severity_basis,
)

NAN = float("nan")


def films(extent: list[float], patients: list[str]) -> FilmSet:
    n = len(extent)
    severities = np.full((n, 3), NAN, np.float32)
    severities[:, 0] = extent
    return FilmSet(
        labels=np.full((n, len(LABELS)), NAN, np.float32),
        severities=severities,
        sources=np.array(["s"] * n),
        patients=np.array(patients),
        splits=np.array(["train"] * n),
        files=np.array([str(i) for i in range(n)]),
        sites=np.array(["s"] * n),
    )


def test_that_the_regression_finds_a_line() -> None:
    inputs = np.array([[0.0], [1.0], [2.0]])
    weight, bias = fit_ridge(inputs, np.array([1.0, 3.0, 5.0]), penalty=0.0)
    assert (float(weight[0]), bias) == (pytest.approx(2.0), pytest.approx(1.0))


def test_that_the_penalty_flattens_the_line_about_its_middle() -> None:
    inputs = np.array([[-1.0], [1.0]])
    # Variance 1, covariance 2: weight 2 / (1 + 1); the mean stays 3.
    weight, bias = fit_ridge(inputs, np.array([1.0, 5.0]), penalty=1.0)
    assert (float(weight[0]), bias) == (pytest.approx(1.0), pytest.approx(3.0))


def test_that_a_film_is_predicted_without_its_patient() -> None:
    # Patient b alone has a score of 8; without b all others say 0.
    names = list("aabbccdd")
    found = cross_validate(
        np.zeros((8, 1)), films([0, 0, 8, 8, 0, 0, 0, 0], names), "severity_extent", 4
    )
    assert found.values[2:4].tolist() == [0.0, 0.0]
    assert found.errors()[2:4].tolist() == [8.0, 8.0]
    for fold in np.unique(found.folds):
        inside = set(found.patients[found.folds == fold])
        assert not inside & set(found.patients[found.folds != fold])


def test_that_values_keep_to_the_scale_and_unscored_films_are_left_out() -> None:
    inputs = np.arange(8.0)[:, None] * 10
    names = [str(i) for i in range(8)]
    found = cross_validate(
        inputs, films([0, 2, 4, NAN, 8, 8, 8, 8], names), "severity_extent", 7
    )
    assert found.rows.tolist() == [0, 1, 2, 4, 5, 6, 7]
    assert found.values.min() >= 0.0
    assert found.values.max() <= 8.0


def test_that_components_come_from_patients_without_a_score() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(40, 20)).astype(np.float32)
    scored = films([1.0] * 20 + [NAN] * 20, [str(i) for i in range(40)])
    basis = severity_basis(features, scored)
    assert np.allclose(basis.mean, features[20:].mean(axis=0), atol=1e-6)
    assert basis.directions.shape == (20, 16)


def test_that_the_band_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    n = 400
    truth = rng.normal(size=n)
    found = OutOfFold(
        np.arange(n),
        truth,
        np.zeros(n),
        np.zeros(n),
        np.arange(n) % 10,
        np.array([str(i) for i in range(n)]),
    )
    assert band_coverage(found, 0.9).mean() == pytest.approx(0.9, abs=0.04)
