"""Finds studies off the main thread, so that the window never stalls."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, QThread, Signal, Slot

from studies.model import Discovery
from studies.stack import describe_stack


class Find(Protocol):
    """What finds studies: `studies.discovery.discover`, or an index's."""

    def __call__(
        self,
        paths: Sequence[Path],
        *,
        progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Discovery:
        """Find what the paths hold."""


_TOLD_EVERY_S = 0.05


class _Search(QObject):
    """Finds studies; lives in a thread of its own."""

    progressed = Signal(int, int, int)  # ticket, done, total
    ended = Signal(int, object)  # ticket, Discovery

    def __init__(self, find: Find) -> None:
        super().__init__()
        self._find = find
        self._told = 0.0

    @Slot(int, object, object)
    def run(self, ticket: int, paths: Sequence[Path], stop: threading.Event) -> None:
        """Find what the paths hold; called in the search's thread."""
        found = self._find(
            paths,
            progress=lambda done, total: self._tell(ticket, done, total),
            cancelled=stop.is_set,
        )
        for study in found.studies:
            for series in study.series:
                # What hangs the study asks for it, and is answered at once then.
                describe_stack(series.images)
        self.ended.emit(ticket, found)

    def _tell(self, ticket: int, done: int, total: int) -> None:
        """Tell of files, not so often that the window does nothing else."""
        now = time.monotonic()
        if done >= total or now - self._told >= _TOLD_EVERY_S:
            self._told = now
            self.progressed.emit(ticket, done, total)


class StudyLoader(QObject):
    """Discovers studies; everything here is for the main thread.

    Of the searches only the latest counts; one that was cancelled is not
    answered at all.

    The constructor imports pydicom, here in the main thread, where it takes
    about 0.1 s: imported in the loader's thread it would stall the window
    through the interpreter's lock. So make one after the window shows.

    Attributes
    ----------
    discovered
        Emitted with the Discovery of the latest `discover`.
    discovery_progress
        Emitted with the number of files read and of files known.
    """

    discovered = Signal(object)
    discovery_progress = Signal(int, int)
    _search_wanted = Signal(int, object, object)

    def __init__(self, find: Find, parent: QObject | None = None) -> None:
        super().__init__(parent)
        _import_pydicom()
        self._tickets = itertools.count()
        self._searching: tuple[int, threading.Event] | None = None
        self._search = _Search(find)
        self._thread = QThread(self)
        self._thread.setObjectName("search")
        self._search.moveToThread(self._thread)
        self._search_wanted.connect(self._search.run)
        self._search.progressed.connect(self._on_progressed)
        self._search.ended.connect(self._on_search_ended)
        self._thread.start()
        self._closed = False

    @property
    def is_discovering(self) -> bool:
        """Whether a search is running that will be answered."""
        return self._searching is not None

    def discover(self, paths: Sequence[Path]) -> None:
        """Find what the paths hold; a search still running is cancelled."""
        self._cancel_search()
        if self._closed:
            return
        ticket, stop = next(self._tickets), threading.Event()
        self._searching = ticket, stop
        self._search_wanted.emit(ticket, tuple(paths), stop)

    def cancel(self) -> None:
        """Forget the running search; it is not answered."""
        self._cancel_search()

    def close(self) -> None:
        """Stop the thread; wait until it ended."""
        if self._closed:
            return
        self._closed = True
        self.cancel()
        self._thread.quit()
        self._thread.wait()

    def _cancel_search(self) -> None:
        if self._searching is not None:
            self._searching[1].set()
            self._searching = None

    @Slot(int, int, int)
    def _on_progressed(self, ticket: int, done: int, total: int) -> None:
        if self._searching is not None and self._searching[0] == ticket:
            self.discovery_progress.emit(done, total)

    @Slot(int, object)
    def _on_search_ended(self, ticket: int, found: object) -> None:
        if self._searching is not None and self._searching[0] == ticket:
            self._searching = None
            self.discovered.emit(found)


def _import_pydicom() -> None:
    """Import in the main thread what the readers import when first called."""
    import pydicom.filereader
    import pydicom.pixels.processing  # noqa: F401 - imported to be there

    from studies.wanted_tags import wanted_tags

    wanted_tags()
