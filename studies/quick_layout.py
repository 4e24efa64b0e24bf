"""The layout of a file whose header is known, found without parsing its values.

Reading a header with pydicom takes longer than reading the pixels behind it. For
files of the usual kind a walk from element to element is enough; all others, and
all that have anything odd, are left to pydicom, which stays the authority.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

from studies import transfer_syntax as syntaxes
from studies.errors import UnsupportedImageError
from studies.layout import PALETTE, PixelLayout, check_layout
from studies.model import ImageHeader

_HEAD_BYTES = 1 << 14
_LONGEST_HEAD = 1 << 20
_UNDEFINED = 0xFFFFFFFF
_PIXELS = 0x7FE00010
_EXTENDED_TABLES = (0x7FE00001, 0x7FE00002)
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_TRANSFER_SYNTAX, _SOP_INSTANCE = 0x00020010, 0x00080018
_FRAMES, _PHOTOMETRIC, _PLANAR = 0x00280008, 0x00280004, 0x00280006
_NUMBERS = {
    0x00280002: "samples",
    _PLANAR: "planar_configuration",
    0x00280010: "rows",
    0x00280011: "columns",
    0x00280100: "bits_allocated",
    0x00280101: "bits_stored",
    0x00280102: "high_bit",
    0x00280103: "pixel_representation",
}
_TEXTS = {_TRANSFER_SYNTAX, _SOP_INSTANCE, _FRAMES, _PHOTOMETRIC}
_WANTED = _TEXTS | _NUMBERS.keys()
_SHORT_VRS = frozenset(
    b"AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US".split()
)
_LONG_VRS = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
_EXPLICIT = struct.Struct("<HH2sH")
_IMPLICIT = struct.Struct("<HHI")
_LENGTH = struct.Struct("<I")
# Samples per Pixel, the first of its group in an image.
_SAMPLES_HEAD = _EXPLICIT.pack(0x0028, 0x0002, b"US", 2)


class _UnusualError(Exception):
    """Something that is pydicom's to judge."""


def quick_layout(
    header: ImageHeader, stream: BinaryIO, size: int
) -> PixelLayout | None:
    """Return the layout of a file, None if it is unusual or not the header's.

    Parameters
    ----------
    header
        What was read of the file before.
    stream
        The file at its beginning, `size` bytes long; left anywhere.
    """
    length, head = _HEAD_BYTES, stream.read(_HEAD_BYTES)
    while True:
        try:
            return _layout(header, head, size)
        except _UnusualError:
            return None
        except (struct.error, IndexError):  # the head ends inside an element
            if length >= min(size, _LONGEST_HEAD):
                return None
            length *= 8
            stream.seek(0)
            head = stream.read(length)


def _layout(header: ImageHeader, head: bytes, size: int) -> PixelLayout:
    found: dict[int, bytes] = {}
    if head[128:132] != b"DICM":
        raise _UnusualError
    position = _read_meta(head, found)
    syntax = _text(found, _TRANSFER_SYNTAX)
    if syntax == syntaxes.IMPLICIT:
        offset, length = _walk_implicit(head, position, found)
    elif syntax == syntaxes.EXPLICIT or syntax in syntaxes.COMPRESSED:
        start = _image_group(header, head, position)
        if start is None:
            offset, length = _walk_explicit(head, position, found)
        else:
            found[_SOP_INSTANCE] = header.sop_instance_uid.encode("ascii")
            offset, length = _walk_explicit(head, start, found)
            if head.find(_SAMPLES_HEAD, start + 1, offset) >= 0:
                raise _UnusualError  # it might have been a sequence's
    else:
        raise _UnusualError
    if (length == _UNDEFINED) is not (syntax in syntaxes.COMPRESSED):
        raise _UnusualError
    layout = _made(found, syntax, offset, length, size)
    if not _fits(layout, header, _text(found, _SOP_INSTANCE)):
        raise _UnusualError
    return layout


def _image_group(header: ImageHeader, head: bytes, position: int) -> int | None:
    """Return where group 0028 begins: the walk may begin there, behind 60 elements.

    None unless the SOP Instance UID stands before it.
    """
    start = head.find(_SAMPLES_HEAD, position)
    uid = header.sop_instance_uid.encode("ascii", "replace")
    uid += b"\0" * (len(uid) % 2)
    stated = _EXPLICIT.pack(0x0008, 0x0018, b"UI", len(uid)) + uid
    return start if start > head.find(stated, position) >= 0 else None


def _read_meta(head: bytes, found: dict[int, bytes]) -> int:
    """Read the file meta, always explicit; return where the data set begins."""
    position = 132
    while True:
        group, element, vr, length = _EXPLICIT.unpack_from(head, position)
        if group != 2:
            return position
        position += 8
        if vr in _LONG_VRS:
            (length,) = _LENGTH.unpack_from(head, position)
            position += 4
        elif vr not in _SHORT_VRS:
            raise _UnusualError
        if group << 16 | element == _TRANSFER_SYNTAX:
            found[_TRANSFER_SYNTAX] = head[position : position + length]
        position += length


