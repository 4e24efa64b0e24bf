"""What can be wrong with keeping or exporting decisions."""

from __future__ import annotations

from pathlib import Path

from studies.errors import OverreadError


class ReviewUnavailableError(OverreadError):
    """The file of decisions cannot be opened; `reason` says why."""

    def __init__(self, path: Path, reason: str, next_step: str) -> None:
        self.path = path
        self.reason = reason
        self.next_step = next_step
        super().__init__(f"{path.name} cannot be opened: {reason}. {next_step}")


class ReviewNotSavedError(OverreadError):
    """A change that stands in memory but not on the disk.

    `reason` is a few words, e.g. "disk is full".
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"Not saved: {reason}. Your work is in memory. Choose another folder."
        )


class JournalMovedError(OverreadError):
    """Another window wrote to this study's journal since it was last read."""

    def __init__(self, expected: int, found: int) -> None:
        self.expected = expected
        self.found = found
        super().__init__(
            f"the journal stands at entry {found}, this window knows {expected}"
        )


class ReviewRefusedError(OverreadError):
    """A change that the rules of a review do not allow."""


class ExportRefusedError(OverreadError):
    """One object that is not written; the others are."""

    def __init__(self, what: str, reason: str) -> None:
        self.what = what
        self.reason = reason
        super().__init__(f"{what}: {reason}")
