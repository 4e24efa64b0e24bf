"""All texts around one film, and how they fold where there is little room. Qt-free."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from gui.corner_text import Sides

_MOST_WARNINGS = 4


class Fold(IntEnum):
    """How much is said: all, what is needed, one line a corner."""

    FULL = 0
    SHORT = 1
    LINE = 2


@dataclass(frozen=True, slots=True)
class PaneTag:
    """What a pane of several shows: a letter in its plane's colour, and a word."""

    letter: str
    color: str
    title: str


@dataclass(frozen=True, slots=True)
class Corners:
    """All texts around one film.

    Attributes
    ----------
    top_left
        The patient, the name first; it is never folded away.
    top_right
        The study.
    bottom_left
        The display, window and zoom first.
    key
        Whether the key of line styles is shown.
    hint
        What is asked of the reader, at the lower edge.
    slice
        Slice, position and thickness; then letters stand at all four edges.
    tag
        Of a pane among several; then the patient stands at the lower left.
    kept
        Lines of `bottom_left` that are never folded away.
    warnings
        What is wrong with the file or its series; never folded away wholly.
    """

    top_left: tuple[str, ...] = ()
    top_right: tuple[str, ...] = ()
    bottom_left: tuple[str, ...] = ()
    sides: Sides = field(default_factory=Sides)
    key: bool = False
    hint: str = ""
    slice: tuple[str, ...] = ()
    tag: PaneTag | None = None
    kept: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def is_slice(self) -> bool:
        """Whether it is a slice, for which all four letters count."""
        return bool(self.slice) or self.tag is not None

    def patient(self, fold: Fold) -> tuple[str, ...]:
        """Return the patient's lines."""
        name, rest = self.top_left[:1], self.top_left[1:3]
        if fold is Fold.FULL:
            return self.top_left
        return name if fold is Fold.LINE else (*name, *_joined(rest))

    def study(self, fold: Fold) -> tuple[str, ...]:
        """Return slice and study."""
        if fold is Fold.FULL:
            return (*self.slice, *self.top_right)
        if fold is Fold.SHORT:
            # Title and number of the image.
            title, number = self.top_right[:1], self.top_right[1:][-1:]
            return self.slice or (*title, *number)
        return self.slice[:1] or self.top_right[-1:]

    def display(self, fold: Fold) -> tuple[str, ...]:
        """Return window and zoom, and what must be known of the display."""
        if fold is Fold.FULL:
            return self.bottom_left
        first = self.bottom_left[:2] if fold is Fold.SHORT else self.bottom_left[:1]
        return (*_joined(first), *_joined(self.kept))

    def warned(self, fold: Fold) -> tuple[str, ...]:
        """Return what is wrong: the first lines, and how many more there are."""
        most = _MOST_WARNINGS if fold is Fold.FULL else 1
        left = len(self.warnings) - most
        more = (f"{left} more notice{'s' if left > 1 else ''}",) if left > 0 else ()
        return (*self.warnings[:most], *more)


def _joined(lines: tuple[str, ...]) -> tuple[str, ...]:
    return ("  ".join(lines),) if lines else ()
