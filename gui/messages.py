"""Errors -> a sentence for the radiologist, with what to do next. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from studies.errors import OverreadError, UnreadableFileError, UnsupportedImageError


@dataclass(frozen=True, slots=True)
class Message:
    """What happened and what to do."""

    what: str
    next_step: str


def message_for(error: BaseException) -> Message:
    """Return what to say of an error; an unforeseen one is named by its kind."""
    if isinstance(error, UnsupportedImageError):
        return Message(
            f"This image cannot be shown: {error.found}.",
            f"Overread shows {error.allowed}. The other images stay open.",
        )
    if isinstance(error, UnreadableFileError):
        return Message(
            f"This image cannot be read: {error.reason}.",
            "Ask for the file again, or open it where it was made.",
        )
    if isinstance(error, OverreadError):
        step = str(getattr(error, "next_step", "")) or "Read as usual."
        return Message(str(error), step)
    if isinstance(error, MemoryError):
        return Message(
            "There is not enough memory for this image.",
            "Close other programs or open fewer studies.",
        )
    if isinstance(error, OSError):
        reason = error.strerror or type(error).__name__
        return Message(
            f"The file cannot be read: {reason}.",
            "Check that the disk or the network folder is there.",
        )
    return Message(
        f"Unexpected problem ({type(error).__name__}).",
        "The report is in the log folder; viewing goes on.",
    )


def no_studies(files: int, refused: int, others: Sequence[str] = ()) -> Message:
    """Return what to say when nothing could be opened.

    Parameters
    ----------
    others
        What the objects without pixels are, e.g. ``"Comprehensive SR"``.
    """
    if not files:
        return Message(
            "No files there.", "Choose a folder with DICOM files, a zip or a DICOMDIR."
        )
    noun = "file" if files == 1 else "files"
    if refused:
        return Message(
            f"{refused} of {files} {noun} could not be opened",
            "The list says why, file by file.",
        )
    if others:
        kinds = ", ".join(dict.fromkeys(others))
        return Message(
            f"No images in {files} {noun}: {kinds}.",
            "Open them together with the images they are about.",
        )
    return Message(
        f"No images in {files} {noun}.",
        "They hold no pixels (reports, for example) or are not DICOM files.",
    )
