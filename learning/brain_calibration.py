"""Types of the brain model: calibrated, with thresholds and conformal sets."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.findings import calibrate
from inference.model_card import Calibration, Code, FindingSpec, Measured
from inference.model_outputs import OperatingPoint
from learning.brain_slices import TYPES
from learning.calibration import fit_platt, sensitivity_threshold
from learning.conformal import class_conditional
from learning.evaluation import (
    auroc_interval,
    evaluate_finding,
    proportion_interval,
)

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

MINIMUM_BLOCKS = 9
"""Blocks with a type, and blocks without it, below which neither its threshold's
intervals nor its conformal sets are stated. The block is the unit that is drawn, not
the slice: slices of a patient are alike. At 90 % a set needs 1 / 0.1 - 1 = 9 units
of a class before it can leave one out; a bootstrap of fewer is a guess too."""

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


def enough_blocks(films: TypeFilms) -> bool:
    """Whether a type has `MINIMUM_BLOCKS` blocks with it, and as many without."""
    return min(_blocks(films, 1), _blocks(films, 0)) >= MINIMUM_BLOCKS


def type_spec(kind: str, films: TypeFilms, reference: float) -> FindingSpec:
    """Return the manifest's entry of a type.

    Its operating point and sets are withheld where `enough_blocks` says no; the
    threshold is then chosen all the same, without a promise.

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
    stated = chosen if enough_blocks(films) else None
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
        operating_point=_by_block(stated, calibrated, films) if stated else None,
        conformal=class_conditional(calibrated, films.truth) if stated else None,
    )


def _by_block(
    chosen: tuple[float, OperatingPoint],
    calibrated: NDArray[np.float64],
    films: TypeFilms,
) -> OperatingPoint:
    """Return an operating point with intervals that draw blocks, not slices."""
    threshold, point = chosen
    blocks, positive = films.blocks.tolist(), films.truth == 1
    found = proportion_interval(calibrated >= threshold, positive, blocks)
    absent = proportion_interval(calibrated < threshold, ~positive, blocks)
    assert found is not None  # a threshold was chosen: both classes are there
    assert absent is not None
    return replace(point, sensitivity=Measured(*found), specificity=Measured(*absent))


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Shares of slices of blocks, judged by what the other blocks set.

    None where no block could be judged: the others had too few slices of a class.

    Attributes
    ----------
    slices, blocks
        That could be judged.
    sensitivity, specificity
        At the threshold of the other blocks.
    present, absent
        Slices with and without the type whose conformal set holds the truth.
    """

    slices: int
    blocks: int
    sensitivity: float | None
    specificity: float | None
    present: float | None
    absent: float | None


def left_out(films: TypeFilms) -> LeftOut:
    """Judge each block by the threshold and the sets of all other blocks."""
    count = len(films.truth)
    judged, flagged = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    covered = np.zeros(count, np.bool_)
    for block in np.unique(films.blocks):
        inside = films.blocks == block
        others = films.where(~inside)
        if len(np.unique(others.truth)) < 2:
            continue
        calibration = others.fit(resamples=2)
        known = probabilities(others.logits, calibration)
        chosen = sensitivity_threshold(known, others.truth, SENSITIVITY)
        sets = class_conditional(known, others.truth)
        if chosen is None or sets is None:
            continue
        own = probabilities(films.logits[inside], calibration)
        judged[inside], flagged[inside] = True, own >= chosen[0]
        covered[inside] = np.where(
            films.truth[inside] == 1, own >= sets.present_from, own <= sets.absent_to
        )
    having, without = judged & (films.truth == 1), judged & (films.truth == 0)
    return LeftOut(
        slices=int(judged.sum()),
        blocks=len(np.unique(films.blocks[judged])),
        sensitivity=_share(flagged[having]),
        specificity=_share(~flagged[without]),
        present=_share(covered[having]),
        absent=_share(covered[without]),
    )


def type_facts(films: TypeFilms, spec: FindingSpec) -> dict[str, Any]:
    """Measure a type with probabilities that its block had no part in."""
    return {
        "name": spec.name,
        "cross_fitted": evaluate_finding(
            films.truth, cross_fitted(films), films.blocks.tolist(), spec.threshold
        ),
        "left_out": asdict(left_out(films)),
        "blocks_with": _blocks(films, 1),
        "blocks_without": _blocks(films, 0),
    }


def _blocks(films: TypeFilms, truth: int) -> int:
    return len(np.unique(films.blocks[films.truth == truth]))


def _share(hits: NDArray[np.bool_]) -> float | None:
    return float(hits.mean()) if hits.size else None
