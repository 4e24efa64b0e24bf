"""Elements of a scanned file: the values that pydicom would give, or a refusal.

Only what is ordinary is decoded: plain text of a common character set, numbers
written as the standard has them. At anything else an `UnusualFileError` sends the
file to the full reader.

References
----------
DICOM PS3.5 6.2 (VRs), 6.1.2.3 (Specific Character Set).
"""

from __future__ import annotations

import re
import struct
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from studies.elements import Elements
from studies.scan import Scanned
from studies.scan_tags import US_OR_SS, UnusualFileError
from studies.wanted_tags import tag_of

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_CHARACTER_SET = 0x00080005
_PIXEL_REPRESENTATION = 0x00280103
# Character sets of which ASCII is a part and that switch to no other; the codec,
# or None where only ASCII is decoded here.
_CODECS = {
    b"": None,
    b"ISO_IR 6": None,
    b"ISO 2022 IR 6": None,
    b"ISO_IR 100": "latin-1",
    b"ISO_IR 192": "utf-8",
    b"ISO_IR 101": "iso8859-2",
    b"ISO_IR 144": "iso8859-5",
    b"ISO_IR 126": "iso8859-7",
    b"ISO_IR 148": "iso8859-9",
}
_ENCODED = frozenset(("LO", "SH", "PN"))
_PLAIN = frozenset(("CS", "DA", "TM", "AS", "UI"))
_LONGEST = 1024
_ONE_DECIMAL = r" *[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})? *"
_DECIMALS = re.compile(rf"{_ONE_DECIMAL}(?:\\{_ONE_DECIMAL})*", re.ASCII)
_INTEGERS = re.compile(r" *[+-]?\d{1,9} *(?:\\ *[+-]?\d{1,9} *)*", re.ASCII)
_BINARY = {"US": "H", "SS": "h", "UL": "L", "SL": "l", "FL": "f", "FD": "d"}


class ScannedDataset:
    """What stands where the full reader has pydicom's Dataset.

    It says which elements are there and gives the file meta; whoever asks it for
    more sends the file to the full reader.
    """

    def __init__(self, scanned: Scanned) -> None:
        self.scanned = scanned
        self.file_meta = scanned.meta

    def __contains__(self, tag: int) -> bool:
        return tag in self.scanned.elements

    def __getattr__(self, name: str) -> object:
        raise UnusualFileError(f"{name} of a scanned file")


class ScannedElements(Elements):
    """The top level of a scanned file.

    Methods raise UnusualFileError besides what `Elements` raises.
    """

    def __init__(self, dataset: ScannedDataset, notices: list[str]) -> None:
        self.dataset = cast("Dataset", dataset)
        self.notices = notices
        self.big_endian = False
        self._elements = dataset.scanned.elements
        self._codec = _codec(self._elements.get(_CHARACTER_SET))

    def has(self, keyword: str) -> bool:
        """Return whether the element is there with a value."""
        value = self.value(keyword)
        return value is not None and value != ""

    def value(self, keyword: str) -> object:
        """Return the value, None or "" if there is none."""
        found = self._elements.get(tag_of(keyword))
        if found is None:
            return None
        vr, raw = found
        if raw is None:
            raise UnusualFileError("a sequence that is read")
        if vr == US_OR_SS:
            vr = self._signed_or_not()
        return _converted(vr, raw, self._codec)

    def numbers(self, keyword: str) -> tuple[float, ...]:
        """Return the numbers, as `Elements` does."""
        found = self.value(keyword)
        if found is None:
            return ()
        if type(found) is float:  # the commonest
            return (found,)
        return super().numbers(keyword)

    def integer(self, keyword: str) -> int | None:
        """Return the first number if it is whole, as `Elements` does."""
        found = self.value(keyword)
        return found if type(found) is int else super().integer(keyword)

    def items(self, keyword: str) -> tuple[Elements, ...]:
        """Return no items: files with some are left to the full reader."""
        found = self._elements.get(tag_of(keyword))
        if found is not None and found != ("SQ", b""):
            raise UnusualFileError("a sequence that is read")
        return ()

    def _signed_or_not(self) -> str:
        """Return the VR that Pixel Representation gives to an ambiguous value."""
        found = self._elements.get(_PIXEL_REPRESENTATION)
        if found is None or found[1] not in (b"\0\0", b"\1\0"):
            raise UnusualFileError("a value that may be signed or not")
        return "SS" if found[1] == b"\1\0" else "US"


def _codec(character_set: tuple[str, bytes | None] | None) -> str | None:
    if character_set is None or character_set[1] is None:
        return None
    name = character_set[1].strip(b" ")
    if name not in _CODECS:
        raise UnusualFileError("another character set")
    return _CODECS[name]


# The files of a series repeat most of their values.
@lru_cache(maxsize=4096)
def _converted(vr: str, raw: bytes, codec: str | None) -> object:
    if vr in _PLAIN:
        return _texts(vr, _ascii(raw))
    if vr in _ENCODED:
        return _texts(vr, _ascii(raw) if raw.isascii() else _decoded(raw, codec))
    if vr == "DS":
        return _numbers(raw, _DECIMALS, float)
    if vr == "IS":
        return _numbers(raw, _INTEGERS, int)
    return _binary(vr, raw) if raw else None


def _ascii(raw: bytes) -> str:
    if len(raw) > _LONGEST or not raw.isascii() or b"\x1b" in raw:
        raise UnusualFileError("text that is not ordinary")
    return raw.decode("ascii")


def _decoded(raw: bytes, codec: str | None) -> str:
    if codec is None or len(raw) > _LONGEST or b"\x1b" in raw:
        raise UnusualFileError("text of another character set")
    try:
        text = raw.decode(codec)
    except UnicodeDecodeError as error:
        raise UnusualFileError("text that cannot be decoded") from error
    if "\N{REPLACEMENT CHARACTER}" in text:
        raise UnusualFileError("text that is not ordinary")
    return text


def _texts(vr: str, text: str) -> str | tuple[str, ...]:
    if "\\" not in text:
        return text.rstrip("\0 ")
    if vr in ("PN", "UI"):
        raise UnusualFileError("several values of one name or UID")
    if vr in _PLAIN:
        return tuple(text.rstrip("\0 ").split("\\"))
    return tuple(part.rstrip("\0 ") for part in text.split("\\"))


def _numbers(
    raw: bytes, allowed: re.Pattern[str], kind: type[float] | type[int]
) -> object:
    text = _ascii(raw).lstrip(" ").rstrip("\0 ")
    if not text:
        return ""
    if allowed.fullmatch(text) is None:
        raise UnusualFileError("a number that is not written as one")
    if "\\" not in text:
        return kind(text)
    return tuple(kind(part) for part in text.split("\\"))


def _binary(vr: str, raw: bytes) -> object:
    letter = _BINARY.get(vr)
    if letter is None:
        raise UnusualFileError("a VR that is not scanned")
    size = struct.calcsize(f"<{letter}")
    if len(raw) % size:
        raise UnusualFileError("a value of a wrong length")
    values = struct.unpack(f"<{len(raw) // size}{letter}", raw)
    return values[0] if len(values) == 1 else values
