"""Which model and weights a result came from. No torch, no Qt."""

from __future__ import annotations

from explain.analysis import ModelIdentity
from inference.model_card import ModelCard


def identity(card: ModelCard) -> ModelIdentity:
    """Return which model and weights a card stands for."""
    return ModelIdentity(
        card.model_id, card.version, card.sha256, card.name, card.manufacturer
    )
