"""The file of hanging protocols -> rules; ``resources/hanging/default.toml``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import resources
from studies.presets import preset_ids
from studies.tables import SettingsFileError, Table, read_tables

SHIPPED = "hanging/default.toml"
FILM = "film"
PLANES = ("axial", "coronal", "sagittal", "mip")
_STUDIES = ("current", "prior")
_PROTOCOL_KEYS = ("name", "layout", "linked", "at_least", "when", "slot")
_WHEN_KEYS = ("modality", "body_part", "prior", "volume", "images")
_SLOT_KEYS = (
    "study",
    "modality",
    "view",
    "words",
    "without",
    "volume",
    "like",
    "plane",
    "preset",
    "optional",
)
_MOST_IMAGES = 1000


class HangingProtocolError(SettingsFileError):
    """A file of hanging protocols that cannot be used."""


class LayoutName(StrEnum):
    """How the viewport is divided."""

    ONE = "1x1"
    TWO = "1x2"
    FOUR = "2x2"
    MPR = "mpr"

    @property
    def places(self) -> int:
        """How many places there are, row by row."""
        return {LayoutName.ONE: 1, LayoutName.TWO: 2}.get(self, 4)


@dataclass(frozen=True, slots=True)
class When:
    """What must be so of a study for a protocol to be thought of."""

    modalities: tuple[str, ...] = ()
    body_parts: tuple[str, ...] = ()
    prior: bool | None = None
    volume: bool | None = None
    images: int = 0


@dataclass(frozen=True, slots=True)
class SlotRule:
    """Which images a slot takes; `like` is the number of a slot, from 1, or 0."""

    from_prior: bool = False
    modalities: tuple[str, ...] = ()
    views: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    volume: bool | None = None
    like: int = 0
    plane: str = ""
    preset: str = ""
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Protocol:
    """One hanging protocol, as the file has it."""

    name: str
    layout: LayoutName
    linked: bool
    at_least: int
    when: When
    slots: tuple[SlotRule, ...]


@cache
def shipped_protocols() -> tuple[Protocol, ...]:
    """Return the protocols of ``resources/hanging/default.toml``."""
    file = resources.path(SHIPPED)
    return read_protocols(file.read_text(encoding="utf-8"), file.name)


def read_protocols(text: str, where: str) -> tuple[Protocol, ...]:
    """Read a file of hanging protocols.

    Parameters
    ----------
    text
        TOML; ``resources/hanging/default.toml`` explains its keys.
    where
        The file's name, for messages.

    Raises
    ------
    HangingProtocolError
        If it cannot be used: which line, what was found, what is allowed.
    """
    tables = read_tables(text, where, "protocol", HangingProtocolError)
    return tuple(_protocol(table) for table in tables)


def _protocol(table: Table) -> Protocol:
    table.check_keys(_PROTOCOL_KEYS)
    name = table.text("name")
    layout = LayoutName(table.choice("layout", list(LayoutName)))
    rules = table.tables("slot")
    if not 1 <= len(rules) <= layout.places:
        raise table.wrong(
            f'"{name}" has {len(rules)} slots', f"1 to {layout.places} in {layout}"
        )
    slots = tuple(_slot(rule, number) for number, rule in enumerate(rules, 1))
    return Protocol(
        name,
        layout,
        table.flag("linked") or False,
        table.count("at_least", 1, len(slots)),
        _when(table.table("when")),
        slots,
    )


def _when(table: Table) -> When:
    table.check_keys(_WHEN_KEYS)
    return When(
        table.texts("modality"),
        tuple(part.upper() for part in table.texts("body_part")),
        table.flag("prior"),
        table.flag("volume"),
        table.count("images", 0, _MOST_IMAGES),
    )


def _slot(table: Table, number: int) -> SlotRule:
    table.check_keys(_SLOT_KEYS)
    like = table.count("like", 0, number - 1)
    return SlotRule(
        table.choice("study", _STUDIES, "current") == "prior",
        table.texts("modality"),
        table.texts("view"),
        tuple(words.lower() for words in table.texts("words")),
        tuple(word.lower() for word in table.texts("without")),
        table.flag("volume"),
        like,
        table.choice("plane", PLANES, ""),
        table.choice("preset", preset_ids(), ""),
        table.flag("optional") or False,
    )
