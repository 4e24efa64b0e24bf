"""Batch norms folded into the convolutions before them. Imports torch.

Exact but for rounding: with the running statistics fixed, a norm after a
convolution is one multiplication and one addition a channel, which the weights
and bias can carry.
"""

from __future__ import annotations

import copy
import logging
from collections import OrderedDict
from typing import Any

from torch import fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

_log = logging.getLogger(__name__)


class _Tracer(fx.Tracer):
    """Follows a network down to its convolutions and norms."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        leaf = isinstance(m, nn.Conv2d | nn.BatchNorm2d)
        return leaf or super().is_leaf_module(m, module_qualified_name)


def folded(network: nn.Module) -> nn.Module:
    """Return a copy whose norms are folded where that changes nothing.

    Modules keep their names, so that layers can be looked up: a norm becomes
    what it does besides, its activation or nothing. A network whose path
    depends on its values cannot be followed and comes back as it is.
    """
    network = copy.deepcopy(network).eval()
    try:
        graph = _Tracer().trace(network)
    # Following a network runs its code on stand-ins, and that may raise anything.
    except Exception as error:  # noqa: BLE001 - the network itself is returned
        _log.info("norms are not folded: %s", type(error).__name__)
        return network
    for node in graph.nodes:
        _fold(network, node)
    return network


def _fold(network: nn.Module, node: fx.Node) -> None:
    norm = _module(network, node)
    before = node.args[0] if node.args else None
    if not isinstance(norm, nn.BatchNorm2d) or not isinstance(before, fx.Node):
        return
    conv, rest = _module(network, before), _rest(norm)
    if type(conv).__name__ not in ("Conv2d", "Conv2dSame") or rest is None:
        return
    # The convolution's own output must not be wanted elsewhere, nor either of
    # the two run twice.
    if len(before.users) > 1 or not (_once(node) and _once(before)):
        return
    if norm.running_mean is None or norm.running_var is None:
        return
    network.set_submodule(str(before.target), fuse_conv_bn_eval(_conv(conv), norm))
    network.set_submodule(str(node.target), rest)


def _module(network: nn.Module, node: fx.Node) -> nn.Module | None:
    if node.op != "call_module":
        return None
    return network.get_submodule(str(node.target))


def _once(node: fx.Node) -> bool:
    calls = [one for one in node.graph.nodes if one.op == "call_module"]
    return [one.target for one in calls].count(node.target) == 1


def _conv(module: Any) -> nn.Conv2d:
    assert isinstance(module, nn.Conv2d)
    return module


def _rest(norm: Any) -> nn.Module | None:
    """Return what a norm does after it has normalised; None if not known."""
    kind = type(norm).__name__
    if kind == "BatchNorm2d":
        return nn.Identity()
    if kind == "BatchNormAct2d":  # timm's: norm, dropout, activation
        return nn.Sequential(OrderedDict(drop=norm.drop, act=norm.act))
    return None
