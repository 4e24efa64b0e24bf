"""A fast reader of ordinary DICOM headers; whatever is unusual it leaves alone.

A file is walked at its top level from one small read: sequences, private data and
everything that nobody asks for is passed over by its length. The walk knows the
ordinary case only. Anything else (no file header, big endian or deflated, odd or
wrong lengths, unknown VRs, elements repeated or out of order, a value of another
VR than the dictionary's) is an `UnusualFileError`, and the caller reads the file
with `studies.dicom_file`: the scan never guesses.

References
----------
DICOM PS3.5 7 (data elements), PS3.10 7.1 (file meta information).
"""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from studies.deflated import DEFLATED
from studies.dicom_file import BIG_ENDIAN, PixelElement
from studies.scan_tags import LONG, SHORT, UnusualFileError
from studies.scan_walk import Elements, ReadAt, Walk, unpack_element, unpack_length
from studies.source import size_of
from studies.transfer_syntax import IMPLICIT

FIRST_READ = 8 << 10
"""Bytes of the one read that is enough for most headers."""

_META_AT = 132
_TRANSFER_SYNTAX = 0x0010
_META_UIDS = {2: "MediaStorageSOPClassUID", 3: "MediaStorageSOPInstanceUID"}


@dataclass(frozen=True, slots=True)
class Scanned:
    """The elements of a file's top level that are read, undecoded.

    `meta` holds the UIDs of the file meta by keyword; `payload_bytes` is the size
    of the file.
    """

    transfer_syntax_uid: str
    meta: Mapping[str, str]
    elements: Elements
    pixels: PixelElement | None
    payload_bytes: int


def scan_file(path: Path | str) -> Scanned:
    """Scan one file.

    Raises
    ------
    UnusualFileError
        If it is not an ordinary DICOM file.
    OSError
        If it cannot be opened or read.
    """
    # O_BINARY is Windows' own: there text mode is the default, even here.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        first = os.read(handle, FIRST_READ)
        size = len(first)
        if size == FIRST_READ:
            size = os.fstat(handle).st_size

        def read_at(offset: int, count: int) -> bytes:
            os.lseek(handle, offset, os.SEEK_SET)
            return os.read(handle, count)

        return scan(first, size, read_at)
    finally:
        os.close(handle)


def scan_stream(stream: BinaryIO) -> Scanned:
    """Scan an open file; errors as `scan_file`. Its position is lost."""
    stream.seek(0)
    first = stream.read(FIRST_READ)

    def read_at(offset: int, count: int) -> bytes:
        stream.seek(offset)
        return stream.read(count)

    return scan(first, size_of(stream), read_at)


def scan(first: bytes, size: int, read_at: ReadAt) -> Scanned:
    """Scan a file from its first bytes.

    Parameters
    ----------
    first
        What the file begins with, some KiB.
    size
        Bytes of the whole file.
    read_at
        Called with an offset and a number of bytes where `first` is not enough.

    Raises
    ------
    UnusualFileError
        If it is not an ordinary DICOM file.
    """
    if first[128:_META_AT] != b"DICM":
        raise UnusualFileError("no file header")
    syntax, meta, start = _file_meta(first)
    if not syntax or syntax in (BIG_ENDIAN, DEFLATED):
        raise UnusualFileError("a transfer syntax that is not scanned")
    walk = Walk(first, size, read_at)
    try:
        walk.run(start, implicit=syntax == IMPLICIT)
    except struct.error as error:
        raise UnusualFileError("it ends inside an element") from error
    return Scanned(syntax, meta, walk.found, walk.pixels, size)


def _file_meta(first: bytes) -> tuple[str, dict[str, str], int]:
    """Return transfer syntax, the UIDs of the file meta, and where it ends."""
    position, seen, syntax = _META_AT, -1, ""
    meta: dict[str, str] = {}
    end = len(first)
    while position + 12 <= end:
        group, element, vr, length = unpack_element(first, position)
        if group != 0x0002:
            return syntax, meta, position
        if vr in LONG:
            (length,) = unpack_length(first, position + 8)
            position += 4
        elif vr not in SHORT:
            raise UnusualFileError("file meta of an unknown VR")
        position += 8
        if element <= seen or length & 1 or position + length > end:
            raise UnusualFileError("file meta out of order or of odd length")
        seen = element
        if element == _TRANSFER_SYNTAX:
            syntax = _uid(first[position : position + length])
        elif element in _META_UIDS:
            meta[_META_UIDS[element]] = _uid(first[position : position + length])
        position += length
    raise UnusualFileError("file meta beyond the first bytes")


def _uid(value: bytes) -> str:
    if not value.isascii() or b"\\" in value:
        raise UnusualFileError("a UID of other characters")
    return value.decode("ascii").rstrip("\0 ")
