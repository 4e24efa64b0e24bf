"""Reads ``manifest.toml`` and refuses what is wrong with it, by name.

pydantic checks the shape, from the dataclasses of `inference.model_card`;
`_faults` and `inference.manifest_faults` what its values contradict. pydantic is
imported when a manifest is read, not before: the window shows first.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inference.errors import ModelUnavailableError
from inference.manifest_faults import value_faults
from inference.read_once import read_once
from inference.toml_guard import has_long_key

if TYPE_CHECKING:
    from pydantic import TypeAdapter, ValidationError

    from inference.model_card import ModelCard

MAXIMUM_BYTES = 1024 * 1024
_KEPT = 32
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*")
_SUFFIXES = {"safetensors": ".safetensors", "onnx": ".onnx", "torch.export": ".pt2"}


def read_manifest(folder: Path) -> ModelCard:
    """Read ``manifest.toml`` of a model's folder.

    Raises
    ------
    ModelUnavailableError
        If it is missing, not TOML, of another schema, lacks a field, has one
        that is not known, holds a value of the wrong kind, contradicts itself,
        or names a file outside its folder.
    """
    card = _card_of(
        folder, read_once(folder.name, folder / "manifest.toml", MAXIMUM_BYTES)
    )
    for fault in _faults(card):
        raise ModelUnavailableError(card.model_id, fault)
    return card


@functools.lru_cache(_KEPT)
def _card_of(folder: Path, data: bytes) -> ModelCard:
    """Make a card of a manifest's bytes; the same bytes are not parsed again.

    A long manifest takes 7 ms, and it is read for every batch of films. What
    looks at the folder (`_faults`) is done each time.
    """
    return to_card(folder, _to_table(folder, data))


def to_card(folder: Path, table: dict[str, Any]) -> ModelCard:
    """Make a card of a manifest's table, without a look at the folder."""
    from pydantic import ValidationError

    from inference.model_card import SCHEMA

    if table.get("schema") != SCHEMA:
        raise ModelUnavailableError(
            folder.name,
            f"manifest.toml has schema {table.get('schema')!r}, not {SCHEMA!r}",
        )
    for mine in ("folder", "model_id"):
        if mine in table:
            raise ModelUnavailableError(
                folder.name, f"manifest.toml has a field {mine!r} that is not known"
            )
    rest = {key: value for key, value in table.items() if key not in ("schema", "id")}
    if "id" in table:
        rest["model_id"] = table["id"]
    try:
        return adapter().validate_python({**rest, "folder": folder})
    except ValidationError as error:
        raise ModelUnavailableError(folder.name, _in_words(error)) from None


@functools.cache
def adapter() -> TypeAdapter[ModelCard]:
    """Return what checks a manifest."""
    from pydantic import TypeAdapter

    from inference.model_card import ModelCard

    return TypeAdapter(ModelCard)


def _to_table(folder: Path, data: bytes) -> dict[str, Any]:
    try:
        text = data.decode("utf-8")
        if has_long_key(text):
            raise ModelUnavailableError(
                folder.name, "manifest.toml has a key of too many parts"
            )
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelUnavailableError(
            folder.name, f"manifest.toml cannot be read ({str(error)[:200]})"
        ) from error


def _in_words(error: ValidationError) -> str:
    """Say the first fault: which field, what of it."""
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"]).replace("model_id", "id")
    if first["type"] == "missing":
        return f"manifest.toml lacks {place!r}"
    if first["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        return f"manifest.toml has a field {place!r} that is not known"
    return f"manifest.toml has a wrong value ({place}: {first['msg']})"


def _faults(card: ModelCard) -> Iterator[str]:
    """Say where values contradict one another."""
    yield from _file_faults(card)
    if card.task != "gate" and not (card.findings or card.severities or card.segments):
        yield "manifest.toml lists no finding"
    yield from value_faults(card)


def _file_faults(card: ModelCard) -> Iterator[str]:
    suffix = _SUFFIXES[card.format]
    if Path(card.weights).suffix != suffix:
        yield (
            f"weights are {card.weights!r}; only {card.format} files are loaded,"
            " because a pickled file can run code"
        )
    for name, sha256 in card.files:
        if Path(name).is_absolute() or ".." in Path(name).parts:
            yield f"{name!r} lies outside the model's folder"
        if not _FILE_NAME.fullmatch(name):
            yield f"{name[:60]!r} is no plain file name"
        # A folder inside may be a link to one outside.
        elif card.folder.resolve() not in (card.folder / name).resolve().parents:
            yield f"{name!r} lies outside the model's folder"
        if len(sha256) != 64 or set(sha256.lower()) - set("0123456789abcdef"):
            yield f"the SHA-256 of {name!r} is not 64 hexadecimal digits"
