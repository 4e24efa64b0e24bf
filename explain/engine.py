"""One film, one model: check, prepare, predict, explain.

Imports torch: runs in the inference process and under `overread analyze`,
never in the window's process.
"""

from __future__ import annotations

import functools
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from explain import cam
from explain.analysis import Analysis, AnalysisRequest, AnalysisStatus, local_use
from explain.heatmap import Heatmap
from explain.identity import identity
from explain.transport import (
    PackedAnalysis,
    PackedRequest,
    pack_analysis,
    unpack_request,
)
from explain.trust import gate_check, gate_reason, trust_checks
from inference import device as devices
from inference import gate
from inference.classifier import Classifier, Outputs, load, load_gate
from inference.eligibility import exclusion_reasons
from inference.errors import (
    InferenceCancelledError,
    InferenceFailedError,
    ModelUnavailableError,
)
from inference.findings import Finding, to_findings
from inference.jobs import CancelToken
from inference.local_calibration import localised
from inference.local_store import LocalState, default_store, nothing_local
from inference.model_card import ModelCard, read_manifest
from inference.preprocess import Placement, prepare
from inference.process_child import Report
from inference.registry import check_id
from inference.shared_arrays import Arrays
from studies.errors import OverreadError
from studies.grayscale import to_display
from studies.model import Float32Array

Loader: TypeAlias = Callable[[ModelCard, torch.device], Classifier]

_KEPT = 4


@dataclass(frozen=True, slots=True, eq=False)
class _Loaded:
    """A model in memory, and its input gate if it has one."""

    classifier: Classifier
    gate: Mapping[str, NDArray[Any]] | None


@dataclass(slots=True)
class _Run:
    """One analysis under way: what was asked, what it took so far."""

    request: AnalysisRequest
    card: ModelCard
    progress: Report | None
    token: CancelToken | None
    local: LocalState
    timing_ms: dict[str, float] = field(
        default_factory=lambda: dict.fromkeys(
            ("read", "preprocess", "predict", "explain"), 0.0
        )
    )

    def report(self, fraction: float, step: str) -> None:
        """Tell of a step, and stop here if the run was cancelled."""
        if self.token is not None:
            self.token.check()
        if self.progress is not None:
            self.progress(fraction, step)

    def clock(self, step: str, began: float) -> None:
        """Add the time since `began` to a step."""
        self.timing_ms[step] += (time.perf_counter() - began) * 1000.0

    def ended(
        self,
        status: AnalysisStatus,
        **more: Any,
    ) -> Analysis:
        """Return the result."""
        header = self.request.image.header
        return Analysis(
            request_id=self.request.request_id,
            sop_instance_uid=header.sop_instance_uid,
            frame=header.frame,
            model=identity(self.card),
            status=status,
            timing_ms=dict(self.timing_ms),
            **more,
        )


