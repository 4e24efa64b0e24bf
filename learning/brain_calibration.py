"""Types of the brain model: calibrated, with thresholds and conformal sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.findings import calibrate
from inference.model_card import Calibration, Code, FindingSpec, Measured
from learning.brain_slices import TYPES
from learning.calibration import fit_platt, sensitivity_threshold
from learning.conformal import class_conditional
from learning.evaluation import auroc_interval, evaluate_finding

OUTPUTS = {
    "glioma": ("Glioma", Code("SCT", "393564001", "Glioma")),
    "meningioma": (
        "Meningioma",
        Code("SCT", "302820008", "Intracranial meningioma"),
    ),
    "pituitary": (
        "Pituitary tumour",
        Code("SCT", "127024001", "Neoplasm of pituitary gland"),
    ),
}
"""Name and code by type. SNOMED CT, International Edition."""

SENSITIVITY = 0.95
"""Share of a type's slices that its threshold finds: where three types are nearly
told apart, the usual 0.80 would call one in five "none" for nothing."""

RESAMPLES = 200
"""Draws of blocks for the interval of a calibration."""

NOTE = (
    "Among slices that hold one of three tumours; it says nothing on a slice that"
    " holds none, or another. Measured on blocks of one collection."
)


@dataclass(frozen=True, slots=True, eq=False)
class TypeFilms:
    """Slices of unseen blocks for one type, (n,) each: logits, truth, blocks."""

    logits: NDArray[np.float64]
    truth: NDArray[np.int64]
    blocks: NDArray[np.str_]

    def where(self, mask: NDArray[np.bool_]) -> TypeFilms:
        """Return the slices at which `mask` is true."""
        return TypeFilms(self.logits[mask], self.truth[mask], self.blocks[mask])

    def fit(self, resamples: int | None = None) -> Calibration:
        """Fit Platt scaling; its interval by drawing whole blocks."""
        return fit_platt(
            self.logits,
            self.truth,
            self.blocks.tolist(),
            resamples=resamples or RESAMPLES,
        )


def probabilities(
    logits: NDArray[np.float64], calibration: Calibration
) -> NDArray[np.float64]:
    """Calibrate many logits, (n,)."""
    name, code = OUTPUTS[TYPES[0]]
    bare = FindingSpec("", name, "", code, 0.5, calibration, 1.0)
    return np.array([calibrate(float(logit), bare)[0] for logit in logits])


def cross_fitted(films: TypeFilms) -> NDArray[np.float64]:
    """Calibrate each block by all other blocks, (n,).

    What the calibration is worth on slices that it was not fitted on.
    """
    result = np.full(len(films.logits), np.nan)
    for block in np.unique(films.blocks):
        inside = films.blocks == block
        # Two resamples: the interval is not asked for.
        calibration = films.where(~inside).fit(resamples=2)
        result[inside] = probabilities(films.logits[inside], calibration)
    return result


def type_spec(kind: str, films: TypeFilms, reference: float) -> FindingSpec:
    """Return the manifest's entry of a type.

    Parameters
    ----------
    films
        Slices of blocks that the network was not trained on.
    reference
        Contribution to the logit that is drawn as 1.0.
    """
    calibration = films.fit()
    calibrated = probabilities(films.logits, calibration)
    chosen = sensitivity_threshold(calibrated, films.truth, SENSITIVITY)
    name, code = OUTPUTS[kind]
    auroc = auroc_interval(films.truth, films.logits, films.blocks.tolist())
    return FindingSpec(
        key=kind,
        name=name,
        column=f"diagnosis={kind}",
        code=code,
        threshold=0.5 if chosen is None else round(chosen[0], 4),
        calibration=calibration,
        heatmap_reference=round(reference, 4),
        random_split_auroc=None if auroc is None else Measured(*auroc),
        note=NOTE,
        operating_point=None if chosen is None else chosen[1],
        conformal=class_conditional(calibrated, films.truth),
    )


def type_facts(films: TypeFilms, spec: FindingSpec) -> dict[str, Any]:
    """Measure a type with probabilities that its block had no part in."""
    return {
        "name": spec.name,
        "cross_fitted": evaluate_finding(
            films.truth, cross_fitted(films), films.blocks.tolist(), spec.threshold
        ),
        "blocks_with": len(np.unique(films.blocks[films.truth == 1])),
    }
