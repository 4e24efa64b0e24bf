"""The installed models as they are used here: with the site's calibrations. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from explain.analysis import local_use
from inference.local_calibration import localised

if TYPE_CHECKING:
    from inference.local_store import LocalState
    from inference.model_card import ModelCard


class CardsInForce:
    """Cards with their local calibration applied, and which one that is.

    Parameters
    ----------
    cards
        As the models came.
    local
        Says what this site measured of a model.
    """

    def __init__(
        self,
        cards: tuple[ModelCard, ...],
        local: Callable[[ModelCard], LocalState],
    ) -> None:
        self._own = cards
        self._local = local
        self.cards: tuple[ModelCard, ...] = ()
        self._signatures: dict[str, str] = {}
        self.reload()

    def reload(self) -> None:
        """Take another calibration into account: it was written or removed."""
        states = [(card, self._local(card).calibration) for card in self._own]
        self.cards = tuple(localised(card, found) for card, found in states)
        used = {card.model_id: local_use(found) for card, found in states}
        self._signatures = {
            model_id: use.signature for model_id, use in used.items() if use is not None
        }

    def signature(self, card: ModelCard) -> str:
        """Return the signature of a model's calibration in force, "" for none."""
        return self._signatures.get(card.model_id, "")
