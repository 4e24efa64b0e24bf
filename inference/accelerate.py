"""The quickest way to run a network on this CPU that equals plain PyTorch.

Imports torch.
"""

from __future__ import annotations

import importlib.metadata
import json
import logging
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from inference.backends import choice, self_check
from inference.backends.folding import folded
from inference.backends.kept_networks import KeptNetworks, default_networks
from inference.backends.openvino_files import NetworkFiles, convert
from inference.backends.openvino_network import OpenVinoNetwork
from inference.backends.runners import Named, OpenVinoRunner, Runner, TorchRunner
from inference.model_card import ModelCard

_log = logging.getLogger(__name__)

_MADE_BY = "overread-network/1"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What runs a network from now on, and what the reader should know of it.

    `name` is ``"openvino"`` or ``"torch"``.
    """

    runner: Runner
    name: str
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Films on the network's scale, and what plain PyTorch gives for them."""

    films: Tensor
    expected: Named


def accelerate(
    card: ModelCard,
    plain: TorchRunner,
    films: Tensor,
    backend: choice.Backend,
    kept: KeptNetworks | None = None,
) -> Chosen:
    """Choose what runs a network on the CPU.

    OpenVINO if it is installed and wanted, else PyTorch with its norms folded,
    else plain PyTorch: the first whose outputs equal plain PyTorch's.

    Parameters
    ----------
    films : (films, channels, rows, columns)
        To compare on, as the network takes them.
    kept
        Networks converted before; None for this user's.
    """
    if card.format != "safetensors":
        return Chosen(plain, "torch")  # a graph from a file, run by its own means
    comparison = Comparison(films, plain.run(films))
    notice = ""
    if backend != "torch":
        found = _by_openvino(card, plain, comparison, kept or default_networks())
        if not isinstance(found, str):
            return Chosen(found, "openvino")
        notice = _notice(found, backend)
    return Chosen(_by_torch(plain, comparison), "torch", notice)


def _by_openvino(
    card: ModelCard, plain: TorchRunner, comparison: Comparison, kept: KeptNetworks
) -> Runner | str:
    if not choice.is_installed():
        return _MISSING
    try:
        files = _files(card, plain, comparison, kept)
        network = OpenVinoNetwork(files, torch.get_num_threads())
        runner = OpenVinoRunner(network, tuple(comparison.expected))
        found = runner.run(comparison.films)
    # A converter may raise anything; PyTorch runs the network all the same.
    except Exception as error:  # noqa: BLE001 - told in the notice
        first = (str(error).splitlines() or [""])[0]
        _log.warning("%s: OpenVINO: %s: %s", card.model_id, type(error).__name__, first)
        return f"it cannot run this network ({type(error).__name__})"
    reason = self_check.difference(found, comparison.expected)
    if reason:
        _log.warning("%s: OpenVINO is not used: %s", card.model_id, reason)
    return reason or runner


_MISSING = "it is not installed"


def _notice(reason: str, backend: choice.Backend) -> str:
    """Return what to tell; nothing where nobody asked for what is missing."""
    if reason == _MISSING and backend == "auto":
        return ""
    return f"Ran by PyTorch, more slowly; OpenVINO was not used: {reason}."


def _by_torch(plain: TorchRunner, comparison: Comparison) -> Runner:
    quick = _folded(plain)
    reason = self_check.difference(quick.run(comparison.films), comparison.expected)
    if reason:
        _log.warning("norms are not folded: %s", reason)
        return plain
    return quick


def _folded(plain: TorchRunner) -> TorchRunner:
    tapped = plain.tapped
    network = folded(tapped.network).to(memory_format=torch.channels_last)
    layer, head = (_same(tapped.network, network, one) for one in tapped.inner)
    return TorchRunner(network, layer, head, torch.device("cpu"))


def _same(old: nn.Module, new: nn.Module, module: nn.Module | None) -> nn.Module | None:
    """Return the module of `new` that stands where `module` stands in `old`."""
    for name, one in old.named_modules():
        if one is module:
            return new.get_submodule(name)
    return None


def _files(
    card: ModelCard, plain: TorchRunner, comparison: Comparison, kept: KeptNetworks
) -> NetworkFiles:
    """Return the converted network, kept or made now."""
    made_from = _made_from(card)
    files = kept.find(made_from)
    if files is None:
        files = convert(plain.tapped, comparison.films[:1].contiguous())
        kept.keep(made_from, files)
    return files


def _made_from(card: ModelCard) -> str:
    """Name all that a converted network depends on."""
    packages = ("torch", "timm", "torchvision", "openvino")
    versions = [importlib.metadata.version(package) for package in packages]
    given = card.input
    sides = (given.rows, given.columns)
    fields = {
        "weights": card.sha256.lower(),
        "architecture": card.architecture,
        "options": card.options,
        "labels": card.outputs,
        "input": [given.channels, *(sides[::-1] if given.transposed else sides)],
        "inside": [card.explain.layer, card.explain.head],
    }
    return json.dumps([_MADE_BY, versions, fields], sort_keys=True)
