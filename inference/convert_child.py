"""The child's side of `inference.convert`: unpickles tensors, writes safetensors."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from inference.errors import ModelUnavailableError
from inference.legacy_module import is_legacy, read_legacy

_PARTS = (
    *("conv.Conv2d", "batchnorm.BatchNorm2d", "activation.ReLU", "linear.Linear"),
    *("pooling.MaxPool2d", "pooling.AvgPool2d", "container.Sequential"),
    *("pooling.AdaptiveAvgPool2d", "dropout.Dropout", "flatten.Flatten"),
)
_OWN_PARTS = ("DenseNet", "_DenseBlock", "_DenseLayer", "_Transition")
_WRAPPERS = ("state_dict", "model_state_dict", "model", "net", "network")


class Shell(nn.Module):
    """Stands for any part of a pickled network: keeps tensors, does nothing."""


NAMES = tuple(
    [f"torch.nn.modules.{part}" for part in _PARTS]
    + [f"torchxrayvision.models.{part}" for part in _OWN_PARTS]
    + [f"torchvision.models.densenet.{part}" for part in _OWN_PARTS]
)
"""What a pickled TorchXRayVision network may ask for beside tensors."""


def shells() -> list[tuple[type[nn.Module], str]]:
    """Return an empty stand-in for each of `NAMES`.

    Each gets a class of its own that derives from `Shell`: torch keeps them by
    their class.
    """
    return [(type(f"Shell{i}", (Shell,), {}), name) for i, name in enumerate(NAMES)]


def convert_file(source: str, target: str, whole: bool) -> list[str]:
    """Convert one file; return the names of its tensors.

    Raises
    ------
    ModelUnavailableError
        If it holds anything but tensors.
    """
    try:
        found = _unpickled(Path(source), whole)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError) as error:
        raise ModelUnavailableError("", _in_words(error)) from error
    tensors = _tensors(found)
    save_file(tensors, target)
    return sorted(tensors)


def _unpickled(source: Path, whole: bool) -> Any:
    with source.open("rb") as stream:
        if whole and is_legacy(stream):
            return read_legacy(stream, frozenset(NAMES))
    allowed: Any = shells() if whole else []
    with torch.serialization.safe_globals(allowed):
        return torch.load(source, map_location="cpu", weights_only=True)


def _tensors(found: Any) -> dict[str, Tensor]:
    if isinstance(found, Shell):
        found = found.state_dict()
    if not isinstance(found, dict):
        raise ModelUnavailableError("", "it is no table of tensors")
    for wrapper in _WRAPPERS:
        if isinstance(found.get(wrapper), dict):
            found = found[wrapper]
            break
    tensors = {}
    for key, value in found.items():
        if not isinstance(key, str) or not isinstance(value, Tensor):
            raise ModelUnavailableError(
                "", f"it is no table of tensors: {str(key)[:60]!r} is none"
            )
        # A copy: safetensors refuses tensors that share their memory.
        tensors[key] = value.detach().clone().contiguous()
    if not tensors:
        raise ModelUnavailableError("", "it holds no tensor")
    return tensors


def _in_words(error: Exception) -> str:
    """Say which name in the pickle was refused; torch's text is a page long."""
    text = " ".join(str(error).split())
    for mark in ("Unsupported global: GLOBAL ", "Unsupported class "):
        _, found, rest = text.partition(mark)
        if found:
            name = rest.split(" ", 1)[0]
            return f"it asks for {name[:80]!r}, which is no tensor; nothing was run"
    return f"it cannot be read as a table of tensors ({text[:160]})"
