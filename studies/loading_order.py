"""Which image of a series is to be read next: the wanted one, then outward."""

from __future__ import annotations

import threading


class LoadingOrder:
    """Hands out each index once, nearest to the wanted one first. Any thread."""

    def __init__(self, count: int) -> None:
        self._lock = threading.Lock()
        self._pending = [True] * count
        self._left = count
        self._centre = 0
        self._distance = 0

    def prioritise(self, index: int) -> None:
        """Go on from here."""
        with self._lock:
            self._centre = min(max(index, 0), max(0, len(self._pending) - 1))
            self._distance = 0

    def take(self) -> int | None:
        """Return the next index, None if none is left."""
        with self._lock:
            if self._left == 0:
                return None
            while True:
                for index in (
                    self._centre + self._distance,
                    self._centre - self._distance,
                ):
                    if 0 <= index < len(self._pending) and self._pending[index]:
                        self._pending[index] = False
                        self._left -= 1
                        return index
                self._distance += 1

    def give_back(self, index: int) -> None:
        """Have an index handed out again: its image was not read."""
        with self._lock:
            if not self._pending[index]:
                self._pending[index] = True
                self._left += 1
                self._distance = 0
