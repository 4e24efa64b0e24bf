"""The figures of the input gate, put into the words of its card."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

GOAL = 0.02
"""Largest share of a collection's good films that may be refused."""

KEPT, MISSED = "kept", "missed"


@dataclass(frozen=True, slots=True)
class GoodFilms:
    """How many good films of a source a model was denied, as a row of the card."""

    wanted: str
    source: str
    films: int
    refused: str
    goal: str


def share_text(share: Mapping[str, float]) -> str:
    """Return a share with its interval in per cent: ``"2.9 % (1.2 to 6.6)"``."""
    value, low, high = (100.0 * share[name] for name in ("value", "low", "high"))
    return f"{value:.1f} % ({low:.1f} to {high:.1f})"


def goal_text(share: Mapping[str, float]) -> str:
    """Return ``"kept"`` if at most `GOAL` was refused, else ``"missed"``."""
    return MISSED if share["value"] > GOAL else KEPT


def good_rows(tables: Iterable[Mapping[str, Any]]) -> list[GoodFilms]:
    """Return the rows of refusals by wanted kind and source."""
    return [
        GoodFilms(wanted, source, share["n"], share_text(share), goal_text(share))
        for table in tables
        for wanted, sources in table.items()
        for source, share in sources.items()
    ]


def goal_sentence(rows: list[GoodFilms], unseen: list[GoodFilms]) -> str:
    """Say in one sentence how often the goal is kept, and where it is missed."""
    told = _of(rows, "collections on test films")
    if unseen:
        left_out = _of(unseen, "collections by networks that never saw them")
        told = f"{told}; and for {left_out}"
    return f"The goal is kept for {told}."


def _of(rows: list[GoodFilms], what: str) -> str:
    missed = [f"{row.source} ({row.wanted})" for row in rows if row.goal == MISSED]
    kept = f"{len(rows) - len(missed)} of {len(rows)} {what}"
    return f"{kept}, and missed for {', '.join(missed)}" if missed else kept
