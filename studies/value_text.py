"""The bytes of an element -> text that a person can read; nothing raises."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass

from studies.dicom_file import foreseen
from studies.tag_names import tag_text

_ENCODED_VRS = frozenset(("LO", "LT", "PN", "SH", "ST", "UC", "UT"))
_ASCII_VRS = frozenset(("AE", "AS", "CS", "DA", "DS", "DT", "IS", "TM", "UI", "UR"))
_NUMBERS = {
    "US": "H",
    "SS": "h",
    "UL": "I",
    "SL": "i",
    "UV": "Q",
    "SV": "q",
    "FL": "f",
    "FD": "d",
}
_LONGEST_TEXT = 512
_MOST_NUMBERS = 48
_HEX_BYTES = 24
_DELIMITERS = {0x0D, 0x0A, 0x09, 0x0C, 0x5C, 0x5E, 0x3D}  # PS3.5 6.1.2.5.3
_DEFAULT = ("iso8859",)
UNDECODABLE = "cannot be decoded in its character set"
NO_CHARACTER_SET = "not ASCII and no character set is given: read as Latin-1"


@dataclass(frozen=True, slots=True)
class Reading:
    """How the values of a data set are to be understood.

    Attributes
    ----------
    encodings
        Python's names for Specific Character Set (0008,0005).
    big_endian
        Byte order of numbers.
    signed
        Whether Pixel Representation (0028,0103) makes ``US or SS`` signed.
    """

    encodings: tuple[str, ...] = _DEFAULT
    big_endian: bool = False
    signed: bool = False


def encodings_of(character_set: str) -> tuple[tuple[str, ...], str]:
    """Return Python's encodings for (0008,0005), and what is wrong with it."""
    from pydicom.charset import convert_encodings

    terms = [term.strip() for term in character_set.split("\\")]
    try:
        return tuple(convert_encodings(list(terms))), ""
    except foreseen():
        return _DEFAULT, "no character set of the standard"


def value_text(vr: str, raw: bytes, length: int, how: Reading) -> tuple[str, str]:
    """Return a value as text, and what is wrong with it or "".

    Parameters
    ----------
    raw
        The first bytes of the value, as far as they were read.
    length
        How many bytes the value has; where more than shown, the text ends in
        ``… 12,345 bytes``.
    """
    if not length:
        return "", ""
    vr = ("SS" if how.signed else "US") if vr == "US or SS" else vr
    if vr in _ENCODED_VRS or vr in _ASCII_VRS:
        return _text(vr, raw, length, how)
    if vr in _NUMBERS:
        return _numbers(vr, raw, length, how)
    if vr == "AT":
        return _tags(raw, length, how)
    if vr == "UN" and _is_plain(raw):
        return _cut(_one_line(raw.decode("ascii")), len(raw), length), ""
    return _hex(raw, length), ""


def _text(vr: str, raw: bytes, length: int, how: Reading) -> tuple[str, str]:
    words, problem = decoded(raw, how) if vr in _ENCODED_VRS else _ascii(raw)
    if problem == UNDECODABLE and len(raw) < length:
        # The end was not read: a character cut in two is no mistake of the file.
        words, problem = decoded(raw[: len(raw) // 2], how)
    words = _cut(_one_line(words), len(raw), length)
    if vr == "UI":
        words = _named(words)
    return words, problem


def decoded(raw: bytes, how: Reading) -> tuple[str, str]:
    """Return text in the data set's character set, and what is wrong or ""."""
    from pydicom.charset import decode_bytes

    raw = raw.rstrip(b"\0 ")
    try:
        words = decode_bytes(raw, list(how.encodings), _DELIMITERS)
    except foreseen():
        return raw.decode("latin-1"), UNDECODABLE
    if "\N{REPLACEMENT CHARACTER}" in words or "\x1b" in words:
        return words, UNDECODABLE
    if how.encodings == _DEFAULT and not raw.isascii():
        return words, NO_CHARACTER_SET
    return words, ""


def _ascii(raw: bytes) -> tuple[str, str]:
    words = raw.rstrip(b"\0 ").decode("latin-1")
    return words, "" if words.isascii() else "holds other characters than ASCII"


def _numbers(vr: str, raw: bytes, length: int, how: Reading) -> tuple[str, str]:
    code = _NUMBERS[vr]
    size = struct.calcsize(code)
    count = min(len(raw) // size, _MOST_NUMBERS)
    order = ">" if how.big_endian else "<"
    values = struct.unpack_from(f"{order}{count}{code}", raw)
    words = "\\".join(_number(value) for value in values)
    problem = f"{length:,} bytes are no multiple of {size}" if length % size else ""
    if not count:
        words = _hex(raw, length)
    elif length // size > count:
        words += f" … {length:,} bytes"
    return words, problem


def _number(value: float) -> str:
    if isinstance(value, int) or not math.isfinite(value):
        return str(value)
    return f"{value:.9g}"


def _tags(raw: bytes, length: int, how: Reading) -> tuple[str, str]:
    order = ">" if how.big_endian else "<"
    count = min(len(raw) // 4, _MOST_NUMBERS)
    pairs = struct.unpack_from(f"{order}{2 * count}H", raw)
    tags = [
        tag_text(group << 16 | element)
        for group, element in zip(pairs[::2], pairs[1::2], strict=True)
    ]
    words = "\\".join(tags) + (f" … {length:,} bytes" if length // 4 > count else "")
    return words, f"{length:,} bytes are no multiple of 4" if length % 4 else ""


def _hex(raw: bytes, length: int) -> str:
    words = raw[:_HEX_BYTES].hex(" ").upper()
    return words if length <= _HEX_BYTES else f"{words} … {length:,} bytes"


def _is_plain(raw: bytes) -> bool:
    kept = raw.rstrip(b"\0 ")
    return bool(kept) and kept.isascii() and kept.decode("ascii").isprintable()


def _one_line(words: str) -> str:
    """Return text on one line; line ends show, what cannot be seen is a dot."""
    lines = words.replace("\r\n", "\n").replace("\r", "\n").replace("\n", " ↵ ")
    shown: Callable[[str], str] = lambda c: c if c.isprintable() else "·"  # noqa: E731 - a name for what each character becomes
    return "".join(map(shown, lines))


def _cut(words: str, there: int, length: int) -> str:
    if len(words) <= _LONGEST_TEXT and there >= length:
        return words
    return f"{words[:_LONGEST_TEXT]} … {length:,} bytes"


def _named(words: str) -> str:
    """Add the standard's name to a UID that has one."""
    from pydicom.uid import UID

    name = UID(words, validation_mode=0).name
    return f"{words}  {name}" if name != words else words
