"""A local validation as a job for a process of its own: films in, figures out."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from inference.errors import InferenceCancelledError
from inference.local_calibration import LocalCalibration, LocalFinding
from inference.model_card import ModelCard, read_manifest

if TYPE_CHECKING:
    from inference.process_child import Report
    from inference.shared_arrays import Arrays
    from learning.validation import Validation

KEPT = "the model's own threshold was kept"


@dataclass(frozen=True, slots=True)
class ValidationJob:
    """All inputs of a validation.

    Attributes
    ----------
    sensitivity
        The share that a threshold must find; None keeps the model's thresholds.
    validated_on
        ``YYYY-MM-DD``.
    """

    model_folder: str
    data_folder: str
    split: str | None
    sensitivity: float | None
    site: str
    validated_by: str
    validated_on: str
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class ValidationOutcome:
    """What came out.

    Attributes
    ----------
    calibration
        Not signed and not in force yet.
    refusals
        Why films were not scored, and how many for each reason.
    problems
        A line for each row, cell or film that was left out.
    """

    calibration: LocalCalibration
    refusals: tuple[tuple[str, int], ...]
    problems: tuple[str, ...]


def handler(
    job: ValidationJob, arrays: Arrays, report: Report
) -> tuple[ValidationOutcome, Arrays]:
    """Serve the validation's process."""
    return run(job, report), {}


def run(job: ValidationJob, report: Report) -> ValidationOutcome:
    """Run a validation to its end.

    Raises
    ------
    OverreadError
        If the model or the labels cannot be used.
    InferenceCancelledError
        If `report` raises it.
    """
    from explain.engine import Engine
    from explain.stream import analyse_all
    from inference.registry import verify
    from learning.labelled_folder import read_labelled_folder
    from learning.scoring import count_refusals
    from learning.targets import targets_of
    from learning.validation import validate

    report(0.0, "Reading the labels")
    card = verify(read_manifest(Path(job.model_folder)))
    with read_labelled_folder(Path(job.data_folder)).of_split(job.split) as folder:
        films = len(folder.items)

        def told(done: int) -> None:
            report(done / films, f"Film {done:,} of {films:,}")

        targets = targets_of(card, folder)
        found = validate(
            card,
            folder,
            job.split,
            targets,
            # Without a local calibration: the model is measured as it came.
            functools.partial(analyse_all, Engine()),
            device=job.device,
            progress=told,
        )
        if found.cancelled:
            raise InferenceCancelledError("cancelled")
        refusals = tuple(count_refusals(found.films).most_common())
        return ValidationOutcome(_calibrated(job, found), refusals, found.problems())


def _calibrated(job: ValidationJob, found: Validation) -> LocalCalibration:
    from learning.calibration import SENSITIVITY
    from learning.local_calibration import calibrate_locally

    made = calibrate_locally(
        found,
        site=job.site,
        validated_by=job.validated_by,
        validated_on=job.validated_on,
        sensitivity=SENSITIVITY if job.sensitivity is None else job.sensitivity,
    )
    return with_own_thresholds(made, found.card) if job.sensitivity is None else made


def with_own_thresholds(made: LocalCalibration, card: ModelCard) -> LocalCalibration:
    """Return a calibration that flags the same films as the model did before."""
    return replace(made, findings=tuple(_with_own(one, card) for one in made.findings))


def _with_own(found: LocalFinding, card: ModelCard) -> LocalFinding:
    from learning.local_fit import carry_over

    if found.calibration is None:
        return found
    spec = card.finding(found.key)
    return replace(
        found,
        threshold=carry_over(spec, found.calibration),
        operating_point=None,
        threshold_withheld=KEPT,
    )
