"""Every element of a DICOM file as rows of text, for a header browser."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from studies.deflated import payload_stream
from studies.dicom_file import BIG_ENDIAN, pydicom_errors
from studies.element_walk import ElementWalk
from studies.errors import UnreadableFileError
from studies.met import Met, Sort
from studies.source import Kind, device_errors, kind_of, open_source, size_of
from studies.tag_names import keyword_of, name_of, tag_text
from studies.value_text import value_text

MOST_ROWS = 20_000
_ROWS_AT_ONCE = 32
_IMPLICIT = "1.2.840.10008.1.2"
_META_START = 132


@dataclass(frozen=True, slots=True)
class HeaderRow:
    """One line of a header.

    Attributes
    ----------
    depth
        0 for the data set and the file meta; one more for the items of a
        sequence, two more for their elements.
    tag
        ``(0028,0010)``; "" for an item and for a line that only tells something.
    keyword
        Of the data dictionary; "" for private elements.
    name
        What the element is called.
    value
        The value on one line; a long one ends in ``… 12,345 bytes``.
    length
        As the file says, in bytes; None where it is undefined or none is given.
    problem
        What is wrong, in words, or "".
    """

    depth: int
    tag: str = ""
    keyword: str = ""
    name: str = ""
    vr: str = ""
    value: str = ""
    length: int | None = None
    problem: str = ""


def dump_header(
    path: Path,
    *,
    most_rows: int = MOST_ROWS,
    pause: Callable[[], None] = lambda: None,
) -> tuple[HeaderRow, ...]:
    """Return all elements of a file, the pixels' values left out; never raises.

    What cannot be read is a row that says why; what comes before it is there.

    Parameters
    ----------
    path
        A file, or a member of a zip archive, named by a path below the archive's.
    most_rows
        Beyond it a last row says that there is more.
    pause
        Called every few rows, so that a thread can let others run.
    """
    rows: list[HeaderRow] = []
    try:
        # Damage that nobody foresaw costs the rest, not what was read.
        with (
            device_errors(path),
            closing(open_source(path)) as stream,
            pydicom_errors(path),
        ):
            for row in _rows(path, stream):
                if len(rows) >= most_rows:
                    said = f"More than {most_rows:,} rows: the rest is not listed"
                    rows.append(HeaderRow(0, problem=said))
                    break
                rows.append(row)
                if len(rows) % _ROWS_AT_ONCE == 0:
                    pause()
    except UnreadableFileError as error:
        rows.append(HeaderRow(0, problem=f"Cannot be read: {error.reason}"))
    if not rows:
        rows.append(HeaderRow(0, problem="No elements: the file ends behind its head"))
    return tuple(rows)


def differing(rows: Sequence[HeaderRow], others: Sequence[HeaderRow]) -> frozenset[int]:
    """Return the places of the rows that `others` lacks or has with another value.

    Rows are compared by where they stand: the tags and item numbers above them.
    """
    known = dict(zip(_places(others), others, strict=True))
    return frozenset(
        number
        for number, (place, row) in enumerate(zip(_places(rows), rows, strict=True))
        if place not in known or known[place].value != row.value
    )


def _places(rows: Sequence[HeaderRow]) -> list[tuple[str, ...]]:
    """Return the way to each row: tags and items above it, repeats numbered."""
    above: list[str] = []
    seen: Counter[tuple[str, ...]] = Counter()
    places = []
    for row in rows:
        del above[row.depth :]
        above += [""] * (row.depth - len(above))
        above.append(row.tag or row.name or row.problem)
        way = tuple(above)
        seen[way] += 1
        places.append((*way, str(seen[way])))
    return places


def _rows(path: Path, stream: BinaryIO) -> Iterator[HeaderRow]:
    head = stream.read(_META_START)
    kind = kind_of(head)
    if kind not in (Kind.DICOM, Kind.BARE_DICOM):
        found = "it is empty" if not head else f"it is no DICOM file ({kind.value})"
        raise UnreadableFileError(path, found)
    syntax, start = "", 0
    if kind is Kind.DICOM:
        meta = list(_file_meta(stream))
        yield from (_row(met) for met in meta)
        syntax = next((_text(met) for met in meta if met.tag == 0x00020010), "")
        if meta and meta[-1].sort is Sort.PROBLEM:
            return  # where the data set begins is not known
        start = stream.tell()
    else:
        yield HeaderRow(0, problem="No DICOM file header: the encoding is guessed")
    payload = payload_stream(path, stream)
    if payload is stream:
        payload.seek(start)
    yield from _data_set(payload, syntax)


def _file_meta(stream: BinaryIO) -> Iterator[Met]:
    """Walk group 0002, always explicit little endian (PS3.10 7.1), to its end."""
    stream.seek(_META_START)
    end = size_of(stream)
    while True:
        here = stream.tell()
        group = stream.read(2)
        stream.seek(here)
        if group != b"\x02\x00":
            return
        # A walk of its own for each element: the group ends where another begins.
        walk = ElementWalk(stream, end, implicit=False, big_endian=False)
        met = next(iter(walk))
        yield met
        if met.sort is Sort.PROBLEM or stream.tell() <= here:
            return


def _data_set(stream: BinaryIO, syntax: str) -> Iterator[HeaderRow]:
    here = stream.tell()
    head = stream.read(8)
    stream.seek(here)
    big = syntax == BIG_ENDIAN
    implicit = not (head[4:6].isalpha() and head[4:6].isupper())
    if head and syntax and implicit is not (syntax == _IMPLICIT):
        found = "implicit" if implicit else "explicit"
        said = f"The transfer syntax is another: the elements have {found} VR"
        yield HeaderRow(0, problem=said)
    if big and head[:2] in (b"\x02\x00", b"\x08\x00"):
        big = False
        yield HeaderRow(0, problem="Declared as big endian, but it is little endian")
    walk = ElementWalk(stream, size_of(stream), implicit=implicit, big_endian=big)
    for met in walk:
        yield _row(met)


def _row(met: Met) -> HeaderRow:
    if met.sort is Sort.PROBLEM:
        return HeaderRow(met.depth, problem=met.note)
    if met.sort is Sort.ITEM:
        name = f"Item {met.number}"
        return HeaderRow(met.depth, name=name, length=met.length, problem=met.note)
    value, problem = "", met.note
    if met.sort is Sort.PIXELS:
        value, problem = f"Not shown: {met.note}", ""
    elif met.raw:
        value, odd = value_text(met.vr, met.raw, met.length or 0, met.reading)
        problem = problem or odd
    return HeaderRow(
        met.depth,
        tag_text(met.tag),
        keyword_of(met.tag),
        name_of(met.tag, met.creator),
        met.vr,
        value,
        met.length,
        problem,
    )


def _text(met: Met) -> str:
    return met.raw.rstrip(b"\0 ").decode("latin-1")
