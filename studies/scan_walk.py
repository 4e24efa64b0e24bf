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
PIXEL_GROUP = 0x7FE0
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
        if implicit:
            self._run_implicit(position)
        else:
            self._run_explicit(position)

    def _run_explicit(self, position: int) -> None:
        # The loop that every header goes through: names are local, the lowest bit
        # finds lengths both odd and undefined, and pixels come after all else.
        wanted, kept, short, long = explicit_vrs(), self.found, SHORT, LONG
        unpack = unpack_element
        data, base, last, limit = self._window()
        seen = 0
        while True:
            if position > last:
                if position == limit:
                    return
                position = self._piece(base + position)
                data, base, last, limit = self._window()
            group, element, vr, length = unpack(data, position)
            if vr in short:
                position += 8
            elif vr in long:
                (length,) = unpack_length(data, position + 8)
                position += 12
            else:
                raise UnusualFileError("an unknown VR")
            tag = group << 16 | element
            if tag <= seen:
                raise UnusualFileError("an element is repeated or misplaced")
            seen = tag
            if length & 1 or group == PIXEL_GROUP:
                if self._is_end(tag, base + position, length):
                    return
                if length == UNDEFINED:
                    if vr != SQ:
                        raise UnusualFileError("a value of undefined length")
                    if tag in wanted:
                        kept[tag] = "SQ", None
                    after = self._after_items(base + position, False, 0)
                    position = self._piece(after)
                    data, base, last, limit = self._window()
                    continue
            after = position + length
            if after > limit:
                raise UnusualFileError("a value beyond the end of the file")
            if tag in wanted:
                name = wanted[tag].get(vr)
                if name is None:
                    raise UnusualFileError("a VR other than the dictionary's")
                if after <= last:
                    kept[tag] = name, data[position:after]
                else:
                    kept[tag] = name, self._value(base + position, length)
            position = after

    def _run_implicit(self, position: int) -> None:
        # The same without VRs. Not one function for both: it would be slower.
        wanted, kept = implicit_vrs(), self.found
        data, base, last, limit = self._window()
        seen = 0
        while True:
            if position > last:
                if position == limit:
                    return
                position = self._piece(base + position)
                data, base, last, limit = self._window()
            group, element, length = _unpack_implicit(data, position)
            position += 8
            tag = group << 16 | element
            if tag <= seen:
                raise UnusualFileError("an element is repeated or misplaced")
            seen = tag
            if length & 1 or group == PIXEL_GROUP:
                if self._is_end(tag, base + position, length):
                    return
                if length == UNDEFINED:
                    if not is_sequence(tag):
                        raise UnusualFileError("a value of undefined length")
                    if tag in wanted:
                        kept[tag] = "SQ", None
                    after = self._after_items(base + position, True, 0)
                    position = self._piece(after)
                    data, base, last, limit = self._window()
                    continue
            after = position + length
            if after > limit:
                raise UnusualFileError("a value beyond the end of the file")
            if tag in wanted:
                if after <= last:
                    kept[tag] = wanted[tag], data[position:after]
                else:
                    kept[tag] = wanted[tag], self._value(base + position, length)
            position = after

    def _window(self) -> tuple[bytes, int, int, int]:
        """Return the piece, its offset, where its last element header may begin,
        and where the file ends, both counted from the piece's beginning.
        """
        data, base = self._data, self._base
        return data, base, len(data) - _HEADER, self._size - base

    def _is_end(self, tag: int, offset: int, length: int) -> bool:
        """Note the pixels if they are it; refuse odd lengths."""
        if length & 1 and length != UNDEFINED:
            raise UnusualFileError("an odd length")
        if tag not in PIXEL_TAGS:
            return False
        known = None if length == UNDEFINED else length
        self.pixels = PixelElement(PIXEL_TAGS[tag], offset, known)
        return True

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

    def _after_items(self, offset: int, implicit: bool, depth: int) -> int:
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
                offset = self._after_item(offset, implicit, depth)
            else:
                offset = self._checked(offset, length)

    def _after_item(self, offset: int, implicit: bool, depth: int) -> int:
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
            if implicit:
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
                offset = self._after_items(offset, implicit, depth + 1)
            else:
                offset = self._checked(offset, length)

    def _checked(self, offset: int, length: int) -> int:
        if length & 1 or offset + length > self._size:
            raise UnusualFileError("an odd length, or beyond the end of the file")
        return offset + length
