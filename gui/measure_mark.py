"""A measurement as it is drawn, and what of it lies under the pointer. Qt-free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from gui.measure_edit import Points
from review.measurement import MeasurementKind

Words: TypeAlias = tuple[tuple[str, ...], tuple[str, ...]]
"""The figures, and what is to be doubted of them, line by line."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One measurement as it is drawn."""

    uid: str
    kind: MeasurementKind
    points: Points
    lines: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """What lies under the pointer: a measurement, and which handle of it, if any."""

    uid: str
    handle: int | None = None
