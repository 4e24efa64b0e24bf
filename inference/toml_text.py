"""Writes the little TOML that manifests need; the standard library only reads it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any


def to_toml(table: Mapping[str, Any], place: str = "") -> str:
    """Return a table as TOML: plain values first, then its tables.

    Raises
    ------
    TypeError
        For a value that TOML has no form for, such as None.
    """
    plain, tables = [], []
    for key, value in table.items():
        if isinstance(value, Mapping):
            tables.append(f"\n[{place}{key}]\n{to_toml(value, f'{place}{key}.')}")
        elif _is_list_of_tables(value):
            tables += [
                f"\n[[{place}{key}]]\n{to_toml(_inlined(one), f'{place}{key}.')}"
                for one in value
            ]
        else:
            plain.append(f"{key} = {_value(value)}\n")
    return "".join(plain) + "".join(tables)


class _Inline(dict[str, Any]):
    """A table that is written on one line."""


def _inlined(table: Mapping[str, Any]) -> dict[str, Any]:
    """Let the tables inside a list's table stand on its lines, as people write."""
    return {
        key: _Line(_value(_Inline(value))) if isinstance(value, Mapping) else value
        for key, value in table.items()
    }


class _Line(str):
    """Text that is TOML already."""


def _is_list_of_tables(value: Any) -> bool:
    return (
        isinstance(value, (list, tuple))
        and bool(value)
        and all(isinstance(one, Mapping) for one in value)
    )


def _value(value: Any) -> str:
    if isinstance(value, _Line):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # JSON's escapes are TOML's, but for DEL, which TOML wants escaped.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else str(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_value(one) for one in value)}]"
    if isinstance(value, Mapping):
        pairs = (f"{key} = {_value(one)}" for key, one in value.items())
        return f"{{ {', '.join(pairs)} }}"
    raise TypeError(f"TOML has no form for {type(value).__name__}")
