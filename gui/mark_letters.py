"""A short tag for each mark: one letter of its label while there are any. Qt-free."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from studies.mark_model import Mark


def letters(marks: Iterable[Mark]) -> dict[str, str]:
    """Return a tag for each key, no two the same.

    The first free letter of the label's words, then of the label, then the first
    letter with a number: Liver L, Lung U, Left kidney K.
    """
    tags: dict[str, str] = {}
    taken: set[str] = set()
    for mark in marks:
        if mark.key not in tags:
            tags[mark.key] = next(t for t in _candidates(mark.label) if t not in taken)
            taken.add(tags[mark.key])
    return tags


def _candidates(label: str) -> Iterator[str]:
    words = [word for word in label.upper().split() if word[0].isalpha()]
    yield from (word[0] for word in words)
    yield from (c for word in words for c in word[1:] if c.isalpha())
    first = words[0][0] if words else "M"
    number = 1
    while True:
        number += 1
        yield f"{first}{number}"
