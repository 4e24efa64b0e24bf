"""What every part of a review does alike: write first, then change; undo."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from review.errors import JournalMovedError, ReviewRefusedError
from review.journal import Action, JournalEntry, Subject, subject_of
from review.ledger import Ledger
from review.mark_records import Item, item_to_json
from review.store import DecisionStore, study_key
from review.timeline import Change
from studies.model import Study


class SessionCore:
    """The journal of one study with its history; see `review.session`."""

    def __init__(
        self,
        store: DecisionStore,
        study: Study,
        reader: str,
        clock: Callable[[], datetime],
        new_uid: Callable[[], str],
    ) -> None:
        self.study = study
        self.reader = reader
        self._clock = clock
        self._new_uid = new_uid
        self._ledger = Ledger(store, study_key(study), clock)

    @property
    def last_saved_at(self) -> datetime | None:
        """When the last change went to the disk; None if there is none."""
        return self._ledger.last_saved_at

    @property
    def history(self) -> tuple[Change, ...]:
        """Done and undone changes; the first `position` of them are done."""
        return self._ledger.timeline.history

    @property
    def position(self) -> int:
        """How many changes of the history are done."""
        return self._ledger.timeline.position

    @property
    def unsaved(self) -> int:
        """How many changes stand in memory only."""
        return self._ledger.unsaved

    def undo(self) -> Change | None:
        """Take back the last change; None if there is none."""
        if self.position == 0:
            return None
        return self._move(Action.UNDO)

    def redo(self) -> Change | None:
        """Do the last undone change again; None if there is none."""
        if self.position == len(self.history):
            return None
        return self._move(Action.REDO)

    def retry_save(self, store: DecisionStore | None = None) -> None:
        """Write what stands in memory only.

        Parameters
        ----------
        store
            Another file, which receives the whole journal of the study and is
            used from then on. The caller closes the old one.

        Raises
        ------
        ReviewNotSavedError
            If it still cannot be written.
        """
        if store is not None:
            self._ledger.move_to(store)
            return
        try:
            self._ledger.flush()
        except JournalMovedError:
            self._ledger.reload()
            self._ledger.flush()

    def reload(self) -> None:
        """Read the journal again, with what another window has written."""
        self._ledger.reload()

    def _change(self, action: Action, after: Item | None, uid: str) -> Change:
        """Record a change of an item as it stood when the reader saw it.

        Layout and views alone may be overruled unseen: another window's are no
        work that could be lost.
        """
        subject = subject_of(action)
        before = self._ledger.timeline.item(subject, uid)
        payload = {"after": None if after is None else item_to_json(after)}

        def build() -> JournalEntry:
            stands = self._ledger.timeline.item(subject, uid)
            if stands != before and subject not in (Subject.LAYOUT, Subject.VIEW):
                raise ReviewRefusedError(
                    f"another window changed this {subject.value}; look at it again"
                )
            return self._entry(action, uid, payload)

        return self._commit(build)

    def _move(self, action: Action) -> Change | None:
        position, history = self.position, self.history

        def build() -> JournalEntry:
            if (self.position, self.history) != (position, history):
                raise ReviewRefusedError(
                    "another window changed this study; look at it again"
                )
            return self._entry(action)

        return self._ledger.commit(build)

    def _commit(self, build: Callable[[], JournalEntry]) -> Change:
        change = self._ledger.commit(build)
        assert change is not None  # an entry that is neither undo nor redo is a change
        return change

    def _entry(
        self, action: Action, uid: str = "", payload: Mapping[str, Any] | None = None
    ) -> JournalEntry:
        return JournalEntry(
            study_key=self._ledger.key,
            at=self._clock(),
            reader=self.reader,
            action=action,
            finding_uid=uid,
            payload=payload or {},
        )
