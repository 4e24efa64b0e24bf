"""What the report says of a model: weights, preprocessing, calibration."""

from __future__ import annotations

from collections.abc import Sequence

from explain.analysis import ModelIdentity
from inference.errors import ModelUnavailableError
from inference.model_card import ModelCard


def parameters(model: ModelIdentity, cards: Sequence[ModelCard]) -> list[str]:
    """Return the (111002, DCM, "Algorithm Parameters") of TID 4019, as texts.

    Parameters
    ----------
    cards
        Manifests to look in; where empty, those of the registry.
    """
    told = [f"weights SHA-256={model.sha256}"]
    card = _card_of(model, cards)
    if card is None:
        return [*told, "preprocessing=not known: these weights are not installed"]
    low, high = card.input.percentiles
    return [
        *told,
        f"architecture={card.architecture}",
        f"preprocessing=display values resized to {card.input.rows} x"
        f" {card.input.columns} px by area, percentiles {low:g} and {high:g} mapped"
        f" to 0 and 1, mean {card.input.mean:g} and standard deviation"
        f" {card.input.std:g} applied, {card.input.channels} equal channels",
        "calibration=Platt scaling per finding, as in the model's manifest",
    ]


def _card_of(model: ModelIdentity, cards: Sequence[ModelCard]) -> ModelCard | None:
    """Return the manifest of exactly these weights, or None."""
    for card in cards or _installed(model):
        if card.model_id == model.model_id and card.sha256 == model.sha256:
            return card
    return None


def _installed(model: ModelIdentity) -> Sequence[ModelCard]:
    from inference.registry import default_registry

    try:
        return (default_registry().card(model.model_id),)
    except ModelUnavailableError:
        return ()
