"""The steps of one analysis that need no engine: fit the film, explain, fail.

Imports torch: never in the window's process.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch

from explain.analysis import Analysis, AnalysisStatus
from explain.heatmap import Heatmap
from explain.loaded_models import Loaded
from explain.maps import heatmaps
from explain.outcome import Outcome
from explain.run import Run, reason_of
from inference.classifier import Outputs
from inference.errors import (
    InferenceCancelledError,
    InferenceFailedError,
    ModelUnavailableError,
)
from inference.film_gate import GateVerdict
from inference.preprocess import Crop, prepare
from studies.model import Float32Array


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A film as the network takes it, and what the input gate said of it."""

    film: Float32Array
    crop: Crop
    verdict: GateVerdict | None


@dataclass(frozen=True, slots=True, eq=False)
class Begun:
    """An analysis whose film waits for the network."""

    run: Run
    prepared: Prepared
    device: torch.device


def fitted(run: Run, display: Float32Array, verdict: GateVerdict | None) -> Prepared:
    """Cut and fit a film to the network's grid.

    Raises
    ------
    InferenceFailedError
        If the film has no lungs where they are needed, or no numbers.
    """
    began = time.perf_counter()
    lungs = None if verdict is None else verdict.lung_box
    try:
        film, crop = prepare(display, run.card.input, lungs)
    except ValueError as error:
        raise InferenceFailedError(run.card.model_id, str(error)) from error
    if not np.isfinite(film).all():
        raise InferenceFailedError(
            run.card.model_id, "the prepared film holds values that are no number"
        )
    run.clock("preprocess", began)
    return Prepared(film, crop, verdict)


@contextmanager
def failing(run: Run, device: torch.device) -> Iterator[list[Analysis]]:
    """Make an analysis that failed, as the list's one element, of any error."""
    failed: list[Analysis] = []
    try:
        yield failed
    except (InferenceCancelledError, ModelUnavailableError):
        raise
    # A model may raise anything; the film stays on the screen.
    except Exception as error:  # noqa: BLE001 - becomes the analysis's reason
        reasons = (reason_of(error),)
        failed.append(
            run.ended(AnalysisStatus.FAILED, reasons=reasons, device=str(device))
        )


def explained(
    run: Run, model: Loaded, prepared: Prepared, outputs: Outputs, outcome: Outcome
) -> dict[str, Heatmap]:
    """Return the heatmaps of one film by finding key."""
    run.report(0.70, "Explaining")
    began = time.perf_counter()
    maps = {}
    if outcome.placement is not None:
        maps = heatmaps(
            model.classifier,
            prepared.film,
            outputs,
            outcome.findings,
            outcome.placement,
            run.request.method,
        )
    run.clock("explain", began)
    return maps
