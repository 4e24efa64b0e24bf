"""A validation -> the site's local calibration: the types, and how it is made."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np

from inference.local_calibration import (
    LocalBin,
    LocalCalibration,
    LocalFinding,
    localised,
)
from inference.logit_digest import logit_digest
from learning.calibration import SENSITIVITY
from learning.finding_scores import FindingScores
from learning.local_fit import fit_finding
from learning.validation import Validation

__all__ = [
    "LocalBin",
    "LocalCalibration",
    "LocalFinding",
    "calibrate_locally",
    "data_fingerprint",
    "localised",
]


def calibrate_locally(
    validation: Validation,
    *,
    site: str,
    validated_by: str,
    validated_on: str,
    sensitivity: float = SENSITIVITY,
) -> LocalCalibration:
    """Return what the films of a validation say of the model at this site.

    Not signed yet: `inference.local_store.LocalStore.write` does that.

    Parameters
    ----------
    validation
        Complete, and of the model as its manifest has it.
    validated_on
        ``YYYY-MM-DD``.
    sensitivity
        What each threshold is chosen for.

    Raises
    ------
    ValueError
        If the validation was cancelled.
    """
    if validation.cancelled:
        raise ValueError("a cancelled validation calibrates nothing")
    card = validation.card
    return LocalCalibration(
        model_id=card.model_id,
        model_version=card.version,
        weights_sha256=card.sha256,
        logit_sha256=logit_digest(card),
        site=site,
        validated_on=validated_on,
        validated_by=validated_by,
        data_fingerprint=data_fingerprint(validation),
        films=len(validation.films),
        refused=sum(1 for film in validation.films if not film.analysed),
        findings=tuple(_fit(item, sensitivity) for item in validation.scores),
    )


def _fit(scores: FindingScores, sensitivity: float) -> LocalFinding:
    found = fit_finding(scores.spec, scores.for_calibration(), sensitivity)
    sources = np.unique(scores.sources)
    if len(sources) < 2:
        return found
    pooled = (
        f"films of {len(sources)} sources were pooled: where the sources differ in"
        " how often they have the finding, the AUROC flatters"
    )
    return replace(found, warning="; ".join(filter(None, (found.warning, pooled))))


def data_fingerprint(validation: Validation) -> str:
    """Return SHA-256 over the sorted SHA-256 sums of the films and labels.csv.

    The same for the same films and labels, whatever the folder's name and the
    order of the files.
    """
    labels = (validation.folder.folder / "labels.csv").read_bytes()
    sums = [film.digest for film in validation.films if film.digest]
    sums.append(hashlib.sha256(labels).hexdigest())
    return hashlib.sha256("\n".join(sorted(sums)).encode("ascii")).hexdigest()
