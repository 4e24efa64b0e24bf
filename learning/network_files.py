"""Frozen ImageNet features with heads of our own, as a file and back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from learning.heads import Float64Array, Heads
from learning.network import ARCHITECTURE, build_network
from studies.model import Float32Array

HALF_LIMIT = 1e-3
"""Half precision is kept only if it moves no probability by more than this."""


def write_network(heads: Heads, path: Path, *, half: bool) -> None:
    """Write the network's weights, on request with the matrices in half precision.

    Vectors (biases, normalisation) stay in single precision: they are small,
    and running variances may exceed half precision's range.
    """
    state = {
        name: value.contiguous()
        for name, value in build_network(len(heads.bias)).state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    state["classifier.weight"] = torch.from_numpy(heads.weight.astype(np.float32))
    state["classifier.bias"] = torch.from_numpy(heads.bias.astype(np.float32))
    if half:
        state = {n: v.half() if v.ndim > 1 else v for n, v in state.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(state, path, metadata={"architecture": ARCHITECTURE})
    path.chmod(0o644)


def read_network(path: Path, labels: int) -> nn.Module:
    """Return the network with the weights of a file, in single precision."""
    network = build_network(labels).to(memory_format=torch.channels_last).eval()
    state = {name: value.float() for name, value in load_file(path).items()}
    network.load_state_dict(state, strict=False)
    return network


@torch.inference_mode()
def run_network(
    network: nn.Module, inputs: Float32Array, batch: int = 32
) -> tuple[Float32Array, Float32Array]:
    """Run prepared films, (n, rows, columns), through the network.

    Returns
    -------
    Logits (n, labels), and the greatest contribution of a grid cell to each
    label's logit, (n, labels).
    """
    head = network.get_submodule("classifier")
    assert isinstance(head, nn.Linear)
    logits, peaks = [], []
    for start in range(0, len(inputs), batch):
        grey = torch.from_numpy(inputs[start : start + batch])[:, None]
        films = grey.expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)
        maps = network.forward_features(films)  # type: ignore[operator]  # timm's method
        parts = torch.einsum("nchw,kc->nkhw", maps, head.weight)
        logits.append(head(maps.mean((2, 3))).numpy())
        peaks.append(parts.flatten(2).max(2).values.numpy())
    return np.concatenate(logits), np.concatenate(peaks)


def write_ensemble(members: list[Heads], path: Path) -> None:
    """Write the heads of an ensemble: ``weight`` (members, labels, features)."""
    stacked: dict[str, Float64Array] = {
        "weight": np.stack([member.weight for member in members]),
        "bias": np.stack([member.bias for member in members]),
    }
    save_file(
        {n: torch.from_numpy(v.astype(np.float32)) for n, v in stacked.items()}, path
    )
    path.chmod(0o644)
