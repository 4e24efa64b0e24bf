"""A network with verified weights: films -> logits, features, feature maps.

Imports torch at the top: only the inference process and the command line
import this module, never the window's process.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import timm
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from torch import Tensor, nn

from inference import device as devices
from inference.errors import ModelUnavailableError
from inference.model_card import ModelCard
from inference.weights import read_verified
from studies.model import Float32Array


@dataclass(frozen=True, slots=True, eq=False)
class Outputs:
    """What one forward pass gives, float32 on the CPU.

    Attributes
    ----------
    logits : (films, labels)
    features : (films, channels)
        What the head takes, after pooling.
    maps : (films, channels, grid rows, grid columns)
        What the explained layer gives, before pooling.
    """

    logits: Float32Array
    features: Float32Array
    maps: Float32Array


class Classifier:
    """One model on one device. Not for two threads at once: it uses hooks.

    Attributes
    ----------
    pooled_linear
        Whether the head is a linear layer on the mean of the explained layer's
        maps, so that saliency has a closed form.
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
        self.pooled_linear = isinstance(self.head, nn.Linear) and self._pools()

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
            logits = self.network(self.to_input(films))
        return Outputs(
            _to_numpy(logits), _to_numpy(record["features"]), _to_numpy(record["maps"])
        )

    def _linear_head(self) -> nn.Linear:
        if not isinstance(self.head, nn.Linear):
            raise TypeError(f"{self.card.explain.head} is not a linear layer")
        return self.head

    def _pools(self) -> bool:
        """Ask the network itself, with a film of noise, how its head pools."""
        noise = np.random.default_rng(0).standard_normal(
            (1, self.card.input.rows, self.card.input.columns), np.float32
        )
        outputs = self.run(noise)
        if outputs.maps.ndim != 4 or outputs.maps.shape[:2] != outputs.features.shape:
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
    network = build(card)
    try:
        network.load_state_dict(load_tensors(data), strict=True)
    except (RuntimeError, SafetensorError) as error:
        first = str(error).splitlines()[-1].strip()
        raise ModelUnavailableError(
            card.model_id, f"the weights do not fit {card.architecture} ({first[:200]})"
        ) from error
    return Classifier(card, network, device)


def build(card: ModelCard) -> nn.Module:
    """Build the bare network of a manifest.

    Raises
    ------
    ModelUnavailableError
        If timm does not know the architecture.
    """
    name = card.architecture
    # timm would fetch a name such as "hf-hub:..." from the internet.
    if not re.fullmatch(r"[a-z0-9_]+", name) or not timm.is_model(name):
        raise ModelUnavailableError(
            card.model_id, f"architecture {name!r} is not known to timm"
        )
    network: nn.Module = timm.create_model(
        name,
        pretrained=False,
        num_classes=len(card.findings),
        in_chans=card.input.channels,
    )
    return network


def load_gate(card: ModelCard) -> dict[str, NDArray[Any]] | None:
    """Load the tensors of the input gate; None for a model without one."""
    if card.gate is None:
        return None
    path = card.folder / card.gate.tensors
    data = read_verified(card.model_id, path, card.gate.sha256)
    tensors = {key: value.numpy() for key, value in load_tensors(data).items()}
    if not {"mean", "precision_root"} <= tensors.keys():
        raise ModelUnavailableError(
            card.model_id, f"{path.name} lacks mean or precision_root"
        )
    return tensors


def _submodule(card: ModelCard, network: nn.Module, name: str) -> nn.Module:
    try:
        return network.get_submodule(name)
    except AttributeError:
        raise ModelUnavailableError(
            card.model_id, f"{card.architecture} has no layer {name!r}"
        ) from None


@contextmanager
def _record(layer: nn.Module, head: nn.Module) -> Iterator[dict[str, Tensor]]:
    """Keep the layer's output and the head's input of the pass made inside."""
    record: dict[str, Tensor] = {}

    def keep_maps(_: nn.Module, __: object, output: Tensor) -> None:
        record["maps"] = output

    def keep_features(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        record["features"] = inputs[0]

    handles = (
        layer.register_forward_hook(keep_maps),
        head.register_forward_pre_hook(keep_features),
    )
    try:
        yield record
    finally:
        for handle in handles:
            handle.remove()


def _to_numpy(tensor: Tensor) -> Float32Array:
    array: Float32Array = tensor.detach().float().cpu().numpy()
    return array
