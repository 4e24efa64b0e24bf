"""The options of a network: an allow-list a family, never handed on unseen."""

from __future__ import annotations

from typing import Any

from inference.errors import ModelUnavailableError
from inference.model_card import ModelCard


def checked_options(card: ModelCard, allowed: frozenset[str]) -> dict[str, Any]:
    """Return the manifest's options.

    A builder's arguments may name files to read or weights to fetch, so each
    family says which of them a manifest may set.

    Raises
    ------
    ModelUnavailableError
        If one is not among `allowed`.
    """
    for key in card.options:
        if key not in allowed:
            raise ModelUnavailableError(
                card.model_id,
                f"option {key[:40]!r} of {card.architecture} may not be set; allowed:"
                f" {', '.join(sorted(allowed)) or 'none'}",
            )
    return dict(card.options)
