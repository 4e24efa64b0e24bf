"""What kind of image it is, asked once per image however many models follow.

Imports torch (through `explain.loaded_models`).
"""

from __future__ import annotations

import zlib
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import torch

from explain.loaded_models import LoadedModels
from inference.classifier import Outputs
from inference.errors import InferenceFailedError, ModelUnavailableError
from inference.film_gate import GateVerdict, judge
from inference.model_card import ModelCard
from inference.preprocess import prepare
from inference.registry import default_registry
from studies.model import Float32Array, Image

GATE_ID = "input-gate"

_Key: TypeAlias = tuple[str, int, int, str]

_KEPT = 64
_CPU = torch.device("cpu")


def find_gate() -> ModelCard:
    """Return the input gate that is installed.

    Raises
    ------
    ModelUnavailableError
        If there is none.
    """
    return default_registry().card(GATE_ID)


class InputGate:
    """Runs the gate on the CPU: it takes milliseconds and must not wait for a GPU.

    Parameters
    ----------
    find
        Returns the gate's manifest; asked until it is found.
    """

    def __init__(
        self, models: LoadedModels, find: Callable[[], ModelCard] = find_gate
    ) -> None:
        self._models = models
        self._find = find
        self._card: ModelCard | None = None
        self._seen: OrderedDict[_Key, Outputs] = OrderedDict()

    def judge(
        self, image: Image, display: Float32Array, wanted: str, model_id: str
    ) -> GateVerdict:
        """Say whether an image is what a model reads.

        Parameters
        ----------
        display : (rows, columns)
            Display values of the image.
        wanted
            ``InclusionRules.kind`` of the model; "" asks for the lungs alone.
        model_id
            Of the model that asks.

        Raises
        ------
        InferenceFailedError
            If the gate is missing, changed, or gives values that are no number:
            the model must not run without it.
        """
        try:
            return judge(self._look(image, display).dense, wanted)
        except ModelUnavailableError as error:
            raise InferenceFailedError(
                model_id,
                f"the input gate is not available ({error.reason});"
                " no film is analysed without it",
            ) from error
        except ValueError as error:
            raise InferenceFailedError(model_id, f"the input gate: {error}") from error

    def _look(self, image: Image, display: Float32Array) -> Outputs:
        if self._card is None:
            self._card = self._find()
        key = _key(image, self._card)
        if key not in self._seen:
            model = self._models.get(self._card, _CPU)
            film, _ = prepare(display, self._card.input)
            self._seen[key] = model.classifier.run(film[None])
            while len(self._seen) > _KEPT:
                self._seen.popitem(last=False)
        self._seen.move_to_end(key)
        return self._seen[key]


def _key(image: Image, card: ModelCard) -> _Key:
    """Name an image by UID and content: a UID alone may stand on two files."""
    header = image.header
    content = zlib.crc32(np.ascontiguousarray(image.stored).data)
    return header.sop_instance_uid, header.frame, content, card.sha256
