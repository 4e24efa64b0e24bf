"""The bytes behind a path: a file, or a member of a zip archive."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from studies import archive
from studies.errors import UnreadableFileError
from studies.nifti_head import is_nifti

_IMAGE_MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
_PREAMBLE = 128
# Explicit VRs with which a data set without a file header can begin.
_FIRST_VRS = (b"UI", b"UL", b"CS", b"OB", b"SH", b"DA", b"TM", b"LO", b"US")


class Kind(StrEnum):
    """What the first bytes of a file say it is."""

    DICOM = "DICOM"
    BARE_DICOM = "DICOM without a file header"
    FILM = "PNG or JPEG"
    ZIP = "zip archive"
    GZIP = "gzip file"
    NIFTI = "NIfTI volume"
    UNKNOWN = "unknown"


def open_source(path: Path) -> BinaryIO:
    """Open a file, or a member of an archive, for reading; the caller closes it.

    Raises
    ------
    UnreadableFileError
        If there is no such file or it may not be read.
    """
    try:
        if path.is_file():
            return path.open("rb")
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise UnreadableFileError(path, _reason(error)) from error
    found = archive.find_member(path)
    if found is None:
        raise UnreadableFileError(path, "there is no such file")
    return io.BytesIO(archive.read_member(*found))


@contextmanager
def device_errors(path: Path) -> Iterator[None]:
    """Turn what a failing disk or network raises into an UnreadableFileError."""
    try:
        yield
    except OSError as error:
        raise UnreadableFileError(path, _reason(error)) from error


def stamp(path: Path) -> tuple[int, int]:
    """Return (bytes, time of change in ns) of the file behind a path, else zeros."""
    for candidate in (path, *path.parents):
        try:
            if candidate.is_file():
                state = candidate.stat()
                return state.st_size, state.st_mtime_ns
        except (OSError, ValueError):
            return 0, 0
    return 0, 0


def kind_of(head: bytes) -> Kind:
    """Tell from its first bytes (132 are enough) what a file is."""
    if head[_PREAMBLE : _PREAMBLE + 4] == b"DICM":
        return Kind.DICOM
    if head.startswith(_IMAGE_MAGIC):
        return Kind.FILM
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return Kind.ZIP
    if head.startswith(b"\x1f\x8b"):
        return Kind.GZIP
    if is_nifti(head):
        return Kind.NIFTI
    return Kind.BARE_DICOM if _begins_like_dicom(head) else Kind.UNKNOWN


def size_of(stream: BinaryIO) -> int:
    """Return the length of a stream in bytes; its position is kept."""
    here = stream.tell()
    end = stream.seek(0, io.SEEK_END)
    stream.seek(here)
    return end


def _begins_like_dicom(head: bytes) -> bool:
    """Return whether the bytes begin with an element of group 0002 or 0008."""
    if len(head) < 16 or head[:2] not in (b"\x02\x00", b"\x08\x00", b"\x00\x08"):
        return False
    if head[4:6] in _FIRST_VRS:
        return True
    length = int.from_bytes(head[4:8], "little")
    return head[:2] != b"\x00\x08" and head[3] == 0 and 0 < length <= 256


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, PermissionError):
        return "no permission to read it"
    return getattr(error, "strerror", None) or type(error).__name__
