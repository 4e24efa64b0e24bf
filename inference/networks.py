"""Networks of our own, by the names after ``overread:`` in a manifest."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from inference.finemap import build_finemap
from inference.gate_network import build_gate
from inference.unet import build_unet

BUILDERS: dict[str, Callable[[int, int], nn.Module]] = {
    "finemap": build_finemap,
    "gate": build_gate,
    "unet-lite0": build_unet,
}
"""Name -> builder(labels, channels) of a bare network."""
