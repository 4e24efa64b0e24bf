"""What a journal amounts to: items, history and position. Pure, no disk.

The state is a fold over the journal's entries, so a window that was killed and
one that was not stand exactly alike. Findings, measurements, key images, layout
and views have one history, in the order in which they were changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from review.decision import Origin, ReviewedFinding
from review.journal import Action, JournalEntry, Subject, subject_of
from review.mark_records import Item, item_from_json
from review.measurement import KeyImage, Measurement, ScreenLayout, ViewState
from review.records import finding_from_json
from review.rows import Rows

LAYOUT_UID = "layout"
"""There is one layout a study."""


@dataclass(frozen=True, slots=True)
class Change:
    """One undoable step of the reader.

    `before` is None for an item that was added, `after` for one that was
    removed; `number` is that of its journal entry, 0 while it is not saved.
    """

    action: Action
    uid: str
    reader: str
    at: datetime
    before: Item | None
    after: Item | None
    number: int = 0

    @property
    def subject(self) -> Subject:
        """What it is about: `before` and `after` are of that type."""
        return subject_of(self.action)

    @property
    def finding_uid(self) -> str:
        """The finding it is about; "" if it is about something else."""
        return self.uid if self.subject is Subject.FINDING else ""


class Timeline:
    """The items in their order, and the changes that led to them.

    `history` holds undone changes too: those from `position` on can be redone.
    `made` counts the entries of each action, undone ones too.
    """

    def __init__(self, entries: Iterable[JournalEntry] = ()) -> None:
        self.history: tuple[Change, ...] = ()
        self.position = 0
        self.last_number = 0
        self.made: Counter[Action] = Counter()
        self._findings: Rows[ReviewedFinding] = Rows()
        self._measurements: Rows[Measurement] = Rows()
        self._key_images: Rows[KeyImage] = Rows()
        self._layout: ScreenLayout | None = None
        self._views: Rows[ViewState] = Rows()
        self._claims: dict[str, ReviewedFinding] = {}
        for entry in entries:
            self.apply(entry)

    @property
    def findings(self) -> tuple[ReviewedFinding, ...]:
        """The rows, in the order in which they first came."""
        return tuple(self._findings)

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        """The measurements, in the order in which they were made."""
        return tuple(self._measurements)

    @property
    def key_images(self) -> tuple[KeyImage, ...]:
        """The key images, in the order in which they were first marked."""
        return tuple(self._key_images)

    @property
    def layout(self) -> ScreenLayout | None:
        """The layout; None if the reader never changed it."""
        return self._layout

    @property
    def views(self) -> tuple[ViewState, ...]:
        """How images and series are shown, where the reader changed it."""
        return tuple(self._views)

    def find(self, finding_uid: str) -> ReviewedFinding | None:
        """Return the finding as it stands, or None."""
        return self._findings.get(finding_uid)

    def item(self, subject: Subject, uid: str) -> Item | None:
        """Return an item as it stands, or None."""
        match subject:
            case Subject.FINDING:
                return self._findings.get(uid)
            case Subject.MEASUREMENT:
                return self._measurements.get(uid)
            case Subject.KEY_IMAGE:
                return self._key_images.get(uid)
            case Subject.LAYOUT:
                return self._layout
            case Subject.VIEW:
                return self._views.get(uid)

    def apply(self, entry: JournalEntry) -> Change | None:
        """Take in one entry; returns the change it made or moved over."""
        self.last_number = max(self.last_number, entry.number)
        self.made[entry.action] += 1
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
        record, subject = entry.payload["after"], subject_of(entry.action)
        change = Change(
            action=entry.action,
            uid=entry.finding_uid,
            reader=entry.reader,
            at=entry.at,
            before=self.item(subject, entry.finding_uid),
            after=None if record is None else item_from_json(subject, record),
            number=entry.number,
        )
        self.history = (*self.history[: self.position], change)
        self.position += 1
        self._put(change.uid, subject, change.after)
        return change

    def _undo(self) -> Change | None:
        if self.position == 0:
            return None
        self.position -= 1
        change = self.history[self.position]
        self._put(change.uid, change.subject, change.before)
        return change

    def _redo(self) -> Change | None:
        if self.position == len(self.history):
            return None
        change = self.history[self.position]
        self.position += 1
        self._put(change.uid, change.subject, change.after)
        return change

    def _adopt(self, entry: JournalEntry) -> None:
        """Bring in new claims; rows the reader has decided stay as they are."""
        claimed = [finding_from_json(record) for record in entry.payload["findings"]]
        for uid in entry.payload["superseded"]:
            self._claims.pop(uid, None)
        self._claims.update({claim.finding_uid: claim for claim in claimed})
        for uid in entry.payload["superseded"]:
            row = self._findings.get(uid)
            if row is not None:
                self._put_finding(uid, row)
        for claim in claimed:
            if self._findings.get(claim.finding_uid) is None:
                self._put_finding(claim.finding_uid, claim)

    def _put(self, uid: str, subject: Subject, item: Item | None) -> None:
        match item:
            case ReviewedFinding():
                self._put_finding(uid, item)
            case Measurement():
                self._measurements.put(uid, item)
            case KeyImage():
                self._key_images.put(uid, item)
            case ScreenLayout():
                self._layout = item
            case ViewState():
                self._views.put(uid, item)
            case None:
                self._take_away(uid, subject)

    def _take_away(self, uid: str, subject: Subject) -> None:
        match subject:
            case Subject.FINDING:
                self._findings.put(uid, None)
            case Subject.MEASUREMENT:
                self._measurements.put(uid, None)
            case Subject.KEY_IMAGE:
                self._key_images.put(uid, None)
            case Subject.LAYOUT:
                self._layout = None
            case Subject.VIEW:
                self._views.put(uid, None)

    def _put_finding(self, uid: str, row: ReviewedFinding) -> None:
        if row.origin is Origin.MODEL and row.decision is None:
            self._findings.put(uid, self._current(row))
        else:
            self._findings.put(uid, row)

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
