"""Work done in order in a thread of its own, beside what makes more of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Generic, Self, TypeVar

Item = TypeVar("Item")

_WAITING = 4


class WriteBehind(Generic[Item]):
    """Calls `write` for each item, one after the other, in one thread.

    Leaving the block waits until all are written, however it is left. What
    `write` raises is raised at a later item, or at the end; the items after it
    are not written.

    Parameters
    ----------
    write
        No two calls at once; not in the thread that made this.
    """

    def __init__(self, write: Callable[[Item], None]) -> None:
        self._write = write
        self._pool = ThreadPoolExecutor(1, "write-behind")
        self._waiting: deque[Future[None]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            while self._waiting:
                self._waiting.popleft().result()
        finally:
            self._pool.shutdown(cancel_futures=True)

    def add(self, item: Item) -> None:
        """Have an item written; waits while some are waiting already."""
        while len(self._waiting) >= _WAITING:
            self._waiting.popleft().result()
        self._waiting.append(self._pool.submit(self._write, item))
