"""Labelled films of one site -> what may be said of one finding there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.findings import on_logit
from inference.local_calibration import LocalBin, LocalFinding
from inference.model_facts import Measured
from inference.model_outputs import Calibration, FindingSpec
from learning.bootstrap import Float64Array, group_index
from learning.calibration import SENSITIVITY, sensitivity_threshold, wilson
from learning.conformal import class_conditional
from learning.evaluation import (
    auroc_interval,
    expected_calibration_error,
    reliability_bins,
)
from learning.local_curves import fit_isotonic_local, fit_platt_local, out_of_fold

MINIMUM_PATIENTS = 100
MINIMUM_OF_CLASS = 20
"""Patients in all and of each class below which nothing is calibrated; a film of
unknown patient counts as a patient. ``docs/local_calibration.md`` has the table
that they were read from (`learning.local_minimum`)."""
LIMITS_OF_CLASS = 30
"""Films of each class below which no threshold and no sets are stated: with 30,
the sets truly cover less than 80 % of a class (90 % being meant) at one site in
23, with 20 at one in 14 (P(Beta(28, 3) < 0.8), P(Beta(19, 2) < 0.8))."""
ISOTONIC_PATIENTS = 1000
ISOTONIC_OF_CLASS = 200
"""From so many on a curve of free form may be taken instead of Platt scaling."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelledLogits:
    """One finding on the site's films: arrays of (films,), aligned.

    `labels` are 1 or 0, `groups` patients, "" where unknown.
    """

    logits: Float64Array
    labels: NDArray[np.int64]
    groups: Sequence[str]

    def patients(self, label: int | None = None) -> int:
        """Count patients: all, or those with a film of this label."""
        index = group_index(self.groups)
        inside = slice(None) if label is None else self.labels == label
        return len(np.unique(index[inside]))


def fit_finding(
    spec: FindingSpec, films: LabelledLogits, sensitivity: float = SENSITIVITY
) -> LocalFinding:
    """Measure a finding on local films and calibrate it if they are enough.

    Parameters
    ----------
    spec
        As the manifest has it.
    sensitivity
        What the threshold is chosen for: at least this share found.
    """
    facts = _facts(spec, films)
    reason = too_few(films)
    if reason:
        return LocalFinding(**facts, withheld=reason, **_NOTHING)
    calibration, method, why, held_out = _choose(films)
    probabilities = _apply(films.logits, calibration)
    threshold = sensitivity_threshold(
        probabilities, films.labels, sensitivity, LIMITS_OF_CLASS
    )
    conformal = class_conditional(probabilities, films.labels, minimum=LIMITS_OF_CLASS)
    return LocalFinding(
        **facts,
        withheld="",
        calibration=calibration,
        method=method,
        why=why,
        threshold=threshold[0] if threshold else carry_over(spec, calibration),
        operating_point=threshold[1] if threshold else None,
        threshold_withheld="" if threshold else _few(films),
        conformal=conformal,
        conformal_withheld="" if conformal else _few(films),
        reliability=local_bins(films.labels, held_out),
        ece=expected_calibration_error(films.labels, held_out),
        warning=_warning(facts["auroc"]),
    )


_NOTHING: dict[str, Any] = {
    "calibration": None,
    "method": "",
    "why": "",
    "threshold": None,
    "operating_point": None,
    "threshold_withheld": "",
    "conformal": None,
    "conformal_withheld": "",
    "reliability": (),
    "ece": None,
}


def too_few(films: LabelledLogits) -> str:
    """Say why films are too few to calibrate with; "" if they are enough."""
    total, present, absent = (films.patients(label) for label in (None, 1, 0))
    if total < MINIMUM_PATIENTS:
        return f"{total} patients, needs {MINIMUM_PATIENTS}"
    if present < MINIMUM_OF_CLASS:
        return f"{present} patients with the finding, needs {MINIMUM_OF_CLASS}"
    if absent < MINIMUM_OF_CLASS:
        return f"{absent} patients without the finding, needs {MINIMUM_OF_CLASS}"
    return ""


