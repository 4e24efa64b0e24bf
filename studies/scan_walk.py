"""One pass over the elements of a data set's top level, read a piece at a time."""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import TypeAlias

from studies.dicom_file import PIXEL_TAGS, PixelElement
from studies.scan_tags import (
    LONG,
    SHORT,
    SQ,
    UnusualFileError,
    explicit_vrs,
    implicit_vrs,
    is_sequence,
)

ReadAt: TypeAlias = Callable[[int, int], bytes]
Elements: TypeAlias = dict[int, tuple[str, bytes | None]]
"""VR and value by tag; the value of a sequence that is not empty is None."""

_PIECE = 8 << 10
_HEADER = 12
UNDEFINED = 0xFFFFFFFF
FIRST_PIXEL_TAG = 0x7FE00000
_MOST_KNOWN = 50_000
_Element: TypeAlias = tuple[int, int, int, str]
"""Tag, length of its header, length of its value, VR if it is wanted."""

_known_explicit: dict[bytes, _Element] = {}
_known_implicit: dict[bytes, _Element] = {}
_LONGEST_VALUE = 64 << 10
_DEEPEST = 16
_ITEM, _ITEM_END, _SEQUENCE_END = 0xE000, 0xE00D, 0xE0DD

unpack_element = Struct("<HHHH").unpack_from
unpack_length = Struct("<L").unpack_from
_unpack_implicit = Struct("<HHL").unpack_from


