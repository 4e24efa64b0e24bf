"""Reads ``manifest.toml`` and refuses what is wrong with it, by name.

pydantic checks the shape, from the dataclasses of `inference.model_card`;
`_faults` what values contradict one another. pydantic is imported when a
manifest is read, not before: the window shows first.
"""

from __future__ import annotations

import functools
import math
import re
import tomllib
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inference.errors import ModelUnavailableError
from inference.read_once import read_once
from inference.toml_guard import has_long_key

if TYPE_CHECKING:
    from pydantic import TypeAdapter, ValidationError

    from inference.model_card import ModelCard

MAXIMUM_BYTES = 1024 * 1024
MAXIMUM_SIDE_PX = 4096
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
    yield from _finding_faults(card)
    yield from _severity_faults(card)
    yield from _other_faults(card)


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


def _finding_faults(card: ModelCard) -> Iterator[str]:
    keys = [spec.key for spec in card.findings]
    keys += [spec.key for spec in card.severities]
    keys += [spec.key for spec in card.segments]
    if len(set(keys)) != len(keys):
        yield "two findings share one key"
    for spec in card.findings:
        if not 0.0 < spec.threshold < 1.0:
            yield f"threshold of {spec.key} is {spec.threshold}; allowed: 0 to 1"
        if not 0.0 < spec.heatmap_reference < math.inf:
            yield f"heatmap_reference of {spec.key} must be above 0"
        if not _all_finite(astuple(spec.calibration)):
            yield f"calibration of {spec.key} holds values that are no number"
        logits = [point.logit for point in spec.calibration.curve]
        rates = [point.probability for point in spec.calibration.curve]
        if sorted(set(logits)) != logits or sorted(rates) != rates:
            yield f"the calibration curve of {spec.key} does not rise"
    for box in card.boxes:
        if box.finding not in keys:
            yield f"boxes are of {box.finding!r}, which is no finding"


def _all_finite(values: object) -> bool:
    """Whether every number in nested tuples is one."""
    if isinstance(values, tuple):
        return all(_all_finite(one) for one in values)
    return not isinstance(values, float) or math.isfinite(values)


def _severity_faults(card: ModelCard) -> Iterator[str]:
    for spec in card.severities:
        if not spec.minimum < spec.maximum:
            yield f"the scale of {spec.key} is empty"
        if min(spec.below, spec.above) < 0.0 or not math.isfinite(
            spec.below + spec.above
        ):
            yield f"the error band of {spec.key} is not a width"


def _other_faults(card: ModelCard) -> Iterator[str]:
    if min(card.input.rows, card.input.columns) < 8 or card.input.channels not in (
        1,
        3,
    ):
        yield "input must be at least 8 x 8 px with 1 or 3 channels"
    if max(card.input.rows, card.input.columns) > MAXIMUM_SIDE_PX:
        yield f"input must be at most {MAXIMUM_SIDE_PX} px a side"
    if not card.input.std > 0.0:
        yield "std of input must be above 0"
    if len(card.input.channel_mean) not in (0, card.input.channels) or len(
        card.input.channel_std
    ) != len(card.input.channel_mean):
        yield "channel_mean and channel_std need one value a channel"
    if card.output == "operating-point" and len(card.operating_points) != len(
        card.findings
    ):
        yield "operating_points needs one value a finding"
    if not 0.0 < card.time_limit_s <= 3600.0:
        yield f"time_limit_s is {card.time_limit_s}; allowed: 0 to 3600"
