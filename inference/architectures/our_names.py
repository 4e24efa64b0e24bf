"""Networks of our own: ``overread:NAME``, from `inference.networks`."""

from __future__ import annotations

from torch import nn

from inference.architectures.options import checked_options
from inference.errors import ModelUnavailableError
from inference.model_card import ModelCard
from inference.networks import BUILDERS


def build(card: ModelCard, name: str) -> nn.Module:
    """Build one of our networks.

    Raises
    ------
    ModelUnavailableError
        If there is none of this name.
    """
    checked_options(card, frozenset())
    if name not in BUILDERS:
        raise ModelUnavailableError(
            card.model_id,
            f"architecture {card.architecture[:60]!r} is not known; there is:"
            f" {', '.join(sorted(BUILDERS)) or 'none'}",
        )
    return BUILDERS[name](card.outputs, card.input.channels)
