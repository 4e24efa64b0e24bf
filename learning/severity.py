"""Severity of COVID-19 on a film: ridge regression on a few components.

Few films have a score, so the regression sees `COMPONENTS`
principal components of the frozen features, found on films of other patients.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from learning.conformal import residual_band
from learning.films import FilmSet
from learning.heads import Basis, Float64Array, fit_basis
from studies.model import Float32Array

COMPONENTS = 16
PENALTY = 1e-3
FOLDS = 10
SCALES = {"severity_extent": 8.0, "severity_opacity": 6.0, "brixia": 18.0}
"""Greatest value of each severity; the least is 0."""


def severity_basis(features: Float32Array, films: FilmSet) -> Basis:
    """Find the components on training films of patients without any score."""
    scored = ~np.isnan(films.severities).all(axis=1)
    mask = (films.splits == "train") & ~np.isin(films.patients, films.patients[scored])
    return fit_basis(features[mask], films.where(mask), COMPONENTS, rounds=0)


def fit_ridge(
    inputs: Float64Array, truth: Float64Array, penalty: float = PENALTY
) -> tuple[Float64Array, float]:
    """Return weight (inputs,) and bias of truth = inputs @ weight + bias.

    Minimises the mean squared error plus `penalty` times the squared norm.
    """
    centre, level = inputs.mean(axis=0), float(truth.mean())
    own = inputs - centre
    square = own.T @ own / len(own) + penalty * np.eye(own.shape[1])
    weight = np.linalg.solve(square, own.T @ (truth - level) / len(own))
    return weight, level - float(centre @ weight)


@dataclass(frozen=True, slots=True, eq=False)
class OutOfFold:
    """Values of scored films by regressions that saw no film of the patient.

    Arrays of (films,); `folds` numbers the fold, `rows` the film in its set.
    """

    rows: NDArray[np.intp]
    truth: Float64Array
    values: Float64Array
    means: Float64Array
    folds: NDArray[np.intp]
    patients: NDArray[np.str_]

    def errors(self) -> Float64Array:
        """Return the absolute errors."""
        return np.abs(self.values - self.truth)

    def baseline_errors(self) -> Float64Array:
        """Return those of always saying the mean of the other folds."""
        return np.abs(self.means - self.truth)


def cross_validate(
    inputs: Float64Array, films: FilmSet, name: str, folds: int = FOLDS
) -> OutOfFold:
    """Predict each scored film outside the test split without its patient.

    Parameters
    ----------
    inputs : (n, inputs)
        Components of all `films`.
    name
        One of `SCALES`.
    """
    truth_of_all = films.severity(name).astype(np.float64)
    rows = np.flatnonzero(~np.isnan(truth_of_all) & (films.splits != "test"))
    truth, patients = truth_of_all[rows], films.patients[rows]
    values, means = np.zeros(len(rows)), np.zeros(len(rows))
    number = np.zeros(len(rows), np.intp)
    splits = GroupKFold(min(folds, len(np.unique(patients))))
    for fold, (known, asked) in enumerate(splits.split(rows, groups=patients)):
        weight, bias = fit_ridge(inputs[rows[known]], truth[known])
        found = inputs[rows[asked]] @ weight + bias
        values[asked] = np.clip(found, 0.0, SCALES[name])
        means[asked] = truth[known].mean()
        number[asked] = fold
    return OutOfFold(rows, truth, values, means, number, patients)


def band_coverage(found: OutOfFold, coverage: float) -> NDArray[np.bool_]:
    """Tell which films lie in a band that was made without their fold, (films,)."""
    inside = np.zeros(len(found.truth), bool)
    for fold in np.unique(found.folds):
        own = found.folds == fold
        below, above = residual_band(found.truth[~own], found.values[~own], coverage)
        lows, highs = found.values[own] - below, found.values[own] + above
        inside[own] = (lows <= found.truth[own]) & (found.truth[own] <= highs)
    return inside
