"""One line of the journal, and what it can say. Plain data, no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Action(StrEnum):
    """What a journal entry records.

    ADOPT brings in a model's claims and cannot be undone; UNDO and REDO move
    the position in the history; all others are changes by the reader.
    """

    ADOPT = "adopt"
    DECIDE = "decide"
    REASON = "reason"
    ADD = "add"
    BOX = "box"
    REMOVE = "remove"
    COMMENT = "comment"
    MEASURE = "measure"
    MEASURE_MOVE = "measure_move"
    MEASURE_LABEL = "measure_label"
    MEASURE_REMOVE = "measure_remove"
    KEY_IMAGE = "key_image"
    LAYOUT = "layout"
    VIEW = "view"
    UNDO = "undo"
    REDO = "redo"


class Subject(StrEnum):
    """What a change is about; each has items, and uids, of its own."""

    FINDING = "finding"
    MEASUREMENT = "measurement"
    KEY_IMAGE = "key image"
    LAYOUT = "layout"
    VIEW = "view"


_SUBJECTS: Mapping[Action, Subject] = {
    Action.MEASURE: Subject.MEASUREMENT,
    Action.MEASURE_MOVE: Subject.MEASUREMENT,
    Action.MEASURE_LABEL: Subject.MEASUREMENT,
    Action.MEASURE_REMOVE: Subject.MEASUREMENT,
    Action.KEY_IMAGE: Subject.KEY_IMAGE,
    Action.LAYOUT: Subject.LAYOUT,
    Action.VIEW: Subject.VIEW,
}


def subject_of(action: Action) -> Subject:
    """Return what a change by that action is about."""
    return _SUBJECTS.get(action, Subject.FINDING)


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One row, never changed once written.

    Attributes
    ----------
    study_key
        See `review.store.study_key`.
    at
        When, with its time zone. The order is that of `number`, never of
        `at`: clocks are set back.
    finding_uid
        Of the finding, measurement, key image, layout or view: which of them
        the action says (`subject_of`). Named when there were findings only.
    payload
        JSON object: ``{"after": item or null}`` for a change, ``{"findings":
        [...], "superseded": [...]}`` for ADOPT, empty for UNDO and REDO.
    number
        Given by the store; 0 before.
    """

    study_key: str
    at: datetime
    reader: str
    action: Action
    finding_uid: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)
    number: int = 0
