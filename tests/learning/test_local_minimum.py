from pathlib import Path

import pytest

from learning.local_fit import (
    ISOTONIC_OF_CLASS,
    ISOTONIC_PATIENTS,
    LIMITS_OF_CLASS,
    MINIMUM_OF_CLASS,
    MINIMUM_PATIENTS,
)
from learning.local_minimum import _true_probability, measure

DOC = Path(__file__).parents[2] / "docs" / "local_calibration.md"


def test_that_drawn_sites_are_measured_against_what_is_true() -> None:
    row = measure(200, 60, 0.75, sites=3, isotonic=False, skewed=False)
    assert (row.method, row.films, row.with_finding) == ("platt", 200, 60)
    assert row.covered > 0.5
    assert row.error < 0.1


def test_that_the_true_probability_is_bayes() -> None:
    import numpy as np

    # Halfway between two normals both are as likely: the prevalence remains.
    truth = _true_probability(np.array([0.5]), 1.0, 0.3, False)
    assert truth == pytest.approx([0.3])


def test_that_the_limits_are_those_of_the_document() -> None:
    text = " ".join(DOC.read_text(encoding="utf-8").split())
    for words in (
        f"below {MINIMUM_PATIENTS} patients, or below {MINIMUM_OF_CLASS} of each class",
        f"Below {LIMITS_OF_CLASS} films of each class there is none",
        f"from {ISOTONIC_PATIENTS:,} patients on, {ISOTONIC_OF_CLASS} of each class",
    ):
        assert words in text
