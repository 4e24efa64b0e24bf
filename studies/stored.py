"""Frozen dataclasses <-> what JSON can hold; no pickle, no code in the data.

A dataclass becomes the list of its fields' values, so the two only fit while the
class is the same: whoever keeps such data keeps `reader_version` beside it.
"""

from __future__ import annotations

import base64
import hashlib
import operator
import types
import typing
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")
Plain: TypeAlias = Any
"""What `json` writes and reads: numbers, text, None, and lists of these."""

_Turn: TypeAlias = Callable[[Any], Any] | None
"""A conversion, None where the value stays as it is."""

_AS_THEY_ARE = (str, int, float, bool, type(None))


def to_plain(value: object) -> Plain:
    """Return a dataclass as a list.

    Raises
    ------
    TypeError
        If a field's type is none that is known here: a mistake of ours.
    """
    kind: Any = type(value)
    return _writer(kind)(value)


def from_plain(kind: type[T], plain: Plain) -> T:
    """Return the dataclass that `to_plain` made the list of; the list is used up."""
    known: Any = kind  # mypy takes a type[T] for not hashable
    made: T = _reader(known)(plain)
    return made


def pack(values: Sequence[object]) -> Plain:
    """Return many of one dataclass as columns; what all share stands once."""
    if len(values) < 2:
        return [len(values), *(to_plain(value) for value in values)]
    kind: Any = type(values[0])
    turns = _turns(kind, writes=True)
    shared, columns = [], []
    for index, (name, turn) in enumerate(turns):
        column = [getattr(value, name) for value in values]
        if turn is not None:
            column = [turn(value) for value in column]
        if all(value == column[0] for value in column):
            shared.append([index, column[0]])
        else:
            columns.append([index, column])
    return [len(values), shared, columns]


def unpack(kind: type[T], plain: Plain) -> tuple[T, ...]:
    """Return what `pack` packed."""
    if plain[0] < 2:
        return tuple(from_plain(kind, one) for one in plain[1:])
    count, shared, columns = plain
    known: Any = kind
    turns = _turns(known, writes=False)
    parts: list[Sequence[Any]] = [()] * len(turns)
    for index, value in shared:
        turn = turns[index][1]
        parts[index] = [value if turn is None else turn(value)] * count
    for index, column in columns:
        turn = turns[index][1]
        parts[index] = column if turn is None else [turn(value) for value in column]
    return tuple(kind(*row) for row in zip(*parts, strict=True))


@lru_cache(maxsize=1)
def reader_version() -> str:
    """Return a digest of the code that reads headers, and of pydicom's version.

    What another version read is read again: it may have said something else.
    """
    from importlib.metadata import version

    digest = hashlib.sha256(version("pydicom").encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()


@lru_cache(maxsize=64)
def _turns(kind: Any, *, writes: bool) -> tuple[tuple[str, _Turn], ...]:
    hints = typing.get_type_hints(kind)
    return tuple(
        (field.name, _turn(hints[field.name], writes)) for field in fields(kind)
    )


def _turn(hint: Any, writes: bool) -> _Turn:
    """Return how a value of a type is written or read."""
    if hint in _AS_THEY_ARE:
        return None
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return _optional(inner, writes)
    if origin is tuple:
        return _tuple(inner, writes)
    if not isinstance(hint, type):
        raise TypeError(f"{hint} cannot be stored")
    if is_dataclass(hint):
        return _writer(hint) if writes else _reader(hint)
    return _single(hint, writes)


def _single(hint: type, writes: bool) -> _Turn:
    if issubclass(hint, Enum):
        return (lambda value: value.value) if writes else hint
    if issubclass(hint, Path):
        return str if writes else Path
    if issubclass(hint, datetime):
        return datetime.isoformat if writes else datetime.fromisoformat
    if issubclass(hint, date):
        return date.isoformat if writes else date.fromisoformat
    if issubclass(hint, bytes):
        return (lambda value: base64.b64encode(value).decode()) if writes else _bytes
    raise TypeError(f"{hint} cannot be stored")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text)


def _optional(inner: tuple[Any, ...], writes: bool) -> _Turn:
    kinds = [kind for kind in inner if kind is not type(None)]
    if len(kinds) != 1:
        raise TypeError(f"{inner} cannot be stored")
    turn = _turn(kinds[0], writes)
    if turn is None:
        return None
    return lambda value: None if value is None else turn(value)


def _tuple(inner: tuple[Any, ...], writes: bool) -> _Turn:
    make: Callable[[Any], Any] = list if writes else tuple
    if inner[-1] is Ellipsis:
        turn = _turn(inner[0], writes)
        if turn is None:
            return make
        return lambda value: make([turn(one) for one in value])
    turns = [_turn(kind, writes) for kind in inner]
    if all(turn is None for turn in turns):
        return make
    return lambda value: make(
        [
            one if turn is None else turn(one)
            for turn, one in zip(turns, value, strict=True)
        ]
    )


@lru_cache(maxsize=64)
def _writer(kind: Any) -> Callable[[Any], Plain]:
    names, turned = _turned(kind, writes=True)
    take = operator.attrgetter(*names)

    def write(value: Any) -> Plain:
        values = list(take(value)) if len(names) > 1 else [take(value)]
        for index, turn in turned:
            values[index] = turn(values[index])
        return values

    return write


@lru_cache(maxsize=64)
def _reader(kind: Any) -> Callable[[Plain], Any]:
    _, turned = _turned(kind, writes=False)

    def read(plain: Plain) -> Any:
        for index, turn in turned:
            plain[index] = turn(plain[index])
        return kind(*plain)

    return read


def _turned(
    kind: Any, *, writes: bool
) -> tuple[list[str], list[tuple[int, Callable[[Any], Any]]]]:
    """Return the names of a class's fields, and which of them are turned and how."""
    turns = _turns(kind, writes=writes)
    turned = [(i, turn) for i, (_, turn) in enumerate(turns) if turn is not None]
    return [name for name, _ in turns], turned
