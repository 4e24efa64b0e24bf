"""The input gate's network: from ImageNet's weights, or from a run's."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from inference.gate_network import GateNetwork
from learning.network import imagenet_weights
from studies.errors import OverreadError

FROZEN = 3
"""Stages that keep their ImageNet weights: edges and textures need no learning,
and without their gradients a step takes half the time."""

_SET_WHEN_PUBLISHED = ("mean", "precision_root", "scale")


def build_from_imagenet() -> GateNetwork:
    """Return the network with ImageNet features and fresh heads."""
    network = GateNetwork(1)
    own = {
        **network.stem.state_dict(prefix="stem."),
        **network.blocks.state_dict(prefix="blocks."),
    }
    for (name, value), given in zip(
        own.items(), imagenet_weights().values(), strict=False
    ):
        # A grey film's three equal channels: the sum of their weights.
        own[name] = given.sum(1, keepdim=True) if name == "stem.0.weight" else given
        if own[name].shape != value.shape:
            raise RuntimeError(f"{name}: {tuple(given.shape)} for {tuple(value.shape)}")
    network.load_state_dict(own, strict=False)
    return network


def freeze(network: GateNetwork) -> None:
    """Freeze the first stages."""
    for part in frozen_parts(network):
        part.requires_grad_(False)


def frozen_parts(network: GateNetwork) -> tuple[nn.Module, ...]:
    """Return what is not trained."""
    return network.stem, *list(network.blocks)[:FROZEN]


def read_weights(path: Path) -> GateNetwork:
    """Return the network of a training run; its distances are not yet set.

    Raises
    ------
    OverreadError
        If the file is missing or holds other weights.
    """
    network = GateNetwork(1)
    try:
        given = load_file(path)
        own = network.state_dict()
        own.update({n: v for n, v in given.items() if n not in _SET_WHEN_PUBLISHED})
        network.load_state_dict(own)
    except (OSError, SafetensorError, RuntimeError) as error:
        raise OverreadError(
            f"{path} holds no weights of the input gate ({str(error)[:200]});"
            " make them with python -m learning.train_gate"
        ) from error
    return network.eval()
