"""Items by uid, in the order in which they first came."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Rows(Generic[T]):
    """A row that was removed and comes back (undo) has its old place again."""

    def __init__(self) -> None:
        self._rows: dict[str, T] = {}
        self._order: dict[str, None] = {}

    def __iter__(self) -> Iterator[T]:
        """Go through the rows in their order."""
        return (self._rows[uid] for uid in self._order if uid in self._rows)

    def get(self, uid: str) -> T | None:
        """Return the row as it stands, or None."""
        return self._rows.get(uid)

    def put(self, uid: str, row: T | None) -> None:
        """Set a row; None takes it away."""
        if row is None:
            self._rows.pop(uid, None)
            return
        self._rows[uid] = row
        self._order.setdefault(uid)
