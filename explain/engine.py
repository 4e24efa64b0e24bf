"""One film, one model: check, ask the gate, prepare, predict, explain.

Imports torch: runs in the inference process and under `overread analyze`,
never in the window's process.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from explain.analysis import Analysis, AnalysisRequest, AnalysisStatus, local_use
from explain.heatmap import Heatmap
from explain.input_gate import InputGate, find_gate
from explain.loaded_models import Loaded, LoadedModels, Loader
from explain.maps import heatmaps
from explain.outcome import Outcome, distance, read_outputs
from explain.run import Run, gpu_notice, reason_of
from explain.transport import (
    PackedAnalysis,
    PackedRequest,
    pack_analysis,
    unpack_request,
)
from explain.trust import (
    gate_check,
    gate_reason,
    kind_check,
    trust_checks,
)
from inference import device as devices
from inference import gate
from inference.classifier import Outputs, load
from inference.eligibility import exclusion_reasons
from inference.errors import (
    InferenceCancelledError,
    InferenceFailedError,
    ModelUnavailableError,
)
from inference.film_gate import GateVerdict
from inference.jobs import CancelToken
from inference.local_calibration import localised
from inference.local_store import LocalState, default_store, nothing_local
from inference.model_card import ModelCard, read_manifest
from inference.preprocess import Crop, prepare
from inference.process_child import Report
from inference.registry import check_id
from inference.shared_arrays import Arrays
from studies.grayscale import to_display
from studies.model import Float32Array


@dataclass(frozen=True, slots=True, eq=False)
class _Prepared:
    """A film as the network takes it, and what the input gate said of it."""

    film: Float32Array
    crop: Crop
    verdict: GateVerdict | None


class Engine:
    """Analyses films; keeps the last few models loaded. One thread only.

    Parameters
    ----------
    load_model
        Makes a classifier for a card and a device.
    choose_device
        Turns ``"auto"``, ``"cpu"`` or ``"cuda:N"`` into a device.
    find_gate
        Returns the manifest of the input gate.
    local
        Says what this site measured of a model (`inference.local_store`); by
        default nothing is in force but the manifest.
    """

    def __init__(
        self,
        load_model: Loader = load,
        choose_device: Callable[[str], torch.device] = devices.choose,
        find_gate: Callable[[], ModelCard] = find_gate,
        local: Callable[[ModelCard], LocalState] = nothing_local,
    ) -> None:
        self._models = LoadedModels(load_model)
        self._gate = InputGate(self._models, find_gate)
        self._choose_device = choose_device
        self._local = local

    def analyse(
        self,
        request: AnalysisRequest,
        progress: Report | None = None,
        token: CancelToken | None = None,
    ) -> Analysis:
        """Run a model on a film and explain what it says.

        Returns
        -------
        An analysis that succeeded, or says why there is no result: the
        inclusion rules (INELIGIBLE), the input gate or the distance from the
        training films (OUT_OF_DISTRIBUTION), or an error (FAILED). A failure on
        a GPU is followed by one more try on the CPU.

        Raises
        ------
        ModelUnavailableError
            If the model is missing, changed or refused.
        DeviceUnavailableError
            If the device is not here.
        InferenceCancelledError
            If the token was set.
        """
        card = read_manifest(Path(request.model_folder))
        check_id(card.model_id)
        local = self._local(card)
        card = localised(card, local.calibration)
        run = Run(request, card, local, progress, token)
        run.report(0.0, "Checking the film")
        reasons = exclusion_reasons(request.image.header, card)
        if reasons:
            return run.ended(AnalysisStatus.INELIGIBLE, reasons=reasons)
        device = self._choose_device(request.device)
        try:
            return self._analyse(run, device)
        except (InferenceCancelledError, ModelUnavailableError):
            raise
        # A model may raise anything; the film stays on the screen.
        except Exception as error:  # noqa: BLE001 - becomes the analysis's reason
            return run.ended(
                AnalysisStatus.FAILED, reasons=(reason_of(error),), device=str(device)
            )

    def _analyse(self, run: Run, device: torch.device) -> Analysis:
        began = time.perf_counter()
        run.report(0.05, "Preparing the film")
        display = to_display(run.request.image)
        run.clock("preprocess", began)
        verdict = self._judge(run, display)
        if verdict is not None and verdict.reasons:
            return run.ended(
                AnalysisStatus.OUT_OF_DISTRIBUTION,
                reasons=verdict.reasons,
                trust=(kind_check(verdict),),
                device="cpu",
            )
        prepared = self._prepare(run, display, verdict)
        if device.type == "cpu":
            return self._predict(run, prepared, device)
        try:
            return self._predict(run, prepared, device)
        except (InferenceCancelledError, ModelUnavailableError):
            raise
        except Exception as error:  # noqa: BLE001 - told in the notice
            notice = gpu_notice(error)
            self._models.forget(device)
        return self._predict(run, prepared, torch.device("cpu"), (notice,))

    def _judge(self, run: Run, display: Float32Array) -> GateVerdict | None:
        """Ask the input gate; None for a model that asks for no kind of image."""
        wanted = run.card.inclusion.kind
        if not wanted and run.card.input.region == "whole":
            return None
        began = time.perf_counter()
        run.report(0.15, "Asking the input gate")
        verdict = self._gate.judge(
            run.request.image, display, wanted, run.card.model_id
        )
        run.clock("gate", began)
        return verdict

    def _prepare(
        self, run: Run, display: Float32Array, verdict: GateVerdict | None
    ) -> _Prepared:
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
        return _Prepared(film, crop, verdict)

    def _predict(
        self,
        run: Run,
        prepared: _Prepared,
        device: torch.device,
        notices: tuple[str, ...] = (),
    ) -> Analysis:
        run.report(0.25, "Loading the model")
        model = self._models.get(run.card, device)
        run.report(0.45, "Predicting")
        began = time.perf_counter()
        outputs = model.classifier.run(prepared.film[None])
        header = run.request.image.header
        outcome = read_outputs(outputs, model, run.card, header, prepared.crop)
        away = distance(outputs, model, run.card)
        run.clock("predict", began)
        where: dict[str, Any] = {"device": str(device), "notices": notices}
        if away is not None and away > gate.LIMIT:
            return run.ended(
                AnalysisStatus.OUT_OF_DISTRIBUTION,
                reasons=(gate_reason(away),),
                trust=(gate_check(away),),
                **where,
            )
        maps = _explain(run, model, prepared, outputs, outcome)
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


def _explain(
    run: Run, model: Loaded, prepared: _Prepared, outputs: Outputs, outcome: Outcome
) -> dict[str, Heatmap]:
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


@functools.cache
def shared_engine() -> Engine:
    """Return the one engine of this process; its models stay loaded."""
    return Engine(local=default_store().state)


def handler(
    payload: PackedRequest, arrays: Arrays, report: Report
) -> tuple[PackedAnalysis, Arrays]:
    """Serve the inference process."""
    request = unpack_request(payload, arrays)
    return pack_analysis(shared_engine().analyse(request, report))
