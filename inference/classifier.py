"""A network with verified weights: films -> logits, features, feature maps.

Imports torch at the top: only the inference process and the command line
import this module, never the window's process.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from inference import device as devices
from inference import raw_outputs
from inference.architectures import build
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
        self.pooled_linear = self._probe()

    @property
    def head_weight(self) -> Float32Array:
        """Weights of the linear head, (labels, channels)."""
        return _to_numpy(self._linear_head().weight)

    @property
    def head_bias(self) -> Float32Array:
        """Biases of the linear head, (labels,)."""
        head = self._linear_head()
        if head.bias is None:
            return np.zeros(head.out_features, np.float32)
        return _to_numpy(head.bias)

    def to_input(self, films: Float32Array) -> Tensor:
        """Put prepared films on the device.

        Parameters
        ----------
        films : (films, rows, columns)
            As `inference.preprocess.prepare` gives them.

        Returns
        -------
        (films, channels, rows, columns), the grey film repeated over the
        channels.
        """
        tensor = torch.from_numpy(np.ascontiguousarray(films))
        if self.device.type == "cuda":
            # Pinned memory lets the copy run beside the computation.
            tensor = tensor.pin_memory()
        tensor = tensor.to(self.device, non_blocking=True)
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
        with (
            torch.inference_mode(),
            devices.autocast(self.device),
            _record(self.layer, self.head) as record,
        ):
            given = self.network(self.to_input(films))
        count = len(films)
        logits, dense = raw_outputs.split(
            {key: _to_numpy(value) for key, value in _named(given, self.card).items()},
            self.card,
            count,
        )
        return Outputs(
            logits,
            _kept(record, "features", (count, 0)),
            _kept(record, "maps", (count, 0, 0, 0)),
            dense,
        )

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


def load(card: ModelCard, device: torch.device) -> Classifier:
    """Load a model whose files match its manifest.

    Nothing is fetched: the network is built bare and filled from the file.

    Raises
    ------
    ModelUnavailableError
        If a file is missing or changed, the architecture is not known, or the
        weights do not fit it.
    """
    data = read_verified(card.model_id, card.weights_path, card.sha256)
    return Classifier(card, to_network(card, data), device)


def _submodule(card: ModelCard, network: nn.Module, name: str) -> nn.Module | None:
    if not name:
        return None
    try:
        return network.get_submodule(name)
    except AttributeError:
        raise ModelUnavailableError(
            card.model_id, f"{card.architecture} has no layer {name!r}"
        ) from None


def _named(given: Any, card: ModelCard) -> dict[str, Tensor]:
    """Name the one output of a network that gives no dictionary."""
    if isinstance(given, dict):
        return given
    if not isinstance(given, Tensor):
        raise TypeError(f"the network gives a {type(given).__name__}, not a tensor")
    segments = card.task == "segmentation"
    return {card.mask_output if segments else card.logits_output: given}


@contextmanager
def _record(
    layer: nn.Module | None, head: nn.Module | None
) -> Iterator[dict[str, Tensor]]:
    """Keep the layer's output and the head's input of the pass made inside."""
    record: dict[str, Tensor] = {}

    def keep_maps(_: nn.Module, __: object, output: Tensor) -> None:
        record["maps"] = output

    def keep_features(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        record["features"] = inputs[0]

    handles = []
    if layer is not None:
        handles.append(layer.register_forward_hook(keep_maps))
    if head is not None:
        handles.append(head.register_forward_pre_hook(keep_features))
    try:
        yield record
    finally:
        for handle in handles:
            handle.remove()


def _kept(record: dict[str, Tensor], name: str, empty: tuple[int, ...]) -> Float32Array:
    return _to_numpy(record[name]) if name in record else np.zeros(empty, np.float32)


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
