"""One line of ``overread doctor``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a check ended: a notice hinders nothing, a problem hinders something."""

    OK = "ok"
    NOTICE = "notice"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the doctor's list: what was looked at, what was found, what to do.

    `next_step` is empty where there is nothing to do.
    """

    name: str
    state: State
    found: str
    next_step: str = ""


def shortened(text: str) -> str:
    """Return a text as one line of at most 160 letters."""
    line = " ".join(text.split())
    return line if len(line) <= 160 else f"{line[:157]}..."
