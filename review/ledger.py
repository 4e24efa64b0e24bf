"""One study's journal in memory and on the disk, kept alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from explain.analysis import Analysis, ModelIdentity
from review.errors import JournalMovedError, ReviewNotSavedError, ReviewRefusedError
from review.journal import JournalEntry
from review.severity_history import SeverityPoint
from review.store import DecisionStore
from review.timeline import Change, Timeline

_ATTEMPTS = 3


class Ledger:
    """The entries of one study, the state they amount to, and what is unsaved.

    Raises
    ------
    ReviewUnavailableError
        If the study's decisions cannot be read.
    """

    def __init__(
        self, store: DecisionStore, key: str, clock: Callable[[], datetime]
    ) -> None:
        self.key = key
        self.entries = list(store.entries(key))
        self.analyses = list(store.analyses(key))
        self.timeline = Timeline(self.entries)
        self.last_saved_at = self.entries[-1].at if self.entries else None
        self._store = store
        self._clock = clock
        self._unsaved: list[JournalEntry] = []
        self._unsaved_analyses: list[Analysis] = []

    @property
    def unsaved(self) -> int:
        """How many entries and analyses stand in memory only."""
        return len(self._unsaved) + len(self._unsaved_analyses)

    def severities(
        self, model: ModelIdentity, key: str, *, known_patient: bool
    ) -> tuple[SeverityPoint, ...]:
        """Return how a severity went over the studies of this patient.

        Of this study alone where nobody knows whose it is: all films without a
        patient would else be taken for one person's.
        """
        end = f"/{self.key.rpartition('/')[2]}" if known_patient else self.key
        return self._store.severities(end, model, key)

    def take_in(self, analysis: Analysis) -> None:
        """Hold an analysis; the next commit writes it."""
        self.analyses.append(analysis)
        self._unsaved_analyses.append(analysis)

    def commit(self, build: Callable[[], JournalEntry]) -> Change | None:
        """Write an entry, then apply it; on a failed write apply it all the same.

        Parameters
        ----------
        build
            Makes the entry from the state as it stands. Where another window
            wrote first, its entries are taken in and `build` is asked again.

        Raises
        ------
        ReviewNotSavedError
            If the entry stands in memory only.
        ReviewRefusedError
            If `build` raises it, or another window keeps writing.
        """
        for _ in range(_ATTEMPTS):
            entry = build()
            self._unsaved.append(entry)
            try:
                written = self.flush()
            except JournalMovedError:
                self._unsaved.pop()
                self.reload()
            except ReviewNotSavedError:
                self.timeline.apply(entry)
                raise
            else:
                return self.timeline.apply(written[-1])
        raise ReviewRefusedError("another window is writing to this study")

    def flush(self) -> tuple[JournalEntry, ...]:
        """Write all that is unsaved in one transaction.

        Raises
        ------
        JournalMovedError
            If another window wrote to the study since it was read.
        ReviewNotSavedError
            If it could not be written; it stays unsaved.
        """
        written = self._store.append_all(
            self._unsaved,
            analyses=[(self.key, item) for item in self._unsaved_analyses],
            expected=self.entries[-1].number if self.entries else 0,
        )
        self.entries += written
        self._settle()
        return written

    def move_to(self, store: DecisionStore) -> None:
        """Write the whole journal to another file, and use that from now on.

        Raises
        ------
        ReviewNotSavedError
            If that file has decisions on this study, or cannot be written;
            then the old file stays in use.
        """
        if store.entries(self.key):
            raise ReviewNotSavedError("that file has decisions on this study")
        written = store.append_all(
            [replace(entry, number=0) for entry in [*self.entries, *self._unsaved]],
            analyses=[(self.key, item) for item in self.analyses],
        )
        self.entries = list(written)
        self._store = store
        self._settle()
        self.timeline = Timeline(self.entries)

    def reload(self) -> None:
        """Read the file again, with what another window has written to it."""
        self.entries = list(self._store.entries(self.key))
        self.analyses = [*self._store.analyses(self.key), *self._unsaved_analyses]
        self.timeline = Timeline([*self.entries, *self._unsaved])

    def _settle(self) -> None:
        self._unsaved.clear()
        self._unsaved_analyses.clear()
        self.last_saved_at = self._clock()
