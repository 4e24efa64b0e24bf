"""What a model did here lately, in words. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui.check_words import FEWEST
from gui.facts_words import number, percent_between
from inference.proportions import wilson

if TYPE_CHECKING:
    from review.recent_use import RecentUse

DAYS = 30
TITLE = f"Here, last {DAYS} days"


def use_rows(use: RecentUse | None) -> tuple[tuple[str, str], ...]:
    """Return how often it alerted, and what the readers made of it.

    A rate on fewer than 30 films is not shown.
    """
    if use is None or not use.films:
        return (("Alert rate", f"No film of the last {DAYS} days."),)
    if use.films < FEWEST:
        noun = "film" if use.films == 1 else "films"
        few = f"Too few: {use.films} {noun}, needs {FEWEST}"
        return ("Alert rate", few), ("Readers", _readers(use))
    rate = percent_between(wilson(use.flagged, use.films))
    told = f"{rate}: {number(use.flagged)} of {number(use.films)} films"
    return ("Alert rate", told), ("Readers", _readers(use))


def _readers(use: RecentUse) -> str:
    counts = (
        (use.confirmed, "confirmed"),
        (use.rejected, "rejected"),
        (use.unsure, "unsure"),
        (use.undecided, "not decided"),
    )
    told = ", ".join(f"{number(count)} {word}" for count, word in counts if count)
    return told or "Nothing was flagged."
