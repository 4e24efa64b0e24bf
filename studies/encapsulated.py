"""Fragments of encapsulated pixel data (DICOM PS3.5 A.4), found without decoding."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from studies.errors import UnreadableFileError
from studies.layout import PixelLayout

_ITEM = 0xFFFEE000
_DELIMITER = 0xFFFEE0DD
_MAX_FRAGMENTS = 1_000_000
_MAX_FRAME_BYTES = 256 << 20
# First bytes of JPEG and JPEG-LS, of a JPEG 2000 code stream, of a JP2 file.
_STARTS = (b"\xff\xd8\xff", b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP")
# An item's head, and as much of its value as shows whether a frame begins.
_LOOK = struct.Struct("<HHI6s")


@dataclass(frozen=True, slots=True)
class _Fragment:
    offset: int  # of its first byte in the stream
    length: int
    begins_frame: bool


@dataclass(frozen=True, slots=True)
class FrameIndex:
    """Where the code stream of each frame of a file lies."""

    path: Path
    _frames: tuple[tuple[_Fragment, ...], ...]

    def read(self, stream: BinaryIO, frame: int) -> bytes:
        """Return the code stream of one frame.

        Raises
        ------
        UnreadableFileError
            If it is over 256 MB long or not there.
        """
        fragments = self._frames[frame]
        if sum(fragment.length for fragment in fragments) > _MAX_FRAME_BYTES:
            raise UnreadableFileError(
                self.path, "a compressed frame is over 256 MB long"
            )
        parts = []
        for fragment in fragments:
            stream.seek(fragment.offset)
            parts.append(stream.read(fragment.length))
            if len(parts[-1]) != fragment.length:
                raise UnreadableFileError(self.path, "its pixel data end early")
        return parts[0] if len(parts) == 1 else b"".join(parts)


def index_frames(path: Path, stream: BinaryIO, layout: PixelLayout) -> FrameIndex:
    """Walk the fragments once and divide them into frames.

    An Extended Offset Table is not needed: it promises a fragment a frame
    (PS3.3 C.7.6.3.1.8), and then their number alone divides them.

    Raises
    ------
    UnreadableFileError
        If the fragments are damaged, or cannot be told apart by frame.
    """
    table, fragments = _fragments(path, stream, layout)
    groups = _by_frame(table, fragments, layout)
    if groups is None:
        raise UnreadableFileError(
            path,
            f"{len(fragments)} fragments cannot be divided into {layout.frames} frames",
        )
    return FrameIndex(path, groups)


def _fragments(
    path: Path, stream: BinaryIO, layout: PixelLayout
) -> tuple[tuple[int, ...], list[_Fragment]]:
    """Walk the items: the offset table first, then the fragments."""
    found: list[_Fragment] = []
    position = layout.data_offset
    while len(found) <= _MAX_FRAGMENTS:
        stream.seek(position)
        look = stream.read(_LOOK.size)
        if len(look) < 8:
            break  # no delimiter: the fragments so far are what there is
        group, element, length, begin = _LOOK.unpack(look.ljust(_LOOK.size, b"\0"))
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
        found.append(_Fragment(position + 8, length, begin.startswith(_STARTS)))
        position += 8 + length
    if not found:
        raise UnreadableFileError(path, "its pixel data hold no fragment")
    return _offset_table(stream, found[0]), found[1:]


def _offset_table(stream: BinaryIO, first: _Fragment) -> tuple[int, ...]:
    """Return the Basic Offset Table, as far as it can name fragments."""
    stream.seek(first.offset)
    length = min(first.length, 4 * _MAX_FRAGMENTS)
    content = stream.read(length - length % 4)
    return tuple(np.frombuffer(content, "<u4").tolist())


def _by_frame(
    table: tuple[int, ...], fragments: list[_Fragment], layout: PixelLayout
) -> tuple[tuple[_Fragment, ...], ...] | None:
    """Divide the fragments: by their number, by their starts, by the table."""
    if not fragments:
        return None
    if layout.frames == 1:
        return (tuple(fragments),)
    if len(fragments) == layout.frames:
        return tuple((fragment,) for fragment in fragments)
    starts = [index for index, part in enumerate(fragments) if part.begins_frame]
    if len(starts) != layout.frames or starts[0] != 0:
        starts = _starts_of_table(table, fragments)
    if len(starts) != layout.frames or starts[0] != 0:
        return None
    ends = [*starts[1:], len(fragments)]
    return tuple(tuple(fragments[a:b]) for a, b in zip(starts, ends, strict=True))


def _starts_of_table(table: tuple[int, ...], fragments: list[_Fragment]) -> list[int]:
    """Return the fragments the table points at: offsets count from the first item."""
    origin = fragments[0].offset - 8
    index_at = {part.offset - 8 - origin: i for i, part in enumerate(fragments)}
    return [index_at[offset] for offset in table if offset in index_at]
