"""The steps of one analysis that need no engine: fit the film, explain, fail.

Imports torch: never in the window's process.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from explain.analysis import Analysis, AnalysisStatus, local_use
from explain.heatmap import Heatmap
from explain.input_gate import Answer, Question, verdict_of
from explain.loaded_models import Loaded
from explain.maps import heatmaps, needs_network
from explain.outcome import Outcome, distance, read_outputs
from explain.run import Run, reason_of
from explain.trust import gate_check, gate_reason, refusal_checks, trust_checks
from inference import gate
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
class Opened:
    """A film that its header does not exclude; `question` is the gate's, if any."""

    run: Run
    device: torch.device
    display: Float32Array
    question: Question | None


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A film and what the input gate answered; None where it was not asked."""

    opened: Opened
    answer: Answer | None


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


@dataclass(frozen=True, slots=True, eq=False)
class Predicted:
    """An analysis with the network's outputs.

    Without them, because the film came alone or the network failed on several,
    the film still has to be run by itself.
    """

    begun: Begun
    model: Loaded | None = None
    outputs: Outputs | None = None

    @property
    def needs_network(self) -> bool:
        """Whether the rest may run a network, and so belongs in its thread."""
        if self.model is None or self.outputs is None:
            return True
        method = self.begun.run.request.method
        on_gpu = self.begun.device.type != "cpu"  # whose failure is tried again
        return on_gpu or needs_network(self.model.classifier, method)


def fit(one: Asked) -> Analysis | Begun:
    """Refuse what the input gate refuses; bring the rest onto the network's grid."""
    run, device = one.opened.run, one.opened.device
    with failing(run, device) as failed:
        verdict = _verdict(run, one.answer)
        if verdict is not None and verdict.reasons:
            return run.ended(
                AnalysisStatus.OUT_OF_DISTRIBUTION,
                reasons=verdict.reasons,
                trust=refusal_checks(verdict),
                device="cpu",
            )
        return Begun(run, _fitted(run, one.opened.display, verdict), device)
    return failed[0]


def _verdict(run: Run, answer: Answer | None) -> GateVerdict | None:
    if answer is None:
        return None
    return verdict_of(answer, run.card.inclusion.kind, run.card.model_id)


def _fitted(run: Run, display: Float32Array, verdict: GateVerdict | None) -> Prepared:
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


def concluded(
    begun: Begun,
    model: Loaded,
    device: torch.device,
    outputs: Outputs | None,
    notices: tuple[str, ...],
) -> Analysis:
    """Say what the network's outputs mean, and where they come from.

    Parameters
    ----------
    device
        Where it runs; not the one that was begun with once a GPU failed.
    outputs
        None to run the network now.
    """
    run, prepared = begun.run, begun.prepared
    run.report(0.45, "Predicting")
    began = time.perf_counter()
    if outputs is None:
        outputs = model.classifier.run(prepared.film[None])
    header = run.request.image.header
    outcome = read_outputs(outputs, model, run.card, header, prepared.crop)
    away = distance(outputs, model, run.card)
    run.clock("predict", began)
    notices = (*notices, *model.classifier.notices)
    where: dict[str, Any] = {"device": str(device), "notices": notices}
    if away is not None and away > gate.LIMIT:
        return run.ended(
            AnalysisStatus.OUT_OF_DISTRIBUTION,
            reasons=(gate_reason(away),),
            trust=(gate_check(away),),
            **where,
        )
    maps = _explained(run, model, prepared, outputs, outcome)
    run.report(1.0, "Done")
    return run.ended(
        AnalysisStatus.SUCCEEDED,
        findings=outcome.findings,
        severities=outcome.severities,
        segments=outcome.segments,
        heatmaps=maps,
        placement=outcome.placement,
        trust=trust_checks(run.card, away, run.local, prepared.verdict),
        local=local_use(run.local.calibration),
        **where,
    )


def _explained(
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
