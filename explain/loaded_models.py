"""The models in memory: the last few used. Imports torch."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from numpy.typing import NDArray

from inference import device as devices
from inference.classifier import Classifier, load, load_ensemble, load_gate
from inference.logit_digest import logit_digest
from inference.model_card import ModelCard

Loader: TypeAlias = Callable[[ModelCard, torch.device], Classifier]

_KEPT = 6


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A model in memory, with the tensors beside its weights if it has them."""

    classifier: Classifier
    gate: Mapping[str, NDArray[Any]] | None
    ensemble: Mapping[str, NDArray[Any]] | None


class LoadedModels:
    """Loads models when first asked for; the least used ones are dropped.

    Parameters
    ----------
    load_model
        Makes a classifier for a card and a device.
    """

    def __init__(self, load_model: Loader = load) -> None:
        self._load_model = load_model
        self._models: OrderedDict[tuple[str, str, str], Loaded] = OrderedDict()

    def get(self, card: ModelCard, device: torch.device) -> Loaded:
        """Return a model, loaded if it was not, or if its manifest changed.

        Raises
        ------
        ModelUnavailableError
            If a file of it is missing or changed, or does not fit the manifest.
        """
        key = (str(card.folder), _made_of(card), str(device))
        if key not in self._models:
            self._models[key] = Loaded(
                self._load_model(card, device), load_gate(card), load_ensemble(card)
            )
            while len(self._models) > _KEPT:
                self._models.popitem(last=False)
        self._models.move_to_end(key)
        return self._models[key]

    def forget(self, device: torch.device) -> None:
        """Drop the models of a device whose memory is full."""
        for key in [key for key in self._models if key[2] == str(device)]:
            del self._models[key]
        # After a fault of the driver even this may raise; the CPU still works.
        try:
            devices.free_memory(device)
        except RuntimeError:
            return


def _made_of(card: ModelCard) -> str:
    """Name all of a manifest that a loaded model depends on.

    Not the findings' thresholds and calibration: these are read from the card
    of the request.
    """
    kept = (card.explain, card.mask_output, card.map_output, card.segments, card.boxes)
    drawn = [(spec.heatmap_reference, spec.can_be_flagged) for spec in card.findings]
    severities = [spec.key for spec in card.severities]
    return repr((logit_digest(card), *kept, drawn, severities))
