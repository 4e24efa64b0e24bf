"""Window presets by modality and body part, from a file that a site can edit."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np

import resources
from studies.grayscale import Voi, voi_choices
from studies.modality import apply_modality, padding_mask
from studies.model import Image, Window
from studies.tables import SettingsFileError, Table, read_tables

MOST_PRESETS = 9
"""One for each digit key."""

FILM_MODALITIES = ("CR", "DX", "DR", "MG", "RG", "PX", "IO", "RF", "XA", "")
"""Radiographs; a PNG or JPEG film has no modality."""

_FILE = "presets/windows.toml"
_FILM = "film"
_COMMON_KEYS = ("id", "title", "modality", "body_part")
_KINDS = (("center", "width"), ("shift", "factor"), ("percentiles",))
# So many pixels tell percentiles as well as all of a film do.
_SAMPLED_PIXELS = 1 << 18
_Make: TypeAlias = Callable[[Image, Voi], Window | None]


class PresetsFileError(SettingsFileError):
    """A file of window presets that cannot be used."""


@dataclass(frozen=True, slots=True)
class Preset:
    """A window and its name; `id` is how a hanging protocol asks for it."""

    title: str
    voi: Voi
    id: str = ""


@dataclass(frozen=True, slots=True)
class PresetRule:
    """A preset of the file: where it is offered, and how its window is made.

    `make` takes an image and the VOI it is first shown with; None where there is
    no such window.
    """

    id: str
    title: str
    modalities: tuple[str, ...]
    body_parts: tuple[str, ...]
    make: _Make

    def is_for(self, image: Image) -> bool:
        """Return whether the preset is offered for an image."""
        header = image.header
        if header.modality == "CT" and "CT" in self.modalities:
            # Maps of a dual-energy or perfusion CT are no Hounsfield units; some
            # scanners call those unspecified (US, PS3.3 C.11.1.1.2).
            return header.grayscale.rescale_type in ("", "HU", "US")
        is_film = header.modality in FILM_MODALITIES
        return header.modality in self.modalities or (
            is_film and _FILM in self.modalities
        )


@cache
def shipped_presets() -> tuple[PresetRule, ...]:
    """Return the presets of ``resources/presets/windows.toml``."""
    file = resources.path(_FILE)
    return read_presets(file.read_text(encoding="utf-8"), file.name)


def preset_ids() -> tuple[str, ...]:
    """Return the names by which a hanging protocol may ask for a preset."""
    return tuple(dict.fromkeys(rule.id for rule in shipped_presets()))


def presets_for(
    image: Image, rules: tuple[PresetRule, ...] | None = None
) -> tuple[Preset, ...]:
    """Return the windows offered for an image, at most nine.

    Those of its header first, the one first shown at the front; then those for
    its body part, then the others for its modality.
    """
    choices = voi_choices(image)
    found = [_of_header(voi, len(choices), n) for n, voi in enumerate(choices, 1)]
    part = image.header.body_part
    offered = [rule for rule in rules or shipped_presets() if rule.is_for(image)]
    offered.sort(key=lambda rule: part not in rule.body_parts)  # stable
    for rule in offered[: max(MOST_PRESETS - len(found), 0)]:
        window = rule.make(image, choices[0])
        if window is not None:
            found.append(Preset(rule.title, window, rule.id))
    return tuple(found[:MOST_PRESETS])


def preset_named(image: Image, preset_id: str) -> Preset | None:
    """Return the preset a hanging protocol asks for, None if it does not fit."""
    for rule in shipped_presets():
        if rule.id == preset_id and rule.is_for(image):
            window = rule.make(image, voi_choices(image)[0])
            return None if window is None else Preset(rule.title, window, rule.id)
    return None


def read_presets(text: str, where: str) -> tuple[PresetRule, ...]:
    """Read a file of presets; ``resources/presets/windows.toml`` explains it.

    Raises
    ------
    PresetsFileError
        If it cannot be used; the message names the line and what is allowed.
    """
    return tuple(
        _rule(table) for table in read_tables(text, where, "preset", PresetsFileError)
    )


def _of_header(voi: Voi, choices: int, number: int) -> Preset:
    title = "As first shown" if choices == 1 else f"From the header, {number}"
    return Preset(voi.explanation or title, voi)


def _rule(table: Table) -> PresetRule:
    table.check_keys((*_COMMON_KEYS, *(key for kind in _KINDS for key in kind)))
    kinds = [kind for kind in _KINDS if any(table.has(key) for key in kind)]
    if len(kinds) != 1:
        allowed = "one of center and width, shift and factor, percentiles"
        raise table.wrong(f"it says {len(kinds)} windows", allowed)
    makers = {_KINDS[0]: _absolute, _KINDS[1]: _relative, _KINDS[2]: _of_percentiles}
    title = table.text("title")
    return PresetRule(
        table.text("id"),
        title,
        table.texts("modality"),
        table.texts("body_part"),
        makers[kinds[0]](table, title),
    )


def _absolute(table: Table, title: str) -> _Make:
    center, width = table.number("center"), _above_zero(table, "width")
    if width < 1.0:
        raise table.wrong(f"width is {width:g}", "1 or more")
    window = Window(center, width, title)
    return lambda image, shown: window


def _relative(table: Table, title: str) -> _Make:
    shift, factor = table.number("shift"), _above_zero(table, "factor")

    def make(image: Image, shown: Voi) -> Window | None:
        if not isinstance(shown, Window):
            return None
        # Towards the dense side, which in MONOCHROME1 has the smaller values.
        params = image.header.grayscale
        way = -1.0 if params.photometric_interpretation == "MONOCHROME1" else 1.0
        center = shown.center + way * shift * shown.width
        width = max(shown.width * factor, 1.0)
        return Window(center, width, title, shown.function)

    return make


def _of_percentiles(table: Table, title: str) -> _Make:
    low, high = table.numbers("percentiles", 2)
    if not 0.0 <= low < high <= 100.0:
        raise table.wrong(f"percentiles are {low:g} and {high:g}", "0 to 100, rising")

    def make(image: Image, shown: Voi) -> Window | None:
        return _percentile_window(image, low, high, title)

    return make


def _percentile_window(
    image: Image, low: float, high: float, title: str
) -> Window | None:
    stored, params = image.stored, image.header.grayscale
    if stored.ndim == 3:
        return None
    whole = (low, high) == (0.0, 100.0)  # the ends of the range need every pixel
    step = 1 if whole else max(math.isqrt(stored.size // _SAMPLED_PIXELS), 1)
    values = stored[::step, ::step]
    if params.padding is not None:
        values = values[~padding_mask(values, params)]
    if values.size == 0:
        return None
    if whole:
        ends = np.array([values.min(), values.max()], np.int64)
    else:
        ends = np.rint(np.percentile(values, [low, high])).astype(np.int64)
    first, last = sorted(float(value) for value in apply_modality(ends, params))
    # LINEAR spans center - 0.5 -/+ (width - 1) / 2.
    return Window((first + last + 1.0) / 2.0, last - first + 1.0, title)


def _above_zero(table: Table, key: str) -> float:
    value = table.number(key)
    if value <= 0:
        raise table.wrong(f"{key} is {value:g}", "more than 0")
    return value