def _few(films: LabelledLogits) -> str:
    positives = int(films.labels.sum())
    return (
        f"{positives} films with and {len(films.labels) - positives} without the"
        f" finding, needs {LIMITS_OF_CLASS} of each"
    )


def _facts(spec: FindingSpec, films: LabelledLogits) -> dict[str, Any]:
    labels = films.labels
    shipped = _apply(films.logits, spec.calibration)
    auroc = auroc_interval(labels, films.logits, films.groups)
    return {
        "key": spec.key,
        "name": spec.name,
        "column": spec.column,
        "films": len(labels),
        "with_finding": int(labels.sum()),
        "patients": films.patients(),
        "prevalence": wilson(int(labels.sum()), len(labels)) if len(labels) else None,
        "auroc": None if auroc is None else Measured(*auroc),
        "shipped_reliability": local_bins(labels, shipped),
        "shipped_ece": expected_calibration_error(labels, shipped),
    }


def _choose(films: LabelledLogits) -> tuple[Calibration, str, str, Float64Array]:
    """Return the calibration, its name, why it, and probabilities out of fold."""
    given = (films.logits, films.labels, films.groups)
    platt = out_of_fold(*given, isotonic=False)
    fewest = min(films.patients(1), films.patients(0))
    if films.patients() < ISOTONIC_PATIENTS or fewest < ISOTONIC_OF_CLASS:
        why = (
            f"{films.patients()} patients: two parameters; a free curve needs"
            f" {ISOTONIC_PATIENTS}, {ISOTONIC_OF_CLASS} of each class"
        )
        return fit_platt_local(*given), "platt", why, platt
    free = out_of_fold(*given, isotonic=True)
    losses = log_loss(films.labels, platt), log_loss(films.labels, free)
    why = f"log loss on patients left out: Platt {losses[0]:.4f}, curve {losses[1]:.4f}"
    if losses[1] < losses[0]:
        return fit_isotonic_local(*given), "isotonic", why, free
    return fit_platt_local(*given), "platt", why, platt


def log_loss(labels: NDArray[np.int64], probabilities: Float64Array) -> float:
    """Return the mean of -log of what was given to the truth."""
    right = np.where(labels == 1, probabilities, 1.0 - probabilities)
    return float(-np.log(right.clip(1e-12)).mean())


def _warning(auroc: Measured | None) -> str:
    if auroc is None or auroc.low > 0.5:
        return ""
    return (
        f"not shown to do better than chance here: AUROC {auroc.value:.2f},"
        f" {auroc.low:.2f} to {auroc.high:.2f}"
    )


def _apply(logits: Float64Array, calibration: Calibration) -> Float64Array:
    return np.array([on_logit(float(logit), calibration)[0] for logit in logits])


def carry_over(spec: FindingSpec, calibration: Calibration) -> float:
    """Return the manifest's threshold on the local probability.

    The logit at which the manifest's probability reaches its threshold, put
    through the local calibration: the same films are flagged as before.
    """
    low, high = -1e3, 1e3
    for _ in range(100):
        middle = (low + high) / 2
        if on_logit(middle, spec.calibration)[0] < spec.threshold:
            low = middle
        else:
            high = middle
    return min(max(on_logit(high, calibration)[0], 1e-6), 1.0 - 1e-6)


def local_bins(
    labels: NDArray[np.int64], probabilities: Float64Array
) -> tuple[LocalBin, ...]:
    """Return the points of the reliability diagram with Wilson's intervals."""
    result = []
    for item in reliability_bins(labels, probabilities):
        hits = round(item.positive_rate * item.count)
        result.append(
            LocalBin(
                low=item.low,
                high=item.high,
                films=item.count,
                with_finding=hits,
                mean_probability=item.mean_probability,
                rate=wilson(hits, item.count),
            )
        )
    return tuple(result)
