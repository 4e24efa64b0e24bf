"""One question about identity after the other, until it is clear what opens. No Qt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gui import identity_words
from gui.identity_words import FileFacts
from gui.study_words import moment
from studies import answers
from studies.model import Doubt

if TYPE_CHECKING:
    from gui.identity_words import Question
    from studies.model import Claim, Discovery, ImageHeader
    from studies.model import Question as Asked

MOST_ASKED = 3
"""Images in doubt that are asked about one by one; more are one question."""


class Inquiry:
    """Asks whose studies to open, then which files count; remembers nothing later.

    The order matters: whoever is asked which file counts sees files of the chosen
    patient only.

    Parameters
    ----------
    found
        As it was found, of one patient or several.
    """

    def __init__(self, found: Discovery) -> None:
        self._found = found
        self._patients = answers.claimants(found)
        self._one_uid = any(one.doubt is Doubt.STUDY for one in found.questions)
        # Before a patient is chosen it is not known which files are in doubt.
        self._doubted: tuple[Asked, ...] = ()
        self._theirs = {
            one.uid
            for one in answers.image_doubts(found)
            if len({claim.study.patient for claim in one.claims}) > 1
        }
        self._choices: dict[str, Path | None] = {}
        self._asks_patient = len(self._patients) > 1 or self._one_uid
        if not self._asks_patient:
            self._doubted = answers.image_doubts(found)

    @property
    def question(self) -> Question | None:
        """What is to be asked next; None once all is answered."""
        if self._asks_patient:
            return identity_words.which_patient(self._patients, one_uid=self._one_uid)
        waiting = self._waiting
        if not waiting:
            return None
        if self._at_once:
            return identity_words.which_copies(len(waiting))
        return _which_file(waiting[0], others=waiting[0].uid in self._theirs)

    def answer(self, place: int) -> None:
        """Take the answer to `question`, counted from 0; beyond the last is none."""
        if self._asks_patient:
            patient, _ = self._patients[place]
            self._found = answers.of_patient(self._found, patient)
            self._doubted = answers.image_doubts(self._found)
            self._asks_patient = False
            return
        asked = self._waiting if self._at_once else self._waiting[:1]
        for one in asked:
            paths = one.paths[:1] if self._at_once else one.paths
            self._choices[one.uid] = paths[place] if place < len(paths) else None

    def result(self) -> Discovery:
        """Return what opens.

        Raises
        ------
        ValueError
            If a question is left: nothing opens before it is answered.
        """
        if self.question is not None:
            raise ValueError("it is not answered yet whose images these are")
        return answers.answered(self._found, self._choices)

    @property
    def _waiting(self) -> tuple[Asked, ...]:
        return tuple(one for one in self._doubted if one.uid not in self._choices)

    @property
    def _at_once(self) -> bool:
        return len(self._doubted) > MOST_ASKED


def _which_file(asked: Asked, *, others: bool) -> Question:
    facts = [_facts(claim) for claim in asked.claims]
    words = _image_words(_header(asked.claims[0]))
    return identity_words.which_file(words, facts, others=others)


def _header(claim: Claim) -> ImageHeader:
    return claim.study.images[0]


def _image_words(header: ImageHeader) -> str:
    """Return ``Image 12 of CT CHEST``."""
    number = header.instance_number
    image = "An image" if number is None else f"Image {number}"
    return f"{image} of {_what(header)}"


def _what(header: ImageHeader) -> str:
    shown = header.series_description or header.body_part
    return " ".join(part for part in (header.modality, shown) if part)


def _facts(claim: Claim) -> FileFacts:
    header = _header(claim)
    taken = moment(header.acquired_at)
    frames = f"{header.frames} frames" if header.frames > 1 else ""
    parts = (
        _what(header),
        f"{header.rows} x {header.columns}",
        frames,
        f"taken {taken}" if taken else "",
    )
    said = ", ".join(part for part in parts if part)
    return FileFacts(claim.path, claim.size, claim.written_at, said)
