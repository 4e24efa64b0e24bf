"""The questions about identity that must be answered first, in plain words. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gui.study_words import moment, patient_line

if TYPE_CHECKING:
    from studies.model import Patient

_WORDS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


@dataclass(frozen=True, slots=True)
class Option:
    """One answer: a line, a smaller line beneath it, an icon."""

    title: str
    detail: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, what is known, and the answers.

    `accept` and `decline` are the buttons' words; whoever declines opens nothing.
    """

    title: str
    detail: str
    options: tuple[Option, ...]
    accept: str
    decline: str = "Open nothing"


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file that claims to be the same image as another."""

    path: Path
    size: int
    written_at: datetime | None = None
    said: str = ""


def which_patient(
    patients: Sequence[tuple[Patient, int]], *, one_uid: bool = False
) -> Question:
    """Ask whose studies to open, of patients with their numbers of studies.

    Parameters
    ----------
    one_uid
        One Study Instance UID stands in files of several patients. One patient may
        be asked about alone then: of the others there are no images.
    """
    options = tuple(
        Option(patient_line(patient), _patient_words(patient, count), "user")
        for patient, count in patients
    )
    count = len(patients)
    known = ["Overread shows one patient at a time and never mixes two."]
    if one_uid:
        known.append(
            "One Study Instance UID stands in files of several patients: they are "
            "kept apart. Ask the sender which identity is right."
        )
    return Question(
        f"{_number(count)} patients found. Choose one."
        if count > 1
        else "Files of this study name another patient. Open it?",
        " ".join(known),
        options,
        "Open this patient",
    )


def which_file(
    image: str, files: Sequence[FileFacts], *, others: bool = False
) -> Question:
    """Ask which of several files is the image they all claim to be.

    Parameters
    ----------
    image
        What is in question, such as ``Image 12 of CT CHEST``.
    files
        The last option, added here, is to leave the image out.
    others
        A file of another patient claims it too: it is no answer, and `files` may
        be one alone.
    """
    options = [Option(one.path.name, _file_words(one), "image") for one in files]
    out = "The rest of the study opens without it."
    options.append(Option("None: leave this image out", out, "eye-off"))
    count = len(files)
    whose = "Another patient's file claims it too and is not opened. " if others else ""
    return Question(
        f"{_number(count)} files claim to be the same image. Which one counts?"
        if count > 1
        else "Files of two patients claim to be the same image. Does this one count?",
        f"{image}: the same SOP Instance UID, other content. {whose}Ask the sender "
        "which file is right; nothing was changed on disk.",
        tuple(options),
        "Go on with this",
    )


def which_copies(count: int) -> Question:
    """Ask once about many images, each of which several files claim to be."""
    return Question(
        f"{count} images stand in several files each. Which files count?",
        "The same SOP Instance UIDs, other content. Ask the sender which files are "
        "right; nothing was changed on disk.",
        (
            Option(
                "Keep the first file of each", "In the order of the folder", "image"
            ),
            Option(
                "None: leave all these images out",
                "The rest of the study opens without them.",
                "eye-off",
            ),
        ),
        "Go on with this",
    )


def _patient_words(patient: Patient, count: int) -> str:
    """Return what is left to tell patients apart by: some differ in the issuer only."""
    parts = [_counted(count, "study", "studies")]
    if patient.issuer:
        parts.append(f"ID issued by {patient.issuer}")
    return " · ".join(parts)


def _file_words(one: FileFacts) -> str:
    written = f"written {moment(one.written_at)}" if one.written_at else ""
    parts = (one.said, f"{one.size:,} bytes", written, str(one.path.parent))
    return " · ".join(part for part in parts if part)


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _number(count: int) -> str:
    return _WORDS[count] if count < len(_WORDS) else str(count)
