"""The pixels of the open series: read in one thread, the wanted ones first."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from PySide6.QtCore import QObject, QThread, Signal, Slot

from gui.stack_source import SeriesStack, stack_key
from studies.decoder import shared_decoder
from studies.model import Series, Study
from studies.series_pixels import SeriesPixels

_log = logging.getLogger(__name__)
BUDGET_BYTES = 3 << 30
"""Decoded pixels kept; series that are not on screen go first beyond it."""


class _Reader(QObject):
    """Reads series after series; lives in a thread of its own."""

    read = Signal(str, int)  # key, index
    ended = Signal(str)  # key
    wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._queue: list[SeriesStack] = []
        self._turn = 0
        self._closed = False

    def order(self, stacks: Sequence[SeriesStack]) -> None:
        """Read these, in this order, and no others; called from the main thread."""
        with self._lock:
            self._queue = list(stacks)
            self._turn += 1
        self.wanted.emit()

    def close(self) -> None:
        """Stop after the image under way; called from the main thread."""
        with self._lock:
            self._queue, self._closed = [], True
            self._turn += 1

    @Slot()
    def run(self) -> None:
        """Read what is wanted: of every series one image first, then the rest."""
        turn, stacks = self._now()
        for stack in stacks:
            if stack.pixels.loaded == 0:
                self._load(stack, turn, one=True)
        for stack in stacks:
            if not stack.is_loaded:
                self._load(stack, turn, one=False)

    def _now(self) -> tuple[int, list[SeriesStack]]:
        with self._lock:
            return self._turn, list(self._queue)

    def _is_over(self, turn: int) -> bool:
        with self._lock:
            return self._closed or turn != self._turn

    def _load(self, stack: SeriesStack, turn: int, *, one: bool) -> None:
        first = stack.first
        told = {index for index in range(stack.count) if _is_there(stack, index)}

        def on_image(index: int) -> None:
            told.add(index)
            self.read.emit(stack.key, index)

        def cancelled() -> bool:
            return self._is_over(turn) or (one and first in told)

        if not self._is_over(turn):
            stack.pixels.load(first=first, on_image=on_image, cancelled=cancelled)
            # What other threads were reading when it was cancelled is kept untold.
            for index in range(stack.count):
                if index not in told and _is_there(stack, index):
                    on_image(index)
        if stack.is_loaded:
            self.ended.emit(stack.key)


def _is_there(stack: SeriesStack, index: int) -> bool:
    return stack.image(index) is not None or bool(stack.failure(index))


class SeriesStore(QObject):
    """Stacks of the open studies by key; everything here is for the main thread.

    Signals
    -------
    image_read(str, int)
        An image of the stack of that key was read, or failed.
    series_read(str)
        All of that stack was.
    """

    image_read = Signal(str, int)
    series_read = Signal(str)

    def __init__(
        self, parent: QObject | None = None, *, budget_bytes: int = BUDGET_BYTES
    ) -> None:
        super().__init__(parent)
        self._budget = budget_bytes
        self._stacks: dict[str, SeriesStack] = {}  # the last used last
        self._reader = _Reader()
        self._thread = QThread(self)
        self._thread.setObjectName("series")
        self._reader.moveToThread(self._thread)
        self._reader.wanted.connect(self._reader.run)
        self._reader.read.connect(self._on_read)
        self._reader.ended.connect(self._on_ended)
        self._thread.start()
        self._closed = False

    def stack(self, study: Study, series: Series) -> SeriesStack:
        """Return the stack of a series; nothing is read yet."""
        key = stack_key(study, series)
        found = self._stacks.pop(key, None)
        if found is None or found.series is not series:
            if found is not None:
                found.pixels.close()
            found = SeriesStack(study, series, SeriesPixels(series.images))
        self._stacks[key] = found
        return found

    def find(self, key: str) -> SeriesStack | None:
        """Return the stack of a key, if it is open."""
        return self._stacks.get(key)

    def show(self, stacks: Sequence[SeriesStack]) -> None:
        """Read these: they are on screen; others are dropped if memory is short."""
        if self._closed:
            return
        wanted = list({stack.key: stack for stack in stacks}.values())
        self._make_room({stack.key for stack in wanted})
        self._reader.order([stack for stack in wanted if not stack.is_loaded])

    def forget(self) -> None:
        """Drop all: the studies are closed."""
        self._reader.order([])
        for stack in self._stacks.values():
            stack.pixels.close()
        self._stacks.clear()

    def close(self) -> None:
        """Stop the thread and wait until it ended.

        A decode that hangs ends with its process, which is why that goes first.
        """
        if self._closed:
            return
        self._closed = True
        self._reader.close()
        shared_decoder().interrupt()
        self._thread.quit()
        self._thread.wait()
        self.forget()
        shared_decoder().close()

    def _make_room(self, kept: set[str]) -> None:
        """Drop the longest unused stacks until all fit the budget."""
        used = sum(stack.pixels.nbytes for stack in self._stacks.values())
        for key in [key for key in self._stacks if key not in kept]:
            if used <= self._budget:
                return
            dropped = self._stacks.pop(key)
            used -= dropped.pixels.nbytes
            dropped.pixels.close()
            _log.info("a series was dropped to make room")

    @Slot(str, int)
    def _on_read(self, key: str, index: int) -> None:
        if key in self._stacks:
            self.image_read.emit(key, index)

    @Slot(str)
    def _on_ended(self, key: str) -> None:
        # The word may be of a study that was closed and is open once more.
        if key in self._stacks and self._stacks[key].is_loaded:
            self.series_read.emit(key)