class Walk:
    """A pass over a file: `data` is the piece of it that begins at `base`."""

    def __init__(self, data: bytes, size: int, read_at: ReadAt) -> None:
        self.found: Elements = {}
        self.pixels: PixelElement | None = None
        self._data, self._base, self._size = data, 0, size
        self._read_at = read_at
        self._implicit = False

    def run(self, position: int, *, implicit: bool) -> None:
        """Walk from an offset to the pixels or to the end of the file.

        Raises
        ------
        UnusualFileError, struct.error
            If something is not as it ordinarily is.
        """
        head = self._data[position : position + 6]
        states_vr = len(head) == 6 and head[4:].isalpha() and head[4:].isupper()
        if states_vr is implicit or head[:2] in (b"\x00\x00", b"\x02\x00"):
            raise UnusualFileError("encoded in another way than declared")
        self._implicit = implicit
        self._run(position)

    def _run(self, position: int) -> None:
        # The loop that every header goes through. Tag, VR and length of an element
        # are eight bytes, and the files of a device repeat them: what they mean is
        # looked up whole, and worked out only where it is new.
        known_elements = _known_implicit if self._implicit else _known_explicit
        kept = self.found
        data, base, last, limit = self._window()
        seen = 0
        while True:
            if position > last:
                if position == limit:
                    return
                position = self._piece(base + position)
                data, base, last, limit = self._window()
            element = known_elements.get(data[position : position + 8])
            if element is None:
                element = self._element(position)
            tag, skip, length, vr = element
            if tag <= seen:
                raise UnusualFileError("an element is repeated or misplaced")
            seen = tag
            position += skip
            if length & 1 or tag >= FIRST_PIXEL_TAG:
                if tag in PIXEL_TAGS:
                    known = None if length == UNDEFINED else length
                    self.pixels = PixelElement(PIXEL_TAGS[tag], base + position, known)
                    return
                if length == UNDEFINED:
                    if vr:
                        kept[tag] = vr, None
                    position = self._piece(self._after_items(base + position, 0))
                    data, base, last, limit = self._window()
                    continue
            after = position + length
            if after > limit:
                raise UnusualFileError("a value beyond the end of the file")
            if vr:
                if after <= last:
                    kept[tag] = vr, data[position:after]
                else:
                    kept[tag] = vr, self._value(base + position, length)
            position = after

    def _element(self, position: int) -> _Element:
        """Return what the header of an element says; refuse what is unusual."""
        head = self._data[position : position + 8]
        if self._implicit:
            group, number, length = _unpack_implicit(head)
            tag, skip = group << 16 | number, 8
            name = implicit_vrs().get(tag, "")
            is_items = length == UNDEFINED and is_sequence(tag)
        else:
            group, number, vr, length = unpack_element(head)
            tag, skip = group << 16 | number, 8
            if vr in LONG:
                (length,) = unpack_length(self._data, position + 8)
                skip = 12
            elif vr not in SHORT:
                raise UnusualFileError("an unknown VR")
            name = self._stated(tag, vr)
            is_items = length == UNDEFINED and vr == SQ
        element = tag, skip, length, name
        if length & 1:
            is_undefined = is_items or (tag in PIXEL_TAGS and length == UNDEFINED)
            if not is_undefined:
                raise UnusualFileError("an odd or undefined length")
        elif skip == 8 and tag < FIRST_PIXEL_TAG:
            known = _known_implicit if self._implicit else _known_explicit
            if len(known) < _MOST_KNOWN:
                known[head] = element
        return element

    def _stated(self, tag: int, vr: int) -> str:
        """Return the VR that a wanted element states, "" for an unwanted one."""
        allowed = explicit_vrs().get(tag)
        if allowed is None:
            return ""
        if vr not in allowed:
            raise UnusualFileError("a VR other than the dictionary's")
        return allowed[vr]

    def _window(self) -> tuple[bytes, int, int, int]:
        """Return the piece, its offset, and two places counted from its beginning.

        The last at which the header of an element is whole, and the file's end.
        """
        data, base = self._data, self._base
        return data, base, len(data) - _HEADER, self._size - base

    def _value(self, offset: int, length: int) -> bytes:
        """Return a value that goes beyond the piece."""
        if length > _LONGEST_VALUE:
            raise UnusualFileError("a very long value")
        value = self._read_at(offset, length)
        if len(value) != length:
            raise UnusualFileError("a value that cannot be read whole")
        return value

    def _piece(self, offset: int) -> int:
        """Have a piece of the file that holds an offset; return where it lies in it.

        At the end of the file the piece stays: nothing is read there.
        """
        inside = offset - self._base
        if 0 <= inside <= len(self._data) - _HEADER or offset == self._size:
            return inside
        self._data, self._base = self._read_at(offset, _PIECE), offset
        return 0

    def _after_items(self, offset: int, depth: int) -> int:
        """Return the offset behind a sequence of undefined length (PS3.5 7.5)."""
        while True:
            position = self._piece(offset)
            group, element, length = _unpack_implicit(self._data, position)
            offset += 8
            if group != 0xFFFE:
                raise UnusualFileError("no item where one is expected")
            if element == _SEQUENCE_END and length == 0:
                return offset
            if element != _ITEM or depth > _DEEPEST:
                raise UnusualFileError("a sequence that is not sound")
            if length == UNDEFINED:
                offset = self._after_item(offset, depth)
            else:
                offset = self._checked(offset, length)

    def _after_item(self, offset: int, depth: int) -> int:
        """Return the offset behind an item of undefined length."""
        while True:
            position = self._piece(offset)
            data = self._data
            group, element, vr, length = unpack_element(data, position)
            offset += 8
            if group == 0xFFFE:
                if element != _ITEM_END or vr or length:
                    raise UnusualFileError("an item that is not sound")
                return offset
            if self._implicit:
                (length,) = unpack_length(data, position + 4)
                nested = length == UNDEFINED and is_sequence(group << 16 | element)
            elif vr in LONG:
                (length,) = unpack_length(data, position + 8)
                offset += 4
                nested = length == UNDEFINED and vr == SQ
            elif vr in SHORT:
                nested = False
            else:
                raise UnusualFileError("an unknown VR")
            if nested:
                offset = self._after_items(offset, depth + 1)
            else:
                offset = self._checked(offset, length)

    def _checked(self, offset: int, length: int) -> int:
        if length & 1 or offset + length > self._size:
            raise UnusualFileError("an odd length, or beyond the end of the file")
        return offset + length
