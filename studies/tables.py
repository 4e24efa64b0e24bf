"""Tables of a TOML file that people edit, read with errors that help them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping

from studies.errors import OverreadError


class SettingsFileError(OverreadError):
    """A file of settings that cannot be used: where, what was found, what may be."""

    def __init__(self, where: str, what: str, allowed: str = "") -> None:
        self.where = where
        self.what = what
        self.allowed = allowed
        super().__init__(
            f"{where}: {what}" + (f"; allowed: {allowed}" if allowed else "")
        )


class Table:
    """One table of a file; what is wrong in it is raised with its line.

    Parameters
    ----------
    values
        The table's keys and values.
    where
        The file and the line at which the table begins, for messages.
    error
        What to raise.
    """

    def __init__(
        self,
        values: Mapping[str, object],
        where: str,
        error: type[SettingsFileError],
    ) -> None:
        self.where = where
        self._values = values
        self._error = error

    def check_keys(self, allowed: Collection[str]) -> None:
        """Refuse keys that mean nothing: a misspelt one would be lost in silence."""
        for key in self._values:
            if key not in allowed:
                raise self.wrong(f'unknown key "{key}"', ", ".join(allowed))

    def has(self, key: str) -> bool:
        """Return whether a key is there."""
        return key in self._values

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text; without a default it must be there and not be empty."""
        value = self._values.get(key, default)
        if not isinstance(value, str) or (default is None and not value):
            raise self._mistyped(key, value, "a text in quotes")
        return value

    def choice(
        self, key: str, allowed: Collection[str], default: str | None = None
    ) -> str:
        """Return one of a few words; without a default it must be there."""
        value = self.text(key, default)
        if value != default and value not in allowed:
            raise self.wrong(f'{key} is "{value}"', ", ".join(allowed))
        return value

    def flag(self, key: str) -> bool | None:
        """Return true or false, None if absent."""
        value = self._values.get(key)
        if value is not None and not isinstance(value, bool):
            raise self._mistyped(key, value, "true or false")
        return value

    def number(self, key: str) -> float:
        """Return a number that must be there."""
        value = self._values.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._mistyped(key, value, "a number")
        return float(value)

    def count(self, key: str, default: int, most: int) -> int:
        """Return a whole number from 0 to `most`."""
        value = self._values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._mistyped(key, value, f"a whole number up to {most}")
        if not 0 <= value <= most:
            raise self.wrong(f"{key} is {value}", f"0 to {most}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, empty if absent."""
        value = self._values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise self._mistyped(key, value, 'a list of texts, ["A", "B"]')
        return tuple(value)

    def numbers(self, key: str, count: int) -> tuple[float, ...]:
        """Return a list of so many numbers."""
        value = self._values.get(key)
        found = value if isinstance(value, list) else []
        numbers = [float(v) for v in found if type(v) in (int, float)]
        if len(numbers) != count or len(found) != count:
            raise self._mistyped(key, value, f"a list of {count} numbers")
        return tuple(numbers)

    def table(self, key: str) -> Table:
        """Return a table, an empty one if absent."""
        value = self._values.get(key, {})
        if not isinstance(value, dict):
            raise self._mistyped(key, value, "a table, { key = value }")
        return Table(value, f"{self.where}, {key}", self._error)

    def tables(self, key: str) -> list[Table]:
        """Return a list of tables, numbered from 1 for messages; empty if absent."""
        value = self._values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            raise self._mistyped(key, value, "a list of tables, [{ key = value }]")
        return [
            Table(values, f"{self.where}, {key} {number}", self._error)
            for number, values in enumerate(value, 1)
        ]

    def wrong(self, what: str, allowed: str = "") -> SettingsFileError:
        """Return the error to raise."""
        return self._error(self.where, what, allowed)

    def _mistyped(self, key: str, value: object, allowed: str) -> SettingsFileError:
        found = f"{key} is missing" if value is None else f"{key} is {value!r}"
        return self.wrong(found, allowed)


def read_tables(
    text: str, where: str, name: str, error: type[SettingsFileError]
) -> list[Table]:
    """Read the tables ``[[name]]`` of a TOML text.

    Raises
    ------
    SettingsFileError
        The given child of it: if the text is no TOML, holds anything else at its
        top, or no such table at all.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise error(where, f"it is no TOML: {wrong}") from wrong
    others = [key for key in content if key != name]
    if others:
        raise error(where, f'unknown key "{others[0]}"', f"[[{name}]]")
    tables = content.get(name)
    if not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
        raise error(where, f"it has no [[{name}]]", f"one or more [[{name}]]")
    places = _places(text, where, name, len(tables))
    return [
        Table(values, place, error)
        for values, place in zip(tables, places, strict=True)
    ]


def _places(text: str, where: str, name: str, count: int) -> list[str]:
    """Return the line of each table ``[[name]]``, else which of them it is."""
    header = re.compile(rf"\s*\[\[\s*{re.escape(name)}\s*\]\]")
    numbered = enumerate(text.splitlines(), 1)
    lines = [number for number, line in numbered if header.match(line)]
    if len(lines) == count:
        return [f"{where}, line {line}" for line in lines]
    return [f"{where}, {name} {number}" for number in range(1, count + 1)]
