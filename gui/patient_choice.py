"""The blocking question when a folder holds several patients: never both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gui.identity_question import IdentityQuestion
from gui.identity_words import which_patient

if TYPE_CHECKING:
    from studies.model import Patient


class PatientChoice(IdentityQuestion):
    """``Two patients found. Choose one.``; the film's page stays away meanwhile.

    Which file counts is asked on the same page, by `put`.
    """

    def ask(self, patients: Sequence[tuple[Patient, int]]) -> None:
        """List the patients, each with the number of studies; none is chosen."""
        self.put(which_patient(patients))
