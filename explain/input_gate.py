"""What kind of image it is, asked once per image however many models follow.

Imports torch (through `explain.loaded_models`).
"""

from __future__ import annotations

import zlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

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

Answer: TypeAlias = Outputs | Exception
"""Of the gate's network on one image, or why there is none."""

_Value = TypeVar("_Value")

_KEPT = 64
_CPU = torch.device("cpu")


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """One image as the gate's network takes it."""

    key: _Key
    film: Float32Array


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
        self._films: OrderedDict[_Key, Float32Array] = OrderedDict()
        self._seen: OrderedDict[_Key, Outputs] = OrderedDict()

    def judge(
        self, image: Image, display: Float32Array, wanted: str, model_id: str
    ) -> GateVerdict:
        """Say whether an image is what a model reads: the three steps in one.

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
        (answer,) = self.ask([self.question(image, display, model_id)])
        return verdict_of(answer, wanted, model_id)

    def question(self, image: Image, display: Float32Array, model_id: str) -> Question:
        """Prepare an image for the gate; no network runs.

        Raises
        ------
        InferenceFailedError
            If the gate is not installed.
        """
        try:
            card = self._card = self._card or self._find()
        except ModelUnavailableError as error:
            raise _missing(error, model_id) from error
        key = _key(image, card)
        if key not in self._films:
            self._films[key], _ = prepare(display, card.input)
        return Question(key, _kept(self._films, key))

    def ask(self, questions: Sequence[Question]) -> list[Answer]:
        """Run the gate's network, on images it has not seen yet all at once.

        One thread only, the one of the networks.
        """
        new = {one.key: one.film for one in questions if one.key not in self._seen}
        fresh = dict(zip(new, self._run(list(new.values())), strict=True))
        answers = [fresh.get(one.key) or self._seen[one.key] for one in questions]
        for key, answer in fresh.items():
            if isinstance(answer, Outputs):
                self._seen[key] = answer
        for one in questions:
            if one.key in self._seen:
                _kept(self._seen, one.key)
        return answers

    def _run(self, films: list[Float32Array]) -> list[Answer]:
        if not films or self._card is None:
            return []
        try:
            model = self._models.get(self._card, _CPU)
            outputs = model.classifier.run(np.stack(films))
        except ModelUnavailableError as error:
            return [error] * len(films)
        except Exception as error:  # noqa: BLE001 - becomes each image's reason
            if len(films) == 1:
                return [error]
            return [answer for film in films for answer in self._run([film])]
        return [outputs.of(number) for number in range(len(films))]


def verdict_of(answer: Answer, wanted: str, model_id: str) -> GateVerdict:
    """Decide on an answer of the gate; parameters and errors as `InputGate.judge`."""
    if isinstance(answer, ModelUnavailableError):
        raise _missing(answer, model_id) from answer
    if isinstance(answer, Exception):
        raise answer
    try:
        return judge(answer.dense, wanted)
    except ValueError as error:
        raise InferenceFailedError(model_id, f"the input gate: {error}") from error


def _missing(error: ModelUnavailableError, model_id: str) -> InferenceFailedError:
    return InferenceFailedError(
        model_id,
        f"the input gate is not available ({error.reason});"
        " no film is analysed without it",
    )


def _kept(kept: OrderedDict[_Key, _Value], key: _Key) -> _Value:
    """Return a value as the last one used; the ones used longest ago go."""
    kept.move_to_end(key)
    while len(kept) > _KEPT:
        kept.popitem(last=False)
    return kept[key]


def _key(image: Image, card: ModelCard) -> _Key:
    """Name an image by UID and content: a UID alone may stand on two files."""
    header = image.header
    content = zlib.crc32(np.ascontiguousarray(image.stored).data)
    return header.sop_instance_uid, header.frame, content, card.sha256
