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
    UNDO = "undo"
    REDO = "redo"


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
    payload
        JSON object: ``{"after": finding or null}`` for a change, ``{"findings":
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
