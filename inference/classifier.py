"""A network with verified weights: films -> logits, features, feature maps.

Imports torch at the top: only the inference process and the command line
import this module, never the window's process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn

from inference import device as devices
from inference import raw_outputs
from inference.accelerate import Chosen, accelerate
from inference.architectures import build
from inference.backends import choice
from inference.backends.runners import Named, TorchRunner
from inference.backends.self_check import check_films
from inference.backends.tapped import FEATURES, MAPS
from inference.errors import ModelUnavailableError
from inference.model_card import ModelCard
from inference.network_file import to_network
from inference.side_tensors import load_ensemble, load_gate
from inference.weights import read_verified
from studies.model import Float32Array


@dataclass(frozen=True, slots=True, eq=False)
class Outputs:
    """What one forward pass gives, float32 on the CPU.

    Attributes
    ----------
    logits : (films, labels)
        Findings, then severities; no columns where the network has no head.
    features : (films, channels)
        What the head takes, after pooling; no columns where the manifest names
        no head.
    maps : (films, channels, grid rows, grid columns)
        What the explained layer gives, before pooling; of size 0 where the
        manifest names no layer.
    dense
        The network's other outputs by their names, such as ``"mask"``
        (films, planes, rows, columns), in logits.
    """

    logits: Float32Array
    features: Float32Array
    maps: Float32Array
    dense: Mapping[str, Float32Array] = field(default_factory=dict)

    def of(self, number: int) -> Outputs:
        """Return the outputs of one film, still with an axis of films."""
        one = slice(number, number + 1)
        return Outputs(
            self.logits[one],
            self.features[one],
            self.maps[one],
            {name: array[one] for name, array in self.dense.items()},
        )


class Classifier:
    """One model on one device. Not for two threads at once: it uses hooks.

    Attributes
    ----------
    layer, head
        Of the manifest; None where it names none, and then there are neither
        heatmaps nor an input gate.
    pooled_linear
        Whether the head is a linear layer on the mean of the explained layer's
        maps, so that saliency has a closed form.

    Raises
    ------
    ModelUnavailableError
        If a named layer is missing, or the network gives other outputs than
        the manifest names.
    """

    def __init__(
        self, card: ModelCard, network: nn.Module, device: torch.device
    ) -> None:
        self.card = card
        self.device = device
        self.network = network.to(device).eval().requires_grad_(False)
        if device.type == "cpu":
            self.network = self.network.to(memory_format=torch.channels_last)
        self.layer = _submodule(card, self.network, card.explain.layer)
        self.head = _submodule(card, self.network, card.explain.head)
        self._plain = TorchRunner(self.network, self.layer, self.head, device)
        self._chosen = Chosen(self._plain, "torch")
        self.pooled_linear = self._probe()

    @property
    def backend(self) -> str:
        """What runs the network: ``"torch"`` or ``"openvino"``."""
        return self._chosen.name

    @property
    def notices(self) -> tuple[str, ...]:
        """What the reader of a result should know of how it was computed."""
        return (self._chosen.notice,) if self._chosen.notice else ()

    @property
    def head_weight(self) -> Float32Array:
        """Weights of the linear head, (labels, channels)."""
        return _to_numpy(self._linear_head().weight)

    def to_input(self, films: Float32Array) -> Tensor:
        """Put prepared films on the device.

        Parameters
        ----------
        films : (films, rows, columns)
            As `inference.preprocess.prepare` gives them.

        Returns
        -------
        (films, channels, rows, columns), the grey film repeated over the
        channels; (films, channels, columns, rows) for a network that was
        trained on transposed films.
        """
        tensor = torch.from_numpy(np.ascontiguousarray(films))
        if self.device.type == "cuda":
            # Pinned memory lets the copy run beside the computation.
            tensor = tensor.pin_memory()
        tensor = tensor.to(self.device, non_blocking=True)
        if self.card.input.transposed:
            tensor = tensor.transpose(1, 2)
        batch = tensor[:, None].expand(-1, self.card.input.channels, -1, -1)
        if self.card.input.channel_mean:
            mean, std = self.card.input.channel_mean, self.card.input.channel_std
            batch = (batch - _by_channel(mean, batch)) / _by_channel(std, batch)
        if self.device.type == "cpu":
            return batch.contiguous(memory_format=torch.channels_last)
        return batch.contiguous()

    def run(self, films: Float32Array) -> Outputs:
        """Run the network once.

        Parameters
        ----------
        films : (films, rows, columns)
            As `inference.preprocess.prepare` gives them.

        Raises
        ------
        torch.OutOfMemoryError
            If the device's memory is exhausted.
        """
        own_size = films.shape[1:] == (self.card.input.rows, self.card.input.columns)
        runner = self._chosen.runner if own_size else self._plain
        given = runner.run(self.to_input(films))
        found = {name: self.upright(value) for name, value in given.items()}
        count = len(films)
        logits, dense = raw_outputs.split(_own(found, self.card), self.card, count)
        return Outputs(
            logits,
            found.get(FEATURES, np.zeros((count, 0), np.float32)),
            found.get(MAPS, np.zeros((count, 0, 0, 0), np.float32)),
            dense,
        )

    def upright(self, array: Float32Array) -> Float32Array:
        """Turn what the network gives of its grid back onto the film.

        Parameters
        ----------
        array : (films, planes, grid rows, grid columns)
            As the network has it; an array of other axes has no grid.
        """
        if not self.card.input.transposed or array.ndim != 4:
            return array
        return np.ascontiguousarray(array.swapaxes(2, 3))

    def accelerate(self, backend: choice.Backend) -> None:
        """Run from now on by the quickest backend that equals plain PyTorch."""
        if self.device.type == "cpu":
            films = self.to_input(check_films(self.card.input))
            self._chosen = accelerate(self.card, self._plain, films, backend)

    def _linear_head(self) -> nn.Linear:
        if not isinstance(self.head, nn.Linear):
            raise TypeError(f"{self.card.explain.head} is not a linear layer")
        return self.head

    def _probe(self) -> bool:
        """Ask the network itself, with a film of noise, what it gives.

        Returns
        -------
        Whether its head is a linear layer on the mean of the maps.
        """
        noise = np.random.default_rng(0).standard_normal(
            (1, self.card.input.rows, self.card.input.columns), np.float32
        )
        try:
            outputs = self.run(noise)
        except (ValueError, TypeError, RuntimeError) as error:
            if devices.is_out_of_memory(error):
                raise
            first = (str(error).splitlines() or [type(error).__name__])[0]
            raise ModelUnavailableError(
                self.card.model_id, f"the network does not run ({first[:200]})"
            ) from error
        raw_outputs.check(outputs.logits, outputs.dense, self.card)
        if not isinstance(self.head, nn.Linear) or outputs.maps.ndim != 4:
            return False
        if outputs.maps.shape[:2] != outputs.features.shape:
            return False
        # Half precision on a GPU keeps three digits.
        tolerance = 1e-4 if self.device.type == "cpu" else 2e-2
        mean = outputs.maps.mean(axis=(2, 3))
        return bool(np.allclose(mean, outputs.features, rtol=tolerance, atol=tolerance))


def load(card: ModelCard, device: torch.device, backend: str = "") -> Classifier:
    """Load a model whose files match its manifest.

    Nothing is fetched: the network is built bare and filled from the file.

    Parameters
    ----------
    backend
        What runs it on the CPU, as in `inference.backends.choice.choose`.

    Raises
    ------
    ModelUnavailableError
        If a file is missing or changed, the architecture is not known, or the
        weights do not fit it.
    """
    chosen = choice.choose(backend)
    data = read_verified(card.model_id, card.weights_path, card.sha256)
    classifier = Classifier(card, to_network(card, data), device)
    classifier.accelerate(chosen)
    return classifier


def _submodule(card: ModelCard, network: nn.Module, name: str) -> nn.Module | None:
    if not name:
        return None
    try:
        return network.get_submodule(name)
    except AttributeError:
        raise ModelUnavailableError(
            card.model_id, f"{card.architecture} has no layer {name!r}"
        ) from None


def _own(found: Named, card: ModelCard) -> Named:
    """Return the network's own outputs; the one without a name gets the card's."""
    segments = card.task == "segmentation"
    one = card.mask_output if segments else card.logits_output
    return {
        name or one: value for name, value in found.items() if not name.startswith("@")
    }


def _by_channel(values: tuple[float, ...], like: Tensor) -> Tensor:
    return like.new_tensor(values).view(1, -1, 1, 1)


def _to_numpy(tensor: Tensor) -> Float32Array:
    array: Float32Array = tensor.detach().float().cpu().numpy()
    return array


__all__ = [
    "Classifier",
    "Outputs",
    "build",
    "load",
    "load_ensemble",
    "load_gate",
    "to_network",
]
