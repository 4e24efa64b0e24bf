"""What others drew on images: marks, frozen, in image coordinates.

Image coordinates are (row, column) from the *outer* corner of the first pixel:
the centre of that pixel is (0.5, 0.5).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from studies.model import LookupTable, OtherObject, UInt8Array, Window
from studies.shutter import Shutter

Float64Array: TypeAlias = NDArray[np.float64]
ImageKey: TypeAlias = tuple[str, int]
"""SOP Instance UID and frame, the first frame being 0."""

Colour: TypeAlias = tuple[int, int, int]


class MarkKind(StrEnum):
    """What kind of object a mark comes from."""

    SEGMENT = "segment"
    REGION = "report region"
    ANNOTATION = "annotation"
    STRUCTURE = "structure"
    OVERLAY = "overlay"


class MadeBy(StrEnum):
    """Who made a mark, in the words of Segment Algorithm Type (0062,0008)."""

    AUTOMATIC = "automatic"
    SEMIAUTOMATIC = "semiautomatic"
    MANUAL = "manual"
    UNKNOWN = "maker not stated"

    @classmethod
    def of(cls, words: str) -> MadeBy:
        """Return the member for AUTOMATIC, SEMIAUTOMATIC or MANUAL."""
        known = {member.name: member for member in cls}
        return known.get(words.upper().strip(), cls.UNKNOWN)


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """A line, a closed line, a point (one row of `points`) or a text at a point.

    `points` is (n, 2) in image (row, column), read-only. A single point with a
    text is the place of the text; without one it is drawn as a cross.
    """

    points: Float64Array
    closed: bool = False
    text: str = ""

    def __post_init__(self) -> None:
        self.points.setflags(write=False)


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """The pixels of an image that belong to a mark, cut to where there are any.

    Attributes
    ----------
    rows, columns
        Of the image.
    row, column
        Of the first pixel of `patch` in the image.
    patch
        0 (outside) to 255 (inside), read-only; what lies between is the
        probability or occupancy of a fractional segment.
    fractional
        Whether values between 0 and 255 may occur.
    """

    rows: int
    columns: int
    row: int
    column: int
    patch: UInt8Array
    fractional: bool = False

    def __post_init__(self) -> None:
        self.patch.setflags(write=False)

    @property
    def mask(self) -> UInt8Array:
        """The whole image's mask, (rows, columns), 0 to 255."""
        full = np.zeros((self.rows, self.columns), np.uint8)
        height, width = self.patch.shape
        full[self.row : self.row + height, self.column : self.column + width] = (
            self.patch
        )
        return full

    @classmethod
    def of(cls, mask: UInt8Array, *, fractional: bool = False) -> Region | None:
        """Return the region of a mask, (rows, columns), or None if it is empty."""
        rows, columns = np.any(mask, axis=1), np.any(mask, axis=0)
        if not rows.any():
            return None
        top, left = int(rows.argmax()), int(columns.argmax())
        bottom = len(rows) - int(rows[::-1].argmax())
        right = len(columns) - int(columns[::-1].argmax())
        patch = np.ascontiguousarray(mask[top:bottom, left:right])
        height, width = mask.shape
        return cls(height, width, top, left, patch.copy(), fractional)


@dataclass(frozen=True, slots=True, eq=False)
class Mark:
    """What one object says of one thing on one image.

    Attributes
    ----------
    key
        The same for one thing on all images (a segment, a structure, a
        measurement group), different for all others.
    label
        What it is, e.g. ``"Liver"``.
    detail
        Measured values with units, else what is worth adding; may be "".
    algorithm
        Name of the algorithm or of the person, where it is stated.
    """

    key: str
    label: str
    colour: Colour
    kind: MarkKind
    source: OtherObject
    shapes: tuple[Shape, ...] = ()
    region: Region | None = None
    made_by: MadeBy = MadeBy.UNKNOWN
    algorithm: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Presentation:
    """How a presentation state wants one image shown; applied only on request.

    Attributes
    ----------
    voi
        Its window or VOI LUT; None leaves the image's own.
    quarter_turns
        Clockwise, done first; see `orientation` for a view that mirrors first.
    mirrored
        Left becomes right, after the turns (PS3.3 C.10.6).
    inverted
        Grey scale turned over from what the image's header says.
    shutter
        Its shutter, or None.
    displayed_area
        (row, column) and (row, column) of the two corners that it shows, the
        first at the upper left *after* turning; or None.
    """

    voi: Window | LookupTable | None = None
    quarter_turns: int = 0
    mirrored: bool = False
    inverted: bool = False
    shutter: Shutter | None = None
    displayed_area: tuple[float, float, float, float] | None = None

    @property
    def orientation(self) -> tuple[int, bool]:
        """Quarter turns clockwise *after* mirroring, and whether mirrored.

        The same view in the other order: turned by n, then mirrored, is mirrored,
        then turned by -n.
        """
        turns = -self.quarter_turns if self.mirrored else self.quarter_turns
        return turns % 4, self.mirrored


TextLines: TypeAlias = tuple[tuple[int, str], ...]
"""Depth, from 0, and text of each line of a report."""


@dataclass(frozen=True, slots=True, eq=False)
class MarkSet:
    """All that one object says about the images of a study.

    Attributes
    ----------
    title
        What the object is called.
    made_by
        Who or what wrote it: person, device, date; may be "".
    not_drawn
        Sentences: what of the object is not drawn, and why.
    presentations
        How a presentation state wants images shown.
    text
        The whole report as text, for objects with a content tree.
    named_images
        Images the object names without drawing on them (key images).
    """

    source: OtherObject
    title: str
    by_image: Mapping[ImageKey, tuple[Mark, ...]] = field(default_factory=dict)
    not_drawn: tuple[str, ...] = ()
    made_by: str = ""
    presentations: Mapping[ImageKey, Presentation] = field(default_factory=dict)
    text: TextLines = ()
    named_images: tuple[ImageKey, ...] = ()

    @property
    def marks(self) -> tuple[Mark, ...]:
        """One mark of each key, in the object's order."""
        found: dict[str, Mark] = {}
        for marks in self.by_image.values():
            for mark in marks:
                found.setdefault(mark.key, mark)
        return tuple(found[key] for key in sorted(found, key=_natural))


def _natural(key: str) -> tuple[tuple[int, int, str], ...]:
    """Sort ``uid/2`` before ``uid/10``."""
    parts = key.rpartition("/")[2].split(".")
    return tuple((0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts)
