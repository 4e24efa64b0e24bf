"""Networks of timm, by its names: ``tf_efficientnet_lite0``."""

from __future__ import annotations

import re

from torch import nn

from inference.architectures.options import checked_options
from inference.errors import ModelUnavailableError
from inference.model_card import ModelCard

_OPTIONS = frozenset({"drop_rate", "drop_path_rate", "global_pool"})


def build(card: ModelCard, name: str) -> nn.Module:
    """Build a network by timm's name, without weights.

    Raises
    ------
    ModelUnavailableError
        If timm does not know the name.
    """
    import timm

    # timm would fetch a name such as "hf-hub:..." from the internet.
    if not re.fullmatch(r"[a-z0-9_]+", name) or not timm.is_model(name):
        raise ModelUnavailableError(
            card.model_id, f"architecture {name[:60]!r} is not known to timm"
        )
    network: nn.Module = timm.create_model(
        name,
        pretrained=False,
        num_classes=card.outputs,
        in_chans=card.input.channels,
        **checked_options(card, _OPTIONS),
    )
    return network
