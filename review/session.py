"""The review of one study: all that its reader says, journal first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from review.counting import counted
from review.finding_verbs import FindingVerbs
from review.mark_verbs import MarkVerbs
from review.store import DecisionStore
from studies.model import Study


class ReviewSession(FindingVerbs, MarkVerbs):
    """Decisions, measurements, key images, layout and views of one study.

    Every change is written to the journal and committed, then the state
    changes; undo goes through all kinds of change in the order they were made,
    across restarts. Where the write fails the change stands in memory,
    `unsaved` counts it, and `ReviewNotSavedError` is raised; the next change,
    or `retry_save`, writes what is missing, in order. Not for several threads.

    Parameters
    ----------
    reader
        Name of the person, as it is recorded and exported.
    clock
        Returns the time with its time zone.
    new_uid
        Returns a new DICOM UID.

    Attributes
    ----------
    recovered
        How many decisions were there when the review was opened.
    recovered_words
        What was there, e.g. "6 decisions, 2 measurements".

    Raises
    ------
    ReviewUnavailableError
        If the study's decisions cannot be read.
    """

    def __init__(
        self,
        store: DecisionStore,
        study: Study,
        reader: str,
        clock: Callable[[], datetime],
        new_uid: Callable[[], str],
    ) -> None:
        super().__init__(store, study, reader, clock, new_uid)
        self.recovered = sum(1 for row in self.findings if row.decision is not None)
        self.recovered_words = self._recovered_words()

    def _recovered_words(self) -> str:
        measured, key_images = len(self.measurements), len(self.key_images)
        told = [
            counted(self.recovered, "decision"),
            counted(measured, "measurement"),
            counted(key_images, "key image"),
        ]
        if not (self.recovered or measured or key_images) and self.position:
            return "the layout" if self.layout else "how images were shown"
        return ", ".join([told[0] or "0 decisions", *filter(None, told[1:])])
