"""How marks are told apart: a letter and a colour for each. Qt-free."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count

from studies.mark_colours import TOKENS, hue
from studies.mark_model import Colour, Mark


@dataclass(frozen=True, slots=True)
class MarkLook:
    """The tag and the colour of one key, in the list and on the image."""

    tag: str
    colour: Colour


def looks(marks: Iterable[Mark]) -> dict[str, MarkLook]:
    """Return a look for each key of all objects shown, in their order.

    No two tags are the same: the first free letter of the label's words, then of
    the label, then the first letter with a number: Liver L, Lung U, Left kidney K.
    Each object takes the design's colours from the first; where another has them
    already the next free one is taken, while an object's own colours stay.
    """
    found: dict[str, MarkLook] = {}
    tags: set[str] = set()
    colours: set[Colour] = set()
    for mark in marks:
        if mark.key not in found:
            tag = next(t for t in _tags(mark.label) if t not in tags)
            colour = mark.colour
            if colour in TOKENS and colour in colours:
                colour = next(c for c in map(hue, count()) if c not in colours)
            found[mark.key] = MarkLook(tag, colour)
            tags.add(tag)
            colours.add(colour)
    return found


def _tags(label: str) -> Iterator[str]:
    words = [word for word in label.upper().split() if word[0].isalpha()]
    yield from (word[0] for word in words)
    yield from (c for word in words for c in word[1:] if c.isalpha())
    first = words[0][0] if words else "M"
    yield from (f"{first}{number}" for number in count(2))
