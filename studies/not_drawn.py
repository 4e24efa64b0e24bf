"""Collects what of an object is not drawn, and says it in sentences."""

from __future__ import annotations

from collections import Counter

_MOST_SENTENCES = 40


class NotDrawn:
    """Reasons, each told once with how often it was met."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._said: dict[str, None] = {}

    def say(self, sentence: str) -> None:
        """Add a whole sentence."""
        self._said.setdefault(sentence.rstrip(".") + ".")

    def count(self, what: str, why: str, times: int = 1) -> None:
        """Add to a reason: "``what``: 3 times ``why``" becomes one sentence.

        Parameters
        ----------
        what
            The thing with its noun, e.g. ``"Liver, frames"``.
        why
            e.g. ``"lie on no image of this study"``.
        """
        if times:
            self._counts[what, why] += times

    def sentences(self) -> tuple[str, ...]:
        """Return the sentences; beyond 40 only how many more there are."""
        counted = [
            f"{what}: {times} {why}." for (what, why), times in self._counts.items()
        ]
        found = (*self._said, *counted)
        if len(found) > _MOST_SENTENCES:
            more = len(found) - _MOST_SENTENCES
            return (*found[:_MOST_SENTENCES], f"{more} further reasons are left out.")
        return found
