"""What a walk over the elements of a DICOM file meets."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from studies.value_text import Reading


class Sort(Enum):
    """What was met."""

    ELEMENT = auto()
    ITEM = auto()
    PIXELS = auto()
    PROBLEM = auto()


@dataclass(frozen=True, slots=True)
class Met:
    """An element, an item of a sequence, or the reason why the walk ends.

    Attributes
    ----------
    depth
        0 for the data set itself; an item lies one deeper than its sequence, its
        elements two.
    tag, vr
        Zero and "" for a problem.
    length
        As the file says, in bytes; None where it is undefined.
    raw
        The first 4,096 bytes of the value; none of pixels and of sequences.
    note
        What is wrong, in words, or "". For pixels: how they are stored.
    number
        Of an item, counted from 1.
    creator
        Who reserved the block of a private element.
    """

    sort: Sort
    depth: int
    tag: int = 0
    vr: str = ""
    length: int | None = None
    raw: bytes = b""
    note: str = ""
    number: int = 0
    creator: str = ""
    reading: Reading = field(default_factory=Reading)
