"""Threads that read image after image, and the queue of what they have read."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator


class Readers:
    """A few threads that do one thing until nothing is left of it.

    All methods are for the thread that made it.

    Parameters
    ----------
    read_next
        Reads one image and returns its index, None when there is none left; any
        thread calls it. Its argument is set when the readers are stopped.
    """

    def __init__(self, read_next: Callable[[threading.Event], int | None]) -> None:
        self._read_next = read_next
        self._stop = threading.Event()
        self._queue: queue.SimpleQueue[int | BaseException | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._running = 0

    @property
    def have_ended(self) -> bool:
        """Whether all that was read is told, and no thread reads on."""
        return self._running == 0 and self._queue.empty()

    def start(self, count: int) -> None:
        """Start this many threads."""
        for _ in range(count):
            thread = threading.Thread(
                target=self._read_on, name="series-reader", daemon=True
            )
            self._threads.append(thread)
            self._running += 1
            thread.start()

    def read_one(self) -> bool:
        """Read one image in the calling thread; return whether there was one."""
        index = self._read_next(self._stop)
        if index is not None:
            self._queue.put(index)
        return index is not None

    def done(self) -> Iterator[int]:
        """Give the indices of the images that were read since."""
        while not self._queue.empty():
            index = self.next_done(0.0)
            if index is not None:
                yield index

    def next_done(self, timeout_s: float) -> int | None:
        """Return the index of an image that was read, None if none is by then.

        What a thread raised is raised here.
        """
        try:
            told = self._queue.get(timeout=timeout_s)
        except queue.Empty:
            return None
        if isinstance(told, BaseException):
            self._running -= 1
            raise told
        if told is None:
            self._running -= 1
        return told

    def stop(self) -> None:
        """Have the threads end after their image, and wait until they did."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _read_on(self) -> None:
        try:
            while not self._stop.is_set():
                index = self._read_next(self._stop)
                if index is None:
                    break
                self._queue.put(index)
        except BaseException as error:  # noqa: BLE001 - next_done raises it
            self._queue.put(error)
        else:
            self._queue.put(None)
