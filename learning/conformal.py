"""Conformal sets for findings and bands for severities: pure functions.

What they promise holds for films drawn like those they were fitted on. Films of
another hospital are not, so the coverage is measured across sources too.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inference.model_outputs import Conformal

COVERAGE = 0.90
MINIMUM_FILMS = 20
"""Films of each class below which no set is stated. Nine would do for the
promise to hold at 90 % (1 / 0.1 - 1); with twenty, the coverage that a site
then meets lies above 0.78 in 95 of 100 draws (5 % quantile of Beta(19, 2)), with
nine above 0.72 (of Beta(9, 1))."""


def class_conditional(
    probabilities: ArrayLike,
    labels: ArrayLike,
    coverage: float = COVERAGE,
    minimum: int = MINIMUM_FILMS,
) -> Conformal | None:
    """Fit the limits of "present" and "absent" so that each class is covered.

    Class by class, because one limit for both would cover the rare class badly
    (Angelopoulos and Bates 2021, section 4.2).

    Parameters
    ----------
    probabilities, labels : (n,)
        Of films that the model was not fitted on.
    coverage
        Share of the films of each class whose set holds the truth.
    minimum
        Films of each class that are asked for.

    Returns
    -------
    The limits, or None where a class has too few films.

    Examples
    --------
    Of 19 films with the finding at 90 %, floor(0.1 * 20) = 2: the set holds
    "present" from the second lowest of their probabilities on.

    References
    ----------
    Vovk, Conditional validity of inductive conformal predictors, 2012.
    """
    p = np.asarray(probabilities, dtype=np.float64)
    positive = np.asarray(labels) == 1
    found, absent = np.sort(p[positive]), np.sort(p[~positive])
    if min(len(found), len(absent)) < minimum:
        return None
    low, high = _rank(len(found), coverage), _rank(len(absent), coverage)
    return Conformal(
        present_from=float(found[low - 1]) if low else 0.0,
        absent_to=float(absent[-high]) if high else 1.0,
        coverage=coverage,
        films=len(p),
        with_finding=len(found),
    )


def _rank(films: int, coverage: float) -> int:
    # 1e-9: 0.1 * 20 must not become 1.9999999999999998.
    return math.floor((1.0 - coverage) * (films + 1) + 1e-9)


def class_coverage(
    probabilities: ArrayLike, labels: ArrayLike, sets: Conformal
) -> tuple[float, float, float]:
    """Measure sets on other films.

    Returns
    -------
    Share of films with the finding whose set holds "present"; share of films
    without it whose set holds "absent"; share of all films with both, "cannot
    tell". NaN where a class is absent.
    """
    p = np.asarray(probabilities, dtype=np.float64)
    positive = np.asarray(labels) == 1
    present, absent = p >= sets.present_from, p <= sets.absent_to
    # A film in neither set is told apart from no class: it cannot be told either.
    unsure = present == absent
    return _mean(present[positive]), _mean(absent[~positive]), _mean(unsure)


def _mean(hits: NDArray[np.bool_]) -> float:
    return float(hits.mean()) if hits.size else float("nan")


def residual_band(
    truth: ArrayLike, predicted: ArrayLike, coverage: float = COVERAGE
) -> tuple[float, float]:
    """Return how far the truth may lie below and above a prediction.

    Half of what is not covered on each side; ranks as in the jackknife+ with
    the (n + 1) correction.

    Parameters
    ----------
    truth, predicted : (n,)
        `predicted` out of fold: by a model that saw no film of the patient.

    Returns
    -------
    (below, above), both at least 0: the band is [value - below, value + above].

    Raises
    ------
    ValueError
        If there are too few films for the coverage: fewer than
        2 / (1 - coverage) - 1.

    References
    ----------
    Barber et al., Predictive inference with the jackknife+, 2021: a width for
    all films stands here instead of one for each (their CV+ would need every
    fold's model in use), so their guarantee is replaced by the measured
    coverage that the card gives.
    """
    over = np.sort(np.asarray(truth, np.float64) - np.asarray(predicted, np.float64))
    rank = math.floor((1.0 - coverage) / 2.0 * (len(over) + 1) + 1e-9)
    if rank < 1:
        raise ValueError(f"{len(over)} films are too few for coverage {coverage}")
    return max(-float(over[rank - 1]), 0.0), max(float(over[-rank]), 0.0)
