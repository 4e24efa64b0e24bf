"""Damages DICOM files in ways that files are damaged in, the same for the same seed."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Sequence
from pathlib import Path

LARGEST_SOURCE = 60_000
"""Bytes of a sample; larger ones would only make the run slower."""

_SYNTAXES = (
    b"1.2.840.10008.1.2",
    b"1.2.840.10008.1.2.1",
    b"1.2.840.10008.1.2.2",
    b"1.2.840.10008.1.2.5",
    b"1.2.840.10008.1.2.1.99",
    b"1.2.840.10008.1.2.4.50",
    b"1.2.840.10008.1.2.4.51",
    b"1.2.840.10008.1.2.4.70",
    b"1.2.840.10008.1.2.4.80",
    b"1.2.840.10008.1.2.4.90",
    b"1.2.840.10008.1.2.4.201",
)
# Group and element, little endian, of numbers that decide how pixels are read.
_NUMBERS = tuple(
    struct.pack("<HH", 0x0028, element)
    for element in (
        0x0002,
        0x0006,
        0x0008,
        0x0010,
        0x0011,
        0x0100,
        0x0101,
        0x0102,
        0x0103,
    )
)
_EXTREMES = (0, 1, 2, 7, 8, 255, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF)
_LENGTHS = (0, 1, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF)
_MARKERS = (
    b"\xff\xc0",
    b"\xff\xc1",
    b"\xff\xc3",
    b"\xff\xf7",
    b"\xff\x51",
    b"\xff\xd9",
)


def sources() -> tuple[Path, ...]:
    """Return the samples of pydicom and pydicom-data that are small enough."""
    import data_store
    import pydicom.data

    folders = (
        Path(pydicom.data.__file__).parent / "test_files",
        Path(data_store.__file__).parent / "data",
    )
    return tuple(
        path
        for folder in folders
        for path in sorted(folder.iterdir())
        if path.is_file() and path.stat().st_size <= LARGEST_SOURCE
    )


def mutate(content: bytes, seed: int) -> bytes:
    """Return a damaged copy: one to three kinds of damage, one after the other."""
    rng = random.Random(seed)
    damaged = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        rng.choice(_DAMAGES)(damaged, rng)
    return bytes(damaged)


def _flip_bits(content: bytearray, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 2, 8, 64))):
        if content:
            content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)


def _flip_in_header(content: bytearray, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 4, 16))):
        if content:
            place = min(128 + rng.randrange(1200), len(content) - 1)
            content[place] = rng.randrange(256)


def _cut(content: bytearray, rng: random.Random) -> None:
    if content:
        del content[rng.randrange(len(content)) :]


def _cut_out(content: bytearray, rng: random.Random) -> None:
    if len(content) > 16:
        start = rng.randrange(len(content) - 8)
        del content[start : start + rng.choice((1, 2, 7, 64, 513))]


def _repeat(content: bytearray, rng: random.Random) -> None:
    if len(content) > 64:
        start = rng.randrange(len(content) - 32)
        part = content[start : start + rng.choice((2, 12, 64, 700))]
        content[start:start] = part


def _insert(content: bytearray, rng: random.Random) -> None:
    start = rng.randrange(len(content) + 1)
    content[start:start] = rng.randbytes(rng.choice((1, 3, 8, 40)))


def _number(content: bytearray, rng: random.Random) -> None:
    """Set rows, columns, bits and the like to an extreme."""
    place = content.find(rng.choice(_NUMBERS), 132)
    if place > 0 and place + 10 <= len(content):
        struct.pack_into("<H", content, place + 8, rng.choice(_EXTREMES))


def _length(content: bytearray, rng: random.Random) -> None:
    """Have some element declare an extreme length."""
    if len(content) > 200:
        place = 132 + rng.randrange(min(len(content) - 140, 2000)) // 2 * 2
        struct.pack_into("<I", content, place, rng.choice(_LENGTHS))


def _syntax(content: bytearray, rng: random.Random) -> None:
    """Declare another transfer syntax than the pixels have."""
    place = content.find(b"1.2.840.10008.1.2", 132)
    if place < 0:
        return
    length = struct.unpack_from("<H", content, place - 2)[0]
    if 0 < length <= 64:
        content[place : place + length] = rng.choice(_SYNTAXES)[:length].ljust(
            length, b"\0"
        )


def _codestream(content: bytearray, rng: random.Random) -> None:
    """Let a code stream's header lie about size, depth or components."""
    place = content.find(rng.choice(_MARKERS), 200)
    if 0 < place < len(content) - 24:
        at = place + 2 + rng.randrange(18)
        content[at : at + 2] = struct.pack(">H", rng.choice(_EXTREMES))


_DAMAGES: Sequence[Callable[[bytearray, random.Random], None]] = (
    _flip_bits,
    _flip_in_header,
    _cut,
    _cut_out,
    _repeat,
    _insert,
    _number,
    _number,
    _length,
    _syntax,
    _codestream,
    _codestream,
)