def _walk_explicit(
    head: bytes, position: int, found: dict[int, bytes]
) -> tuple[int, int]:
    """Return offset and length of the pixels' value, wanted values into `found`.

    Hundreds of files wait for this loop, so it does little for each element.
    """
    unpack, short, last = _EXPLICIT.unpack_from, _SHORT_VRS, 0
    while True:
        group, element, vr, length = unpack(head, position)
        tag = group << 16 | element
        if tag <= last:
            raise _UnusualError
        last = tag
        position += 8
        if vr not in short:
            if vr not in _LONG_VRS:
                raise _UnusualError
            (length,) = _LENGTH.unpack_from(head, position)
            position += 4
            if length == _UNDEFINED and tag != _PIXELS:
                position = _end_of_sequence(head, position, vr)
                continue
        if tag in _WANTED:
            found[tag] = _value(tag, vr, head, position, length)
        elif group >= 0x7FE0 and tag not in _EXTENDED_TABLES:
            return _pixels(tag, vr, position, length)
        position += length


def _end_of_sequence(head: bytes, position: int, vr: bytes) -> int:
    """Return where an explicit sequence of undefined length ends."""
    if vr != b"SQ":
        raise _UnusualError
    depth = 1
    while depth:
        group, element, vr, length = _EXPLICIT.unpack_from(head, position)
        position += 8
        if group == 0xFFFE:
            (length,) = _LENGTH.unpack_from(head, position - 4)
            depth += _step(group << 16 | element, length)
        elif vr in _LONG_VRS:
            (length,) = _LENGTH.unpack_from(head, position)
            position += 4
            if length == _UNDEFINED and vr != b"SQ":
                raise _UnusualError
            depth += length == _UNDEFINED
        elif vr not in _SHORT_VRS:
            raise _UnusualError
        position += 0 if length == _UNDEFINED else length
    return position


def _walk_implicit(
    head: bytes, position: int, found: dict[int, bytes]
) -> tuple[int, int]:
    """Walk as `_walk_explicit` does where no element says its VR."""
    if head[position + 4 : position + 6].isalpha():
        raise _UnusualError  # it is explicit after all
    unpack, last, depth = _IMPLICIT.unpack_from, 0, 0
    while True:
        group, element, length = unpack(head, position)
        tag = group << 16 | element
        position += 8
        if depth and group == 0xFFFE:
            depth += _step(tag, length)
        elif depth == 0:
            if tag <= last or group == 0xFFFE:
                raise _UnusualError
            last = tag
            if group >= 0x7FE0:
                return _pixels(tag, b"OW", position, length)
            if tag in _WANTED:
                vr = b"US" if tag in _NUMBERS else b""
                found[tag] = _value(tag, vr, head, position, length)
            depth += length == _UNDEFINED
        else:
            depth += length == _UNDEFINED
        position += 0 if length == _UNDEFINED else length


def _step(tag: int, length: int) -> int:
    """Return by how much an item's head or end changes the depth of nesting."""
    if tag == _ITEM:
        return int(length == _UNDEFINED)
    if tag in (_ITEM_END, _SEQUENCE_END) and length == 0:
        return -1
    raise _UnusualError


def _pixels(tag: int, vr: bytes, offset: int, length: int) -> tuple[int, int]:
    if tag != _PIXELS or vr not in (b"OW", b"OB"):
        raise _UnusualError
    return offset, length


def _value(tag: int, vr: bytes, head: bytes, position: int, length: int) -> bytes:
    """Return the bytes of a wanted value, of two bytes where it is a number."""
    if tag in _NUMBERS and (vr != b"US" or length != 2):
        raise _UnusualError
    if length > 64:
        raise _UnusualError
    value = head[position : position + length]
    if len(value) != length:
        raise IndexError
    return value


def _made(
    found: dict[int, bytes], syntax: str, offset: int, length: int, size: int
) -> PixelLayout:
    numbers = {
        name: int.from_bytes(found[tag], "little")
        for tag, name in _NUMBERS.items()
        if tag in found
    }
    frames = _text(found, _FRAMES) if _FRAMES in found else "1"
    if not frames.isdecimal() or len(numbers) < len(_NUMBERS) - (_PLANAR not in found):
        raise _UnusualError
    numbers.setdefault("planar_configuration", 0)
    layout = PixelLayout(
        frames=int(frames),
        photometric_interpretation=_text(found, _PHOTOMETRIC),
        transfer_syntax_uid=syntax,
        data_offset=offset,
        data_bytes=None if length == _UNDEFINED else length,
        payload_bytes=size,
        palette=None,
        **numbers,
    )
    if layout.photometric_interpretation == PALETTE:
        raise _UnusualError  # its tables are wanted
    try:
        check_layout(layout, _told_before)
    except UnsupportedImageError as error:
        raise _UnusualError from error  # pydicom's reading says it again
    return layout


def _fits(layout: PixelLayout, header: ImageHeader, sop_instance_uid: str) -> bool:
    """Return whether the file is still the one that the header was read from."""
    gray = header.grayscale
    return (
        sop_instance_uid == header.sop_instance_uid
        and layout.transfer_syntax_uid == header.transfer_syntax_uid
        and layout.frames == header.frames
        and (layout.rows, layout.columns) == (header.rows, header.columns)
        and layout.photometric_interpretation == gray.photometric_interpretation
        and layout.bits_stored == gray.bits_stored
        and layout.pixel_representation == gray.pixel_representation
    )


def _text(found: dict[int, bytes], tag: int) -> str:
    value = found.get(tag, b"").rstrip(b"\0 ").lstrip(b" ")
    if not value.isascii():
        raise _UnusualError
    return value.decode("ascii")


def _told_before(notice: str) -> None:
    """Pass over what the header's own notices say already."""
