"""One film, one model: check, ask the gate, prepare, predict, explain.

Imports torch: runs in the inference process and under `overread analyze`,
never in the window's process.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch

from explain.analysis import Analysis, AnalysisRequest, AnalysisStatus
from explain.input_gate import InputGate, Question, find_gate
from explain.loaded_models import LoadedModels, Loader
from explain.run import Run, gpu_notice
from explain.steps import (
    Asked,
    Begun,
    Opened,
    Predicted,
    concluded,
    failing,
    fit,
)
from explain.transport import (
    PackedAnalysis,
    PackedRequest,
    pack_analysis,
    unpack_request,
)
from inference import device as devices
from inference.classifier import load
from inference.eligibility import exclusion_reasons
from inference.errors import (
    InferenceCancelledError,
    ModelUnavailableError,
)
from inference.jobs import CancelToken
from inference.local_calibration import localised
from inference.local_store import LocalState, default_store, nothing_local
from inference.model_card import ModelCard, read_manifest
from inference.process_child import Report
from inference.registry import check_id
from inference.shared_arrays import Arrays
from studies.grayscale import to_display
from studies.model import Float32Array

_Known: TypeAlias = tuple[ModelCard, LocalState]


class Engine:
    """Analyses films; keeps the last few models loaded.

    `analyse` and `analyse_many` go through all steps in one thread. Their steps
    `open`, `ask`, `fit`, `predict` and `end` are for `explain.stream`, which
    runs a batch's network beside the other steps of the batches around it:
    `ask` and `predict`, and `end` of what `Predicted.needs_network`, always in
    one and the same thread, the others in one other.

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
        known = self._known(request.model_folder)
        opened = self._open(request, known, None, progress, token)
        return self._rest([opened])[0]

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
        return self._rest(self.open(requests, displays))

    def open(
        self,
        requests: Sequence[AnalysisRequest],
        displays: Sequence[Float32Array | None],
    ) -> list[Analysis | Opened]:
        """Do what comes before the input gate, as for `analyse_many`.

        The manifest and the local calibration are read once.
        """
        if not requests:
            return []
        known = self._known(requests[0].model_folder)
        return [
            self._open(request, known, display)
            for request, display in zip(requests, displays, strict=True)
        ]

    def ask(self, films: Sequence[Analysis | Opened]) -> list[Analysis | Asked]:
        """Run the input gate on those films that a model asks it of."""
        opened = [one for one in films if isinstance(one, Opened)]
        asked = [(one, one.question) for one in opened if one.question is not None]
        began = time.perf_counter()
        answers = self._gate.ask([question for _, question in asked])
        for one, _ in asked:
            one.run.share("gate", began, len(asked))
        found = dict(zip((id(one) for one, _ in asked), answers, strict=True))
        return [
            one if isinstance(one, Analysis) else Asked(one, found.get(id(one)))
            for one in films
        ]

    def fit(self, films: Sequence[Analysis | Asked]) -> list[Analysis | Begun]:
        """Refuse what the gate refuses; bring the rest onto the network's grid."""
        return [one if isinstance(one, Analysis) else fit(one) for one in films]

    def predict(self, films: Sequence[Analysis | Begun]) -> list[Analysis | Predicted]:
        """Run the network on all films at once.

        Raises
        ------
        ModelUnavailableError
            If the model is missing, changed or refused.
        """
        waiting = [one for one in films if isinstance(one, Begun)]
        found = {id(one.begun): one for one in self._together(waiting)}
        return [one if isinstance(one, Analysis) else found[id(one)] for one in films]

    def end(self, films: Sequence[Analysis | Predicted]) -> list[Analysis]:
        """Turn the network's outputs into results."""
        return [one if isinstance(one, Analysis) else self._end(one) for one in films]

    def _rest(self, opened: Sequence[Analysis | Opened]) -> list[Analysis]:
        return self.end(self.predict(self.fit(self.ask(opened))))

    def _known(self, folder: str) -> _Known:
        """Read all that the films of one model share."""
        card = read_manifest(Path(folder))
        check_id(card.model_id)
        local = self._local(card)
        return localised(card, local.calibration), local

    def _open(
        self,
        request: AnalysisRequest,
        known: _Known,
        display: Float32Array | None,
        progress: Report | None = None,
        token: CancelToken | None = None,
    ) -> Analysis | Opened:
        card, local = known
        run = Run(request, card, local, progress, token)
        run.report(0.0, "Checking the film")
        reasons = exclusion_reasons(request.image.header, card)
        if reasons:
            return run.ended(AnalysisStatus.INELIGIBLE, reasons=reasons)
        device = self._choose_device(request.device)
        with failing(run, device) as failed:
            began = time.perf_counter()
            run.report(0.05, "Preparing the film")
            if display is None:
                display = to_display(request.image)
            run.clock("preprocess", began)
            return Opened(run, device, display, self._question(run, display))
        return failed[0]

    def _question(self, run: Run, display: Float32Array) -> Question | None:
        """Return what to ask the gate; None for a model that takes any image."""
        if not run.card.inclusion.kind and run.card.input.region == "whole":
            return None
        began = time.perf_counter()
        run.report(0.15, "Asking the input gate")
        question = self._gate.question(run.request.image, display, run.card.model_id)
        run.clock("gate", began)
        return question

    def _together(self, waiting: Sequence[Begun]) -> list[Predicted]:
        """Run the network on all films at once; without outputs if it fails."""
        bare = [Predicted(one) for one in waiting]
        if len(waiting) < 2:
            return bare
        first, began = waiting[0], time.perf_counter()
        try:
            model = self._models.get(first.run.card, first.device)
            films = np.stack([one.prepared.film for one in waiting])
            outputs = model.classifier.run(films)
        except ModelUnavailableError:
            raise
        except Exception:  # noqa: BLE001 - each film alone says what is wrong
            return bare
        for one in waiting:
            one.run.share("predict", began, len(waiting))
        return [
            Predicted(one, model, outputs.of(number))
            for number, one in enumerate(waiting)
        ]

    def _end(self, one: Predicted) -> Analysis:
        run, device = one.begun.run, one.begun.device
        with failing(run, device) as failed:
            if device.type == "cpu":
                return self._conclude(one, device)
            return self._conclude_on_gpu(one, device)
        return failed[0]

    def _conclude_on_gpu(self, one: Predicted, device: torch.device) -> Analysis:
        """Conclude, once more on the CPU if the GPU fails."""
        try:
            return self._conclude(one, device)
        except (InferenceCancelledError, ModelUnavailableError):
            raise
        except Exception as error:  # noqa: BLE001 - told in the notice
            notice = gpu_notice(error)
            self._models.forget(device)
        return self._conclude(Predicted(one.begun), torch.device("cpu"), (notice,))

    def _conclude(
        self, one: Predicted, device: torch.device, notices: tuple[str, ...] = ()
    ) -> Analysis:
        one.begun.run.report(0.25, "Loading the model")
        model = one.model or self._models.get(one.begun.run.card, device)
        return concluded(one.begun, model, device, one.outputs, notices)


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
