"""Writes a manifest from a card, and checks that it reads back as the same card."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path
from typing import Any

import tomli_w

from inference.model_card import SCHEMA, ModelCard, read_manifest
from studies.errors import OverreadError

_HEADER = "# Written by {command}; do not edit by hand.\n"
_DIGITS = 6


class ManifestDiffersError(OverreadError):
    """A manifest that was just written does not read back as the same card."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} does not read back as it was written; not published")


def write_manifest(card: ModelCard, command: str) -> Path:
    """Write ``manifest.toml`` into the card's folder.

    Values that are the schema's defaults are left out, and numbers rounded to
    six significant digits.

    Parameters
    ----------
    command
        Which wrote it; stands in its first line.

    Raises
    ------
    ManifestDiffersError
        If it does not read back as the same card.
    ModelUnavailableError
        If the card contradicts itself.
    """
    path = card.folder / "manifest.toml"
    table = {"schema": SCHEMA, "id": card.model_id, **_plain(card)}
    for mine in ("folder", "model_id"):
        table.pop(mine, None)
    text = _HEADER.format(command=command) + tomli_w.dumps(
        table, multiline_strings=False
    )
    path.write_text(text, encoding="utf-8", newline="\n")
    back = read_manifest(card.folder)
    if _plain(back) != _plain(card):
        raise ManifestDiffersError(path)
    return path


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in lower-case hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _plain(value: Any) -> Any:
    """Turn dataclasses into tables, tuples into lists, without defaults and None."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _plain(own)
            for field in dataclasses.fields(value)
            if not _is_default(own := getattr(value, field.name), field)
        }
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    return value


def _is_default(value: Any, field: dataclasses.Field[Any]) -> bool:
    if value is None:
        return True  # TOML has no null; None is the default wherever it is allowed
    if field.default is not dataclasses.MISSING:
        return bool(value == field.default)
    if field.default_factory is not dataclasses.MISSING:
        return bool(value == field.default_factory())
    return False
