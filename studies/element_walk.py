"""Goes through the elements of a DICOM file one by one, as far as they go.

pydicom reads a file whole or not at all. A header browser is needed most where a
file is damaged, so this walk hands out each element as it meets it, and says at
which byte it could not go on. It never goes deeper by recursion.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO, Literal, TypeAlias

from studies.met import Met, Sort
from studies.tag_names import is_private, is_private_creator, tag_text, vr_of
from studies.value_text import Reading, decoded, encodings_of

_Order: TypeAlias = Literal["big", "little"]
_UNDEFINED = 0xFFFFFFFF
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_LONG_VRS = frozenset((b"OB OD OF OL OV OW SQ SV UC UN UR UT UV").split())
_SHORT_VRS = frozenset(
    (b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US").split()
)
_PIXELS = (0x7FE00008, 0x7FE00009, 0x7FE00010)
_CHARACTER_SET, _PIXEL_REPRESENTATION = 0x00080005, 0x00280103
_MOST_DEPTH = 40
_MOST_FRAGMENTS = 100_000
_READ_BYTES = 4096


@dataclass(slots=True)
class _Level:
    """A data set, or a sequence of them, that the walk is in."""

    end: int | None
    depth: int
    implicit: bool
    reading: Reading
    in_sequence: bool = False
    items: int = 0
    last: int = -1
    creators: dict[int, str] = field(default_factory=dict)


class ElementWalk:
    """One walk over a data set; iterate over it.

    Parameters
    ----------
    stream
        Stands at the first element.
    end
        Where the stream ends, in bytes.
    """

    def __init__(
        self, stream: BinaryIO, end: int, *, implicit: bool, big_endian: bool
    ) -> None:
        self._stream = stream
        self._end = end
        self._order: _Order = "big" if big_endian else "little"
        reading = Reading(big_endian=big_endian)
        self._levels = [_Level(end, 0, implicit, reading)]

    def __iter__(self) -> Iterator[Met]:
        while self._levels:
            level = self._levels[-1]
            here = self._stream.tell()
            if here >= self._limit():
                if level.end is None:
                    yield self._stop("A sequence is not closed: the file ends in it")
                    return
                self._levels.pop()
            elif level.in_sequence:
                yield from self._step_item(level, here)
            else:
                yield from self._step_element(level, here)

    def _limit(self) -> int:
        """Return where the innermost part of known length ends."""
        return min(level.end for level in self._levels if level.end is not None)

    def _stop(self, why: str, depth: int = 0) -> Met:
        self._levels.clear()
        return Met(Sort.PROBLEM, depth, note=why)

    # --- sequences ------------------------------------------------------------

    def _step_item(self, level: _Level, here: int) -> Iterator[Met]:
        head = self._stream.read(8)
        if len(head) < 8:
            yield self._stop(f"The file ends inside a sequence, at byte {here:,}")
            return
        tag, length = self._tag(head), self._number(head[4:])
        if tag == _SEQUENCE_END:
            self._levels.pop()
            return
        if tag != _ITEM:
            yield self._stop(f"{tag_text(tag)} at byte {here:,} instead of an item")
            return
        level.items += 1
        known = None if length == _UNDEFINED else length
        end, note = self._end_of(known)
        yield Met(
            Sort.ITEM, level.depth + 1, length=known, note=note, number=level.items
        )
        inner = replace(level.reading)
        self._levels.append(_Level(end, level.depth + 2, level.implicit, inner))

    def _end_of(self, length: int | None) -> tuple[int | None, str]:
        """Return where a part that begins here ends, and what is wrong."""
        if length is None:
            return None, ""
        here, limit = self._stream.tell(), self._limit()
        return min(here + length, limit), _beyond(length, limit - here)

    # --- elements -------------------------------------------------------------

    def _step_element(self, level: _Level, here: int) -> Iterator[Met]:
        head = self._stream.read(8)
        if len(head) < 8:
            left = f"{len(head)} bytes are left over at byte {here:,}"
            yield self._stop(left, level.depth)
            return
        tag = self._tag(head)
        if not any(head):  # group 0000 has no place in a file: this is filling
            left = f"{self._limit() - here:,} bytes of filling at byte {here:,}"
            yield self._stop(left, level.depth)
            return
        if tag in (_ITEM_END, _SEQUENCE_END):
            yield from self._on_end(level, tag, here)
            return
        if tag == _ITEM:
            yield self._stop(f"An item without a sequence at byte {here:,}")
            return
        vr, length, note = self._head(level, tag, head)
        if vr is None:
            yield self._stop(f"No element begins at byte {here:,}", level.depth)
            return
        if tag <= level.last:
            note = note or "repeated or misplaced"
        level.last = max(level.last, tag)
        creator = level.creators.get(tag >> 16 << 16 | tag >> 8 & 0xFF, "")
        met = Met(
            Sort.ELEMENT,
            level.depth,
            tag,
            vr,
            None if length == _UNDEFINED else length,
            note=note,
            creator=creator if is_private(tag) else "",
            reading=level.reading,
        )
        yield from self._value(level, met)

    def _on_end(self, level: _Level, tag: int, here: int) -> Iterator[Met]:
        if len(self._levels) == 1:
            where = f"{tag_text(tag)} at byte {here:,} ends nothing"
            yield Met(Sort.PROBLEM, 0, note=where)
            return
        self._levels.pop()
        if tag == _SEQUENCE_END:  # the end of the item was left out
            self._levels.pop()
            yield Met(Sort.PROBLEM, level.depth, note="The item is not closed")

    def _head(
        self, level: _Level, tag: int, head: bytes
    ) -> tuple[str | None, int, str]:
        """Return VR, length and what is odd; VR None where there is no element."""
        code = head[4:6]
        if level.implicit:
            return self._dictionary_vr(level, tag), self._number(head[4:]), ""
        if code in _LONG_VRS:
            rest = self._stream.read(4)
            return code.decode(), self._number(rest), ""
        if code in _SHORT_VRS:
            return code.decode(), int.from_bytes(head[6:8], self._order), ""
        if code.isalpha() and code.isupper():
            note = f"{code.decode()} is no value representation"
            return "UN", int.from_bytes(head[6:8], self._order), note
        length = self._number(head[4:])
        if length != _UNDEFINED and length > self._limit() - self._stream.tell():
            return None, 0, ""
        vr = self._dictionary_vr(level, tag)
        return vr, length, "has no value representation: taken from the dictionary"

    def _dictionary_vr(self, level: _Level, tag: int) -> str:
        return vr_of(tag, level.creators.get(tag >> 16 << 16 | tag >> 8 & 0xFF, ""))

    def _value(self, level: _Level, met: Met) -> Iterator[Met]:
        if met.tag in _PIXELS and level.depth == 0:
            yield from self._pixels(met)
            return
        if self._is_sequence(met):
            yield from self._enter(level, met)
            return
        assert met.length is not None
        here, limit = self._stream.tell(), self._limit()
        end, beyond = self._end_of(met.length)
        raw = self._stream.read(min(met.length, limit - here, _READ_BYTES))
        self._learn(level, met.tag, raw)
        yield replace(met, raw=raw, note=_both(met.note, beyond), reading=level.reading)
        if beyond and limit == self._end:
            yield self._stop("The file ends here", met.depth)
        else:
            self._stream.seek(end if end is not None else limit)

    def _is_sequence(self, met: Met) -> bool:
        """Return whether items follow; UN may hide a sequence (PS3.5 6.2.2)."""
        if met.vr == "SQ" or met.length is None:
            return True
        if met.vr != "UN" or met.length < 8:
            return False
        here = self._stream.tell()
        head = self._stream.read(4)
        self._stream.seek(here)
        return len(head) == 4 and self._tag(head) == _ITEM

    def _enter(self, level: _Level, met: Met) -> Iterator[Met]:
        end, beyond = self._end_of(met.length)
        yield replace(met, note=_both(met.note, beyond))
        if level.depth >= 2 * _MOST_DEPTH:
            yield self._stop(
                f"Over {_MOST_DEPTH} sequences in each other: not followed further"
            )
            return
        # What UN hides is implicit little endian, whatever surrounds it.
        implicit = level.implicit or met.vr == "UN"
        reading = replace(level.reading)
        inside = _Level(end, level.depth, implicit, reading, in_sequence=True)
        self._levels.append(inside)

    def _learn(self, level: _Level, tag: int, raw: bytes) -> None:
        """Keep what later values of the data set depend on."""
        if tag == _CHARACTER_SET:
            encodings, _ = encodings_of(raw.decode("latin-1").strip("\0 "))
            level.reading = replace(level.reading, encodings=encodings)
        elif tag == _PIXEL_REPRESENTATION and len(raw) >= 2:
            signed = int.from_bytes(raw[:2], self._order) == 1
            level.reading = replace(level.reading, signed=signed)
        elif is_private_creator(tag):
            name, _ = decoded(raw[:64], level.reading)
            level.creators[tag >> 16 << 16 | tag & 0xFF] = name.strip()

    # --- pixels ---------------------------------------------------------------

    def _pixels(self, met: Met) -> Iterator[Met]:
        if met.length is None:
            count, length, problem = self._skip_fragments()
            noun = "fragment" if count == 1 else "fragments"
            note = f"{count:,} {noun}, {length:,} bytes"
        else:
            end, problem = self._end_of(met.length)
            note = f"{met.length:,} bytes"
            self._stream.seek(end or 0)
        yield replace(met, sort=Sort.PIXELS, note=note)
        if problem:
            yield self._stop(f"Pixels: {problem}", met.depth)

    def _skip_fragments(self) -> tuple[int, int, str]:
        """Pass over encapsulated pixels (PS3.5 A.4), the offset table uncounted."""
        total = 0
        for count in range(-1, _MOST_FRAGMENTS):
            head = self._stream.read(8)
            tag = self._tag(head) if len(head) == 8 else 0
            fragments = max(count, 0)
            if tag == _SEQUENCE_END:
                return fragments, total, ""
            if tag != _ITEM:
                return fragments, total, "they are not closed"
            length = self._number(head[4:])
            here = self._stream.tell()
            if length > self._end - here:
                return fragments, total, _beyond(length, self._end - here)
            total += length if count >= 0 else 0
            self._stream.seek(here + length)
        return _MOST_FRAGMENTS, total, f"over {_MOST_FRAGMENTS:,} fragments"

    def _tag(self, head: bytes) -> int:
        group = int.from_bytes(head[:2], self._order)
        return group << 16 | int.from_bytes(head[2:4], self._order)

    def _number(self, four: bytes) -> int:
        return int.from_bytes(four[:4], self._order)


def _beyond(length: int, left: int) -> str:
    if length <= left:
        return ""
    return f"says {length:,} bytes, {max(left, 0):,} are left"


def _both(one: str, other: str) -> str:
    return "; ".join(part for part in (one, other) if part)
