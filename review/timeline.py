"""What a journal amounts to: findings, history and position. Pure, no disk.

The state is a fold over the journal's entries, so a window that was killed and
one that was not stand exactly alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from review.decision import Origin, ReviewedFinding
from review.journal import Action, JournalEntry
from review.records import finding_from_json


@dataclass(frozen=True, slots=True)
class Change:
    """One undoable step of the reader.

    `before` is None for a finding that was added, `after` for one that was
    removed; `number` is that of its journal entry, 0 while it is not saved.
    """

    action: Action
    finding_uid: str
    reader: str
    at: datetime
    before: ReviewedFinding | None
    after: ReviewedFinding | None
    number: int = 0


class Timeline:
    """Findings in their order, and the changes that led to them.

    `history` holds undone changes too: those from `position` on can be redone.
    """

    def __init__(self, entries: Iterable[JournalEntry] = ()) -> None:
        self.history: tuple[Change, ...] = ()
        self.position = 0
        self.last_number = 0
        self.reader_findings = 0
        self._rows: dict[str, ReviewedFinding] = {}
        self._order: list[str] = []
        self._claims: dict[str, ReviewedFinding] = {}
        for entry in entries:
            self.apply(entry)

    @property
    def findings(self) -> tuple[ReviewedFinding, ...]:
        """The rows, in the order in which they first came."""
        return tuple(self._rows[uid] for uid in self._order if uid in self._rows)

    def find(self, finding_uid: str) -> ReviewedFinding | None:
        """Return the row as it stands, or None."""
        return self._rows.get(finding_uid)

    def apply(self, entry: JournalEntry) -> Change | None:
        """Take in one entry; returns the change it made or moved over."""
        self.last_number = max(self.last_number, entry.number)
        match entry.action:
            case Action.ADOPT:
                self._adopt(entry)
                return None
            case Action.UNDO:
                return self._undo()
            case Action.REDO:
                return self._redo()
            case _:
                return self._change(entry)

    def _change(self, entry: JournalEntry) -> Change:
        record = entry.payload["after"]
        change = Change(
            action=entry.action,
            finding_uid=entry.finding_uid,
            reader=entry.reader,
            at=entry.at,
            before=self._rows.get(entry.finding_uid),
            after=None if record is None else finding_from_json(record),
            number=entry.number,
        )
        if entry.action is Action.ADD:
            self.reader_findings += 1
        self.history = (*self.history[: self.position], change)
        self.position += 1
        self._put(change.finding_uid, change.after)
        return change

    def _undo(self) -> Change | None:
        if self.position == 0:
            return None
        self.position -= 1
        change = self.history[self.position]
        self._put(change.finding_uid, change.before)
        return change

    def _redo(self) -> Change | None:
        if self.position == len(self.history):
            return None
        change = self.history[self.position]
        self.position += 1
        self._put(change.finding_uid, change.after)
        return change

    def _adopt(self, entry: JournalEntry) -> None:
        """Bring in new claims; rows the reader has decided stay as they are."""
        claimed = [finding_from_json(record) for record in entry.payload["findings"]]
        for uid in entry.payload["superseded"]:
            self._claims.pop(uid, None)
        self._claims.update({claim.finding_uid: claim for claim in claimed})
        for uid in entry.payload["superseded"]:
            if uid in self._rows:
                self._put(uid, self._rows[uid])
        for claim in claimed:
            if claim.finding_uid not in self._rows:
                self._put(claim.finding_uid, claim)

    def _put(self, uid: str, row: ReviewedFinding | None) -> None:
        if row is not None and row.origin is Origin.MODEL and row.decision is None:
            row = self._current(row)
        if row is None:
            self._rows.pop(uid, None)
            return
        self._rows[uid] = row
        if uid not in self._order:
            self._order.append(uid)

    def _current(self, row: ReviewedFinding) -> ReviewedFinding | None:
        """Return an undecided row as the newest claim has it.

        A decision made on an older version of the model may be undone after
        the newer one came in: then the newer claim is what is left to decide.
        """
        claim = self._claims.get(row.finding_uid)
        if claim is None:
            return None
        return replace(
            claim,
            comment=row.comment,
            box=row.box if row.box is not None else claim.box,
            tracking_uid=row.tracking_uid,
        )
