"""A change of the review in a few words. No Qt."""

from __future__ import annotations

from gui.mark_words import headline
from review.decision import ReviewedFinding, Verdict
from review.journal import Action
from review.measurement import KeyImage, Measurement
from review.timeline import Change

_VERDICT_WORDS = {
    Verdict.CONFIRMED: "Confirmed",
    Verdict.REJECTED: "Rejected",
    Verdict.UNSURE: "Unsure about",
}


def change_words(change: Change) -> str:
    """Say a change in a few words, e.g. "Confirmed Pneumonia"."""
    match change.action:
        case Action.MEASURE:
            return f"Measured {_figure(change)}".strip()
        case Action.MEASURE_MOVE:
            return "Moved a measurement"
        case Action.MEASURE_LABEL:
            return "Named a measurement"
        case Action.MEASURE_REMOVE:
            return "Removed a measurement"
        case Action.KEY_IMAGE:
            return _key_image(change)
        case Action.LAYOUT:
            return "Changed the layout"
        case Action.VIEW:
            return "Changed the window"
        case _:
            return _finding(change)


def _finding(change: Change) -> str:
    row = change.after or change.before
    name = row.name if isinstance(row, ReviewedFinding) else change.uid
    match change.action:
        case Action.DECIDE:
            after = change.after
            decision = after.decision if isinstance(after, ReviewedFinding) else None
            if decision is None:
                return f"Cleared the decision on {name}"
            return f"{_VERDICT_WORDS[decision.verdict]} {name}"
        case Action.REASON:
            return f"Gave the reason for {name}"
        case Action.ADD:
            return f"Added {name}"
        case Action.REMOVE:
            return f"Removed {name}"
        case Action.BOX:
            return f"Moved the box of {name}"
        case _:
            return f"Commented on {name}"


def _figure(change: Change) -> str:
    return headline(change.after) if isinstance(change.after, Measurement) else ""


def _key_image(change: Change) -> str:
    if not isinstance(change.after, KeyImage):
        return "Unmarked a key image"
    if change.before is not None:
        return "Commented on a key image"
    return "Marked a key image"
