"""Networks of our own, by the names after ``overread:`` in a manifest."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from inference.gate_network import build_gate

BUILDERS: dict[str, Callable[[int, int], nn.Module]] = {"gate": build_gate}
"""Name -> builder(labels, channels) of a bare network."""
