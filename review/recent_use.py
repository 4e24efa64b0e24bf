"""What became of a model's claims here lately: from the journal, no film is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from review.claims import finding_key
from review.decision import ReviewedFinding, Verdict
from review.journal import Action, JournalEntry
from review.timeline import Timeline

if TYPE_CHECKING:
    from review.store import DecisionStore


@dataclass(frozen=True, slots=True)
class RecentUse:
    """One finding of a model on the films of a period.

    Attributes
    ----------
    films
        Films on which the model told its probability.
    flagged
        Those on which it reached its threshold.
    confirmed, rejected, unsure
        What the readers decided of the flagged ones, as it stands now.
    """

    films: int = 0
    flagged: int = 0
    confirmed: int = 0
    rejected: int = 0
    unsure: int = 0

    @property
    def undecided(self) -> int:
        """How many flagged findings nobody has decided."""
        return self.flagged - self.confirmed - self.rejected - self.unsure


_COUNTED = {
    Verdict.CONFIRMED: "confirmed",
    Verdict.REJECTED: "rejected",
    Verdict.UNSURE: "unsure",
}


def recent_use(
    store: DecisionStore, sha256: str, since: datetime
) -> Mapping[str, RecentUse]:
    """Count what some weights said since a time, by finding key.

    Parameters
    ----------
    store
        Of the calling thread.
    since
        With its time zone.

    Raises
    ------
    ReviewUnavailableError
        If the decisions cannot be read.
    """
    counts: dict[str, RecentUse] = {}
    for study_key in store.studies_since(since):
        for finding in _claims(store.entries(study_key), sha256, since):
            key = finding_key(finding)
            counts[key] = _with(counts.get(key, RecentUse()), finding)
    return counts


def _claims(
    entries: Iterable[JournalEntry], sha256: str, since: datetime
) -> list[ReviewedFinding]:
    """Return the rows, as they stand now, that were brought in since a time."""
    kept = tuple(entries)
    lately = {
        str(item["finding_uid"])
        for entry in kept
        if entry.action is Action.ADOPT and entry.at >= since
        for item in entry.payload.get("findings", ())
    }
    return [
        row
        for row in Timeline(kept).findings
        if row.model is not None
        and row.model.sha256 == sha256
        and row.finding_uid in lately
    ]


def _with(use: RecentUse, finding: ReviewedFinding) -> RecentUse:
    use = replace(use, films=use.films + 1)
    if not finding.flagged:
        return use
    use = replace(use, flagged=use.flagged + 1)
    if finding.decision is None:
        return use
    name = _COUNTED[finding.decision.verdict]
    return replace(use, **{name: getattr(use, name) + 1})
