"""Fragments of encapsulated pixel data (DICOM PS3.5 A.4), found without decoding."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from studies.errors import UnreadableFileError
from studies.layout import PixelLayout

_ITEM = 0xFFFEE000
_DELIMITER = 0xFFFEE0DD
_MAX_FRAGMENTS = 1_000_000
_MAX_FRAME_BYTES = 256 << 20
# First bytes of JPEG and JPEG-LS, of a JPEG 2000 code stream, of a JP2 file.
_STARTS = (b"\xff\xd8\xff", b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP")


@dataclass(frozen=True, slots=True)
class _Fragment:
    offset: int  # of its first byte in the stream
    length: int
    begins_frame: bool


def read_encapsulated_frame(
    path: Path, stream: BinaryIO, layout: PixelLayout, frame: int
) -> bytes:
    """Return the code stream of one frame.

    Raises
    ------
    UnreadableFileError
        If the fragments are damaged, or cannot be told apart by frame.
    """
    table, fragments = _fragments(path, stream, layout)
    groups = _by_frame(table, fragments, layout)
    if groups is None or frame >= len(groups):
        raise UnreadableFileError(
            path,
            f"{len(fragments)} fragments cannot be divided into {layout.frames} frames",
        )
    if sum(fragment.length for fragment in groups[frame]) > _MAX_FRAME_BYTES:
        raise UnreadableFileError(path, "a compressed frame is over 256 MB long")
    parts = []
    for fragment in groups[frame]:
        stream.seek(fragment.offset)
        parts.append(stream.read(fragment.length))
    return b"".join(parts)


def _fragments(
    path: Path, stream: BinaryIO, layout: PixelLayout
) -> tuple[tuple[int, ...], list[_Fragment]]:
    """Walk the items: the offset table first, then the fragments."""
    found: list[_Fragment] = []
    position = layout.data_offset
    while len(found) <= _MAX_FRAGMENTS:
        stream.seek(position)
        head = stream.read(8)
        if len(head) < 8:
            break  # no delimiter: the fragments so far are what there is
        group, element, length = struct.unpack("<HHI", head)
        tag = group << 16 | element
        if tag == _DELIMITER:
            break
        if tag != _ITEM:
            raise UnreadableFileError(path, "a fragment is longer than it declares")
        if length > layout.payload_bytes - position - 8:
            raise UnreadableFileError(
                path,
                f"a fragment declares {length} bytes; "
                f"{layout.payload_bytes - position - 8} are there",
            )
        found.append(
            _Fragment(position + 8, length, stream.read(6).startswith(_STARTS))
        )
        position += 8 + length
    if not found:
        raise UnreadableFileError(path, "its pixel data hold no fragment")
    return _offset_table(stream, found[0]), found[1:]


def _offset_table(stream: BinaryIO, first: _Fragment) -> tuple[int, ...]:
    stream.seek(first.offset)
    count = first.length // 4
    return struct.unpack(f"<{count}I", stream.read(4 * count))


def _by_frame(
    table: tuple[int, ...], fragments: list[_Fragment], layout: PixelLayout
) -> list[list[_Fragment]] | None:
    """Divide the fragments: by their number, by their starts, by the table."""
    if not fragments:
        return None
    if layout.frames == 1:
        return [fragments]
    if len(fragments) == layout.frames:
        return [[fragment] for fragment in fragments]
    starts = [index for index, part in enumerate(fragments) if part.begins_frame]
    if len(starts) != layout.frames or starts[0] != 0:
        starts = _starts_of_table(table, fragments)
    if len(starts) != layout.frames or starts[0] != 0:
        return None
    ends = [*starts[1:], len(fragments)]
    return [fragments[a:b] for a, b in zip(starts, ends, strict=True)]


def _starts_of_table(table: tuple[int, ...], fragments: list[_Fragment]) -> list[int]:
    """Return the fragments the table points at: offsets count from the first item."""
    origin = fragments[0].offset - 8
    index_at = {part.offset - 8 - origin: i for i, part in enumerate(fragments)}
    return [index_at[offset] for offset in table if offset in index_at]