class Engine:
    """Analyses films; keeps the last few models loaded. One thread only.

    Parameters
    ----------
    load_model
        Makes a classifier for a card and a device.
    choose_device
        Turns ``"auto"``, ``"cpu"`` or ``"cuda:N"`` into a device.
    local
        Says what this site measured of a model (`inference.local_store`); by
        default nothing is in force but the manifest.
    """

    def __init__(
        self,
        load_model: Loader = load,
        choose_device: Callable[[str], torch.device] = devices.choose,
        local: Callable[[ModelCard], LocalState] = nothing_local,
    ) -> None:
        self._local = local
        self._load_model = load_model
        self._choose_device = choose_device
        self._models: OrderedDict[tuple[str, str, str], _Loaded] = OrderedDict()

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
        inclusion rules (INELIGIBLE), the input gate (OUT_OF_DISTRIBUTION), or
        an error (FAILED). A failure on a GPU is followed by one more try on
        the CPU.

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
        run = _Run(request, card, progress, token, local)
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
                AnalysisStatus.FAILED, reasons=(_reason(error),), device=str(device)
            )

    def _analyse(self, run: _Run, device: torch.device) -> Analysis:
        began = time.perf_counter()
        run.report(0.05, "Preparing the film")
        display = to_display(run.request.image)
        film, crop = prepare(display, run.card.input)
        if not np.isfinite(film).all():
            raise InferenceFailedError(
                run.card.model_id, "the prepared film holds values that are no number"
            )
        run.clock("preprocess", began)
        if device.type == "cpu":
            return self._predict(run, film, crop, device, ())
        try:
            return self._predict(run, film, crop, device, ())
        except (InferenceCancelledError, ModelUnavailableError):
            raise
        except Exception as error:  # noqa: BLE001 - told in the notice
            notice = _gpu_notice(error)
            self._forget(device)
        return self._predict(run, film, crop, torch.device("cpu"), (notice,))

    def _predict(
        self,
        run: _Run,
        film: Float32Array,
        crop: tuple[int, int, int, int],
        device: torch.device,
        notices: tuple[str, ...],
    ) -> Analysis:
        run.report(0.25, "Loading the model")
        model = self._model(run.card, device)
        run.report(0.45, "Predicting")
        began = time.perf_counter()
        outputs = model.classifier.run(film[None])
        findings = _findings(outputs, run.card)
        distance = _distance(outputs, model, run.card)
        run.clock("predict", began)
        ran_on = str(device)
        if distance is not None and distance > gate.LIMIT:
            return run.ended(
                AnalysisStatus.OUT_OF_DISTRIBUTION,
                reasons=(gate_reason(distance),),
                trust=(gate_check(distance),),
                device=ran_on,
                notices=notices,
            )
        run.report(0.70, "Explaining")
        began = time.perf_counter()
        rows, columns = outputs.maps.shape[2:]
        image = run.request.image.header
        placement = Placement(image.rows, image.columns, crop, (rows, columns))
        maps = _heatmaps(run, model.classifier, film, outputs, findings, placement)
        run.clock("explain", began)
        run.report(1.0, "Done")
        return run.ended(
            AnalysisStatus.SUCCEEDED,
            findings=findings,
            heatmaps=maps,
            placement=placement,
            trust=trust_checks(run.card, distance, run.local),
            local=local_use(run.local.calibration),
            device=ran_on,
            notices=notices,
        )

    def _model(self, card: ModelCard, device: torch.device) -> _Loaded:
        key = (str(card.folder), card.sha256, str(device))
        if key not in self._models:
            loaded = _Loaded(self._load_model(card, device), load_gate(card))
            self._models[key] = loaded
            while len(self._models) > _KEPT:
                self._models.popitem(last=False)
        self._models.move_to_end(key)
        return self._models[key]

    def _forget(self, device: torch.device) -> None:
        """Drop the models of a device whose memory is full."""
        for key in [key for key in self._models if key[2] == str(device)]:
            del self._models[key]
        # After a fault of the driver even this may raise; the CPU still works.
        try:
            devices.free_memory(device)
        except RuntimeError:
            return


def _findings(outputs: Outputs, card: ModelCard) -> tuple[Finding, ...]:
    if not np.isfinite(outputs.logits).all():
        raise InferenceFailedError(
            card.model_id, "the network's output holds values that are no number"
        )
    return to_findings([float(logit) for logit in outputs.logits[0]], card)


def _distance(outputs: Outputs, model: _Loaded, card: ModelCard) -> float | None:
    if card.gate is None or model.gate is None:
        return None
    return gate.distance(outputs.features[0], model.gate, card.gate)


def _heatmaps(
    run: _Run,
    classifier: Classifier,
    film: Float32Array,
    outputs: Outputs,
    findings: tuple[Finding, ...],
    placement: Placement,
) -> dict[str, Heatmap]:
    """Explain every label that can be flagged; "no finding" has no place."""
    method, card = run.request.method, run.card
    if not method:
        return {}
    labels = [i for i, spec in enumerate(card.findings) if spec.can_be_flagged]
    maps = cam.saliency(classifier, film, outputs, method, labels)
    return {
        findings[label].key: Heatmap(
            key=findings[label].key,
            values=values,
            reference=_reference(values, card, label, method),
            probability=findings[label].probability,
            placement=placement,
            method=method,
        )
        for label, values in zip(labels, maps, strict=True)
    }


def _reference(values: Float32Array, card: ModelCard, label: int, method: str) -> float:
    """Return the value drawn as 1.0: the finding's, the same for all films.

    A method without a unit has only the map's own peak.
    """
    if method in cam.WITHOUT_UNIT:
        return float(values.max()) or 1.0
    return card.findings[label].heatmap_reference


def _reason(error: Exception) -> str:
    if isinstance(error, InferenceFailedError):
        return error.reason
    if isinstance(error, OverreadError):
        return str(error)
    if isinstance(error, MemoryError) or devices.is_out_of_memory(error):
        return "out of memory"
    return f"{type(error).__name__}: {error}"


def _gpu_notice(error: Exception) -> str:
    if devices.is_out_of_memory(error):
        return "Ran on the CPU: the GPU's memory was exhausted."
    return f"Ran on the CPU: the GPU failed ({type(error).__name__})."


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
