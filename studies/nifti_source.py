"""The bytes of a NIfTI file, packed with gzip or not, within limits."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import BinaryIO

from studies.errors import UnreadableFileError
from studies.nifti_head import HEADER_BYTES, is_nifti
from studies.source import size_of

_GZIP = b"\x1f\x8b"
_GZIP_BITS = 31  # zlib's word for "gzip header, window of 32 KiB"
_PIECE = 1 << 20


def is_packed_nifti(stream: BinaryIO) -> bool:
    """Return whether a gzip file holds a NIfTI file."""
    stream.seek(0)
    try:
        unpacked = zlib.decompressobj(_GZIP_BITS).decompress(stream.read(4096), 132)
    except zlib.error:
        return False
    return is_nifti(unpacked)


def header_bytes(path: Path, stream: BinaryIO) -> bytes:
    """Return the header.

    Raises
    ------
    UnreadableFileError
        If the file ends before, or its packing is damaged.
    """
    content = unpacked(path, stream, HEADER_BYTES[1])
    is_second = HEADER_BYTES[1] in (
        int.from_bytes(content[:4], "little"),
        int.from_bytes(content[:4], "big"),
    )
    length = HEADER_BYTES[is_second]
    if len(content) < length:
        raise UnreadableFileError(path, "it ends inside its header")
    return bytes(content[:length])


def payload_size(stream: BinaryIO) -> int | None:
    """Return the size of the unpacked file, None where only unpacking would tell."""
    stream.seek(0)
    return None if stream.read(2) == _GZIP else size_of(stream)


def unpacked(path: Path, stream: BinaryIO, length: int) -> bytes | bytearray:
    """Return the first bytes of the unpacked file: no more is ever unpacked.

    Raises
    ------
    UnreadableFileError
        If its packing is damaged.
    """
    stream.seek(0)
    if stream.read(2) != _GZIP:
        stream.seek(0)
        return stream.read(length)
    stream.seek(0)
    found = bytearray()
    inflater = zlib.decompressobj(_GZIP_BITS)
    try:
        while len(found) < length:
            if inflater.eof:  # gzip files may follow each other
                rest = inflater.unused_data
                inflater = zlib.decompressobj(_GZIP_BITS)
            else:
                rest = inflater.unconsumed_tail
            rest = rest or stream.read(_PIECE)
            if not rest:
                break
            found += inflater.decompress(rest, length - len(found))
    except zlib.error as error:
        raise UnreadableFileError(path, "its gzip packing is damaged") from error
    return found
