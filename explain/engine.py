"""One film, one model: check, ask the gate, prepare, predict, explain.

Imports torch: runs in the inference process and under `overread analyze`,
never in the window's process.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from explain.analysis import Analysis, AnalysisRequest, AnalysisStatus, local_use
from explain.input_gate import InputGate, find_gate
from explain.loaded_models import LoadedModels, Loader
from explain.outcome import distance, read_outputs
from explain.run import Run, gpu_notice
from explain.steps import Begun, Prepared, explained, failing, fitted
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
    ModelUnavailableError,
)
from inference.film_gate import GateVerdict
from inference.jobs import CancelToken
from inference.local_calibration import localised
from inference.local_store import LocalState, default_store, nothing_local
from inference.model_card import ModelCard, read_manifest
from inference.process_child import Report
from inference.registry import check_id
from inference.shared_arrays import Arrays
from studies.grayscale import to_display
from studies.model import Float32Array


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
        begun = self._begin(request, None, progress, token)
        return begun if isinstance(begun, Analysis) else self._end(begun, None)

    def analyse_many(
        self,
        requests: Sequence[AnalysisRequest],
        displays: Sequence[Float32Array | None],
    ) -> list[Analysis]:
        """Run one model on several films at once; as `analyse` on each.

        A film that cannot be analysed fails alone: if the network fails on all
        together, it runs on one after the other.

        Parameters
        ----------
        requests
            All of the same model and device.
        displays
            The display values of each film where they are known already.

        Returns
        -------
        In the order of the requests.
        """
        begun = [
            self._begin(request, display)
            for request, display in zip(requests, displays, strict=True)
        ]
        waiting = [one for one in begun if isinstance(one, Begun)]
        found = dict(zip(map(id, waiting), self._together(waiting), strict=True))
        return [
            one if isinstance(one, Analysis) else self._end(one, found[id(one)])
            for one in begun
        ]

    def _begin(
        self,
        request: AnalysisRequest,
        display: Float32Array | None,
        progress: Report | None = None,
        token: CancelToken | None = None,
    ) -> Analysis | Begun:
        """Do all that comes before the network; return why it ends here, if so."""
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
        with failing(run, device) as failed:
            return self._prepare(run, device, display)
        return failed[0]

    def _end(self, begun: Begun, outputs: Outputs | None) -> Analysis:
        """Do the rest, from the network's outputs if they are there."""
        run, prepared, device = begun.run, begun.prepared, begun.device
        with failing(run, device) as failed:
            if device.type == "cpu":
                return self._predict(run, prepared, device, outputs)
            return self._predict_on_gpu(run, prepared, device, outputs)
        return failed[0]

    def _together(self, waiting: Sequence[Begun]) -> list[Outputs] | list[None]:
        """Run the network on all films at once; None for each if it fails."""
        nothing = [None] * len(waiting)
        if len(waiting) < 2:
            return nothing
        first, began = waiting[0], time.perf_counter()
        try:
            model = self._models.get(first.run.card, first.device)
            films = np.stack([one.prepared.film for one in waiting])
            outputs = model.classifier.run(films)
        except ModelUnavailableError:
            raise
        except Exception:  # noqa: BLE001 - each film alone says what is wrong
            return nothing
        each_s = (time.perf_counter() - began) / len(waiting)
        for one in waiting:
            one.run.timing_ms["predict"] += each_s * 1000.0
        return [outputs.of(number) for number in range(len(waiting))]

    def _prepare(
        self, run: Run, device: torch.device, display: Float32Array | None
    ) -> Analysis | Begun:
        began = time.perf_counter()
        run.report(0.05, "Preparing the film")
        if display is None:
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
        return Begun(run, fitted(run, display, verdict), device)

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

    def _predict_on_gpu(
        self,
        run: Run,
        prepared: Prepared,
        device: torch.device,
        outputs: Outputs | None,
    ) -> Analysis:
        """Predict, once more on the CPU if the GPU fails."""
        try:
            return self._predict(run, prepared, device, outputs)
        except (InferenceCancelledError, ModelUnavailableError):
            raise
        except Exception as error:  # noqa: BLE001 - told in the notice
            notice = gpu_notice(error)
            self._models.forget(device)
        return self._predict(run, prepared, torch.device("cpu"), None, (notice,))

    def _predict(
        self,
        run: Run,
        prepared: Prepared,
        device: torch.device,
        outputs: Outputs | None,
        notices: tuple[str, ...] = (),
    ) -> Analysis:
        run.report(0.25, "Loading the model")
        model = self._models.get(run.card, device)
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
        maps = explained(run, model, prepared, outputs, outcome)
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
