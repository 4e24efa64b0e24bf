"""How many films a local calibration needs: measured on films drawn at random.

``python -m learning.local_minimum`` prints the table that
``docs/local_calibration.md`` quotes. Logits are drawn from two normal
distributions that are known, so that the true probability, sensitivity and
coverage are known too.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from inference.findings import on_logit
from learning.bootstrap import Float64Array
from learning.calibration import sensitivity_threshold
from learning.conformal import class_conditional
from learning.local_curves import fit_isotonic_local, fit_platt_local

_NORMAL = NormalDist()
_SENSITIVITY = 0.80
_COVERAGE_FLOOR = 0.80
SIZES = (
    (40, 10),
    (50, 20),
    (100, 10),
    (100, 20),
    (100, 30),
    (200, 20),
    (200, 60),
    (500, 100),
    (1000, 200),
    (2000, 400),
)
"""Films of a site, and how many of them are expected to have the finding."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one number of films of each class gives, over many drawn sites.

    Attributes
    ----------
    covered
        Share of (site, film) whose 95 % interval holds the true probability.
    error
        Mean absolute error of the probability.
    sensitivity_covered
        Share of sites whose Wilson interval holds the threshold's true
        sensitivity.
    sensitivity_missed
        Share of sites whose threshold has a true sensitivity below 0.70, 0.80
        being asked.
    conformal_missed
        Share of sites whose 90 % sets truly cover less than 80 % of a class.
    """

    method: str
    films: int
    with_finding: int
    covered: float
    error: float
    sensitivity_covered: float
    sensitivity_missed: float
    conformal_missed: float


def measure(
    films: int,
    with_finding: int,
    auroc: float,
    sites: int,
    isotonic: bool,
    skewed: bool,
) -> Row:
    """Draw `sites` sites of so many films and measure what they would be told.

    Parameters
    ----------
    skewed
        The films without the finding come from two groups, a quarter of them
        far below the others, so that no logistic curve is the true one.
    """
    generator = np.random.default_rng(films * 1000 + with_finding)
    shift = 2**0.5 * _NORMAL.inv_cdf(auroc)
    found = []
    for _ in range(sites):
        labels = _labels(generator, films, with_finding)
        logits = generator.normal(labels * shift, 1.0)
        if skewed:
            logits[labels == 0] -= 4.0 * (
                generator.random(int((labels == 0).sum())) < 0.25
            )
        found.append(
            _site(logits, labels, shift, with_finding / films, isotonic, skewed)
        )
    mean = np.nanmean(np.array(found), axis=0)
    name = "isotonic" if isotonic else "platt"
    return Row(name + (", skewed" if skewed else ""), films, with_finding, *mean)


def _labels(
    generator: np.random.Generator, films: int, with_finding: int
) -> NDArray[np.int64]:
    """Draw labels; `with_finding` is what is expected, not what each site gets."""
    while True:
        labels = (generator.random(films) < with_finding / films).astype(np.int64)
        if 2 <= labels.sum() <= films - 2:
            return labels


def _site(
    logits: Float64Array,
    labels: NDArray[np.int64],
    shift: float,
    prevalence: float,
    isotonic: bool,
    skewed: bool,
) -> tuple[float, float, float, float, float]:
    fit = fit_isotonic_local if isotonic else fit_platt_local
    groups = [""] * len(labels)
    calibration = fit(logits, labels, groups)
    at = np.quantile(logits, np.linspace(0.05, 0.95, 19))
    truth = _true_probability(at, shift, prevalence, skewed)
    said = [on_logit(float(logit), calibration) for logit in at]
    covered = np.mean(
        [low <= t <= high for t, (_, (low, high)) in zip(truth, said, strict=True)]
    )
    error = np.mean([abs(p - t) for t, (p, _) in zip(truth, said, strict=True)])
    return (float(covered), float(error), *_limits(logits, labels, shift))


def _true_probability(
    at: Float64Array, shift: float, prevalence: float, skewed: bool
) -> Float64Array:
    present = prevalence * _density(at - shift)
    absent = _density(at)
    if skewed:
        absent = 0.75 * absent + 0.25 * _density(at + 4.0)
    truth: Float64Array = present / (present + (1 - prevalence) * absent)
    return truth


def _density(x: Float64Array) -> Float64Array:
    density: Float64Array = np.exp(-0.5 * x * x)
    return density


def _limits(
    logits: Float64Array,
    labels: NDArray[np.int64],
    shift: float,
) -> tuple[float, float, float]:
    """Threshold and sets depend on the order of the logits alone."""
    unit = 1 / (1 + np.exp(-logits))
    threshold, point = sensitivity_threshold(unit, labels, _SENSITIVITY, 1) or (0, None)
    assert point is not None
    true = 1 - _NORMAL.cdf(_logit(threshold) - shift)
    sets = class_conditional(unit, labels, minimum=1)
    assert sets is not None
    present = 1 - _NORMAL.cdf(_logit(sets.present_from) - shift)
    held = point.sensitivity.low <= true <= point.sensitivity.high
    return float(held), float(true < 0.70), float(present < _COVERAGE_FLOOR)


def _logit(p: float) -> float:
    p = min(max(p, 1e-12), 1 - 1e-12)
    return float(np.log(p / (1 - p)))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m learning.local_minimum", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--sites", type=int, default=400)
    parser.add_argument("--auroc", type=float, default=0.75)
    options = parser.parse_args(arguments)
    sys.stdout.write(
        "method            films  with  covered  error  sens. covered"
        "  sens. < 0.70  sets < 0.80\n"
    )
    for skewed in (False, True):
        for isotonic in (False, True):
            for films, positives in SIZES:
                row = measure(
                    films, positives, options.auroc, options.sites, isotonic, skewed
                )
                sys.stdout.write(
                    f"{row.method:17s} {row.films:5d} {row.with_finding:5d}"
                    f" {row.covered:8.3f} {row.error:6.3f}"
                    f" {row.sensitivity_covered:14.3f} {row.sensitivity_missed:13.3f}"
                    f" {row.conformal_missed:12.3f}\n"
                )
                sys.stdout.flush()


if __name__ == "__main__":
    main()
