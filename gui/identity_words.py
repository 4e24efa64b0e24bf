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


def which_patient(patients: Sequence[tuple[Patient, int]]) -> Question:
    """Ask whose studies to open, of patients with their numbers of studies."""
    options = tuple(
        Option(patient_line(patient), _counted(count, "study", "studies"), "user")
        for patient, count in patients
    )
    return Question(
        f"{_number(len(patients))} patients found. Choose one.",
        "Overread shows one patient at a time and never mixes two.",
        options,
        "Open this patient",
    )


def which_file(image: str, files: Sequence[FileFacts]) -> Question:
    """Ask which of several files is the image they all claim to be.

    Parameters
    ----------
    image
        What is in question, such as ``Image 12 of CT CHEST``.
    files
        The last option, added here, is to leave the image out.
    """
    options = [Option(one.path.name, _file_words(one), "image") for one in files]
    out = "The rest of the study opens without it."
    options.append(Option("None: leave this image out", out, "eye-off"))
    return Question(
        f"{_number(len(files))} files claim to be the same image. Which one counts?",
        f"{image}: the same SOP Instance UID, other content. Ask the sender which "
        "file is right; nothing was changed on disk.",
        tuple(options),
        "Go on with this",
    )


def whose_prior(current: Patient, other: Patient, what: str) -> Question:
    """Ask what to do with a prior that may be somebody else's.

    The answer never mixes: 0 goes on without the prior, 1 leaves the current
    study and opens the other one alone.

    Parameters
    ----------
    what
        The prior in words, such as ``CHEST PA 12 Mar 2024``.
    """
    return Question(
        "This prior may be somebody else's.",
        f"{_difference(current, other)} Overread does not hang it beside the study on "
        "screen. Ask the sender which identity is right.",
        (
            Option("Go on without it", patient_line(current), "user"),
            Option(f"Leave the study; open {what} alone", patient_line(other), "user"),
        ),
        "Go on",
        "Open nothing",
    )


def _difference(current: Patient, other: Patient) -> str:
    pairs = (
        ("name", current.name, other.name),
        ("birth date", current.birth_date, other.birth_date),
        ("sex", current.sex, other.sex),
        ("issuer of the ID", current.issuer, other.issuer),
    )
    differing = [word for word, one, two in pairs if one != two]
    same = current.patient_id == other.patient_id
    start = "Same ID" if same else "Another ID"
    if not differing:
        return f"{start}."
    first, last = ", ".join(differing[:-1]), differing[-1]
    words = f"{first} and {last}" if first else last
    return f"{start}, {'but another' if same else 'another'} {words}."


def _file_words(one: FileFacts) -> str:
    written = f"written {moment(one.written_at)}" if one.written_at else ""
    parts = (one.said, f"{one.size:,} bytes", written, str(one.path.parent))
    return " · ".join(part for part in parts if part)


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _number(count: int) -> str:
    return _WORDS[count] if count < len(_WORDS) else str(count)
