"""Bare networks by the names that manifests give them. Nothing is fetched.

A name without a colon is timm's; otherwise the part before it is the family.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from inference.architectures import (
    monai_names,
    our_names,
    timm_names,
    torchvision_names,
    xray_names,
)
from inference.errors import ModelUnavailableError
from inference.model_card import ModelCard

_FAMILIES: dict[str, Callable[[ModelCard, str], nn.Module]] = {
    "": timm_names.build,
    "torchvision": torchvision_names.build,
    "torchxrayvision": xray_names.build,
    "monai": monai_names.build,
    "overread": our_names.build,
}


def build(card: ModelCard) -> nn.Module:
    """Build the bare network of a manifest.

    Raises
    ------
    ModelUnavailableError
        If the family or the name is not known, or the options do not suit it.
    """
    family, colon, name = card.architecture.rpartition(":")
    if colon and family not in _FAMILIES:
        raise ModelUnavailableError(
            card.model_id,
            f"architecture {card.architecture[:60]!r} is not known; a name is timm's,"
            f" or begins with {', '.join(f'{key}:' for key in _FAMILIES if key)}",
        )
    try:
        return _FAMILIES[family](card, name)
    except (TypeError, ValueError, RuntimeError, KeyError, AssertionError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelUnavailableError(
            card.model_id, f"{card.architecture} cannot be built ({first[:200]})"
        ) from error
