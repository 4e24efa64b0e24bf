"""What runs a network: films on the device -> NumPy arrays by name."""

from __future__ import annotations

from typing import Protocol, TypeAlias

import torch
from torch import Tensor, nn

from inference import device as devices
from inference.backends.openvino_network import OpenVinoNetwork
from inference.backends.tapped import Tapped
from studies.model import Float32Array

Named: TypeAlias = dict[str, Float32Array]
"""Outputs by name, as in `inference.backends.tapped`; float32 on the CPU."""


class Runner(Protocol):
    """Runs one network; not for two threads at once."""

    def run(self, batch: Tensor) -> Named:
        """Run the network once.

        Parameters
        ----------
        batch : (films, channels, rows, columns)
        """


class TorchRunner:
    """Runs a network by PyTorch; on a GPU in half precision.

    Parameters
    ----------
    layer, head
        Submodules of `network` whose output and input are wanted.
    """

    def __init__(
        self,
        network: nn.Module,
        layer: nn.Module | None,
        head: nn.Module | None,
        device: torch.device,
    ) -> None:
        self.tapped = Tapped(network, layer, head)
        self._device = device

    def run(self, batch: Tensor) -> Named:
        """As `Runner.run`.

        Raises
        ------
        torch.OutOfMemoryError
            If the device's memory is exhausted.
        """
        with torch.inference_mode(), devices.autocast(self._device):
            found = self.tapped.named(batch)
        return {
            name: value.detach().float().cpu().numpy() for name, value in found.items()
        }


class OpenVinoRunner:
    """Runs a converted network.

    Parameters
    ----------
    names
        Of the network's outputs, in its order.
    """

    def __init__(self, network: OpenVinoNetwork, names: tuple[str, ...]) -> None:
        self._network = network
        self._names = names

    def run(self, batch: Tensor) -> Named:
        """As `Runner.run`."""
        found = self._network.run(batch.contiguous().numpy())
        return dict(zip(self._names, found, strict=True))
