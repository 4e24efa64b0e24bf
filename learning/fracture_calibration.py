"""Calibration, threshold and sets of the fracture network."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.model_card import Code, FindingSpec
from inference.model_outputs import Calibration
from learning.calibration import fit_platt, sensitivity_threshold, wilson
from learning.conformal import class_conditional
from learning.fracture_figures import UPPER, FractureRun
from studies.errors import OverreadError

CODE = Code("SCT", "125605004", "Fracture of bone")


def calibrated(run: FractureRun) -> tuple[FindingSpec, dict[str, Any]]:
    """Fit calibration, threshold and sets; return the finding without figures.

    On validation films of the training source alone: they show upper limbs, as
    in use, and both classes. The web collections hold next to no upper limb
    without a fracture, and their other limbs are refused in use.

    Raises
    ------
    OverreadError
        If these films are too few.
    """
    keep = (run.splits == "val") & (run.sources == UPPER) & run.usable
    logits, labels = run.logits[keep], run.fracture[keep]
    if len(np.unique(labels)) < 2:
        raise OverreadError("the validation films are of one class: no calibration")
    calibration = fit_platt(logits, labels, list(run.files[keep]))
    probabilities = to_probability(run.logits, calibration)
    point = sensitivity_threshold(probabilities[keep], labels)
    if point is None:
        raise OverreadError(f"{len(labels)} films are too few for a threshold")
    spec = FindingSpec(
        key="fracture",
        name="Fracture",
        column="fracture",
        code=CODE,
        threshold=point[0],
        calibration=calibration,
        heatmap_reference=1.0,
        note="A plate or a nail may be taken for a fracture, and a healed one too.",
        operating_point=point[1],
        conformal=class_conditional(probabilities[keep], labels),
    )
    test = (run.splits == "test") & (run.sources == UPPER) & run.usable
    return spec, _on_test(probabilities[test], run.fracture[test], point[0])


def to_probability(
    logits: NDArray[np.float64], fitted: Calibration
) -> NDArray[np.float64]:
    """Return calibrated probabilities, in the logits' shape."""
    turned = fitted.slope * logits + fitted.intercept
    return np.asarray(1.0 / (1.0 + np.exp(-turned)), np.float64)


def to_logit(probability: float, fitted: Calibration) -> float:
    """Return the network's logit at which a calibrated probability is reached."""
    own = math.log(probability / (1.0 - probability))
    return (own - fitted.intercept) / fitted.slope


def _on_test(
    p: NDArray[np.float64], labels: NDArray[np.int64], threshold: float
) -> dict[str, Any]:
    hit, absent = p[labels == 1] >= threshold, p[labels == 0] < threshold
    return {
        "sensitivity": wilson(int(hit.sum()), len(hit)),
        "specificity": wilson(int(absent.sum()), len(absent)),
        "brier": float(np.mean((p - labels) ** 2)),
    }
