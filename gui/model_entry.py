"""A model as the facts page sees it: sound or locked, calibrated here or not. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from gui import facts_words
from gui.evidence_rows import SITE_TITLE, EvidenceRow
from inference.local_store import LocalState

if TYPE_CHECKING:
    from inference.errors import ModelUnavailableError
    from inference.local_calibration import LocalFinding
    from inference.model_card import ModelCard

LOCKED = "AI failed: model file changed. The model is locked."


class Integrity(StrEnum):
    """What comparing a model's files with its manifest came to."""

    CHECKING = "checking"
    MATCHES = "matches"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model and what is known of it here.

    Attributes
    ----------
    card
        As it came with the model; None where its manifest cannot be read.
    reason
        What is wrong with the files, once that is known.
    local
        The site's calibration, or why it is refused.
    """

    model_id: str
    card: ModelCard | None
    integrity: Integrity = Integrity.CHECKING
    reason: str = ""
    local: LocalState = field(default_factory=LocalState)

    @property
    def title(self) -> str:
        """Name and version; the id of a model without a readable manifest."""
        return facts_words.title_of(self.card) if self.card else self.model_id

    @property
    def is_locked(self) -> bool:
        """Whether nothing of it may be used."""
        return self.integrity is Integrity.CHANGED

    def verified(self) -> ModelEntry:
        """Return it with files that are what the manifest says."""
        return replace(self, integrity=Integrity.MATCHES, reason="")

    def changed(self, reason: str) -> ModelEntry:
        """Return it locked."""
        return replace(self, integrity=Integrity.CHANGED, reason=reason)

    def local_finding(self, key: str) -> LocalFinding | None:
        """Return what the site measured of a finding, None if nothing."""
        calibration = self.local.calibration
        return calibration.finding(key) if calibration is not None else None

    def site_row(self, key: str) -> EvidenceRow | None:
        """Return the site's line in the table of sources, None if there is none."""
        found = self.local_finding(key)
        if found is None:
            return None
        note = "" if found.auroc is not None else "films of one class only"
        return EvidenceRow(
            SITE_TITLE, "site", found.auroc, found.films, found.with_finding, note
        )


def broken(problem: ModelUnavailableError) -> ModelEntry:
    """Return the entry of a model whose manifest is at fault."""
    return ModelEntry(problem.model_id, None, Integrity.CHANGED, problem.reason)


def sound(card: ModelCard, local: LocalState) -> ModelEntry:
    """Return the entry of a model whose files are not compared yet."""
    return ModelEntry(card.model_id, card, local=local)


def with_integrity_of(entry: ModelEntry, before: ModelEntry) -> ModelEntry:
    """Return an entry with what the same files came to when last compared."""
    return replace(entry, integrity=before.integrity, reason=before.reason)
