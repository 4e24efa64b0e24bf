"""Reads studies and films off the main thread, so that the window never stalls."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QThread, Signal, SignalInstance, Slot

from studies.decoder import shared_decoder
from studies.discovery import discover
from studies.errors import OverreadError
from studies.model import ImageHeader
from studies.reader import read_image


class _Search(QObject):
    """Finds studies; lives in a thread of its own."""

    progressed = Signal(int, int, int)  # ticket, done, total
    ended = Signal(int, object)  # ticket, Discovery

    @Slot(int, object, object)
    def run(self, ticket: int, paths: Sequence[Path], stop: threading.Event) -> None:
        """Find what the paths hold; called in the search's thread."""
        found = discover(
            paths,
            progress=lambda done, total: self.progressed.emit(ticket, done, total),
            cancelled=stop.is_set,
        )
        self.ended.emit(ticket, found)


class _Films(QObject):
    """Reads pixels; lives in a thread of its own."""

    read = Signal(int, object)  # ticket, Image
    failed = Signal(int, object, str)  # ticket, ImageHeader, why

    @Slot(int, object, object)
    def run(self, ticket: int, header: ImageHeader, stop: threading.Event) -> None:
        """Read the pixels of one image; called in the films' thread."""
        if stop.is_set():
            return
        try:
            image = read_image(header)
        except OverreadError as error:
            self.failed.emit(ticket, header, str(error))
        else:
            self.read.emit(ticket, image)


class StudyLoader(QObject):
    """Discovers studies and reads images; everything here is for the main thread.

    A search and a film do not wait for each other: each kind has its thread.
    Of the searches only the latest counts; films are answered in the order
    asked. A request that was cancelled is not answered at all, any other in
    exactly one of `discovered`, `image_read` and `image_failed`.

    The constructor imports pydicom, here in the main thread, where it takes
    about 0.1 s: imported in the loader's thread it would stall the window
    through the interpreter's lock. So make one after the window shows.

    Attributes
    ----------
    discovered
        Emitted with the Discovery of the latest `discover`.
    discovery_progress
        Emitted with the number of files read and of files known.
    image_read
        Emitted with the Image.
    image_failed
        Emitted with the ImageHeader and why, in words without a patient's name.
    """

    discovered = Signal(object)
    discovery_progress = Signal(int, int)
    image_read = Signal(object)
    image_failed = Signal(object, str)
    _search_wanted = Signal(int, object, object)
    _film_wanted = Signal(int, object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        _import_pydicom()
        self._tickets = itertools.count()
        self._searching: tuple[int, threading.Event] | None = None
        self._reading: dict[int, threading.Event] = {}
        self._search, self._films = _Search(), _Films()
        self._threads = (
            self._started(self._search, self._search_wanted, "search"),
            self._started(self._films, self._film_wanted, "films"),
        )
        self._search.progressed.connect(self._on_progressed)
        self._search.ended.connect(self._on_search_ended)
        self._films.read.connect(self._on_read)
        self._films.failed.connect(self._on_failed)
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

    def read_image(self, header: ImageHeader) -> None:
        """Read the pixels of one image."""
        if self._closed:
            return
        ticket, stop = next(self._tickets), threading.Event()
        self._reading[ticket] = stop
        self._film_wanted.emit(ticket, header, stop)

    def cancel(self) -> None:
        """Forget the running search and all films asked for; none is answered."""
        self._cancel_search()
        for stop in self._reading.values():
            stop.set()
        self._reading.clear()

    def close(self) -> None:
        """Stop both threads and the decoder's process; wait until they ended.

        A decode that hangs ends with its process, which is why that goes first.
        """
        if self._closed:
            return
        self._closed = True
        self.cancel()
        shared_decoder().interrupt()
        for thread in self._threads:
            thread.quit()
        for thread in self._threads:
            thread.wait()
        shared_decoder().close()

    def _started(
        self, worker: _Search | _Films, wanted: SignalInstance, name: str
    ) -> QThread:
        thread = QThread(self)
        thread.setObjectName(name)
        worker.moveToThread(thread)
        wanted.connect(worker.run)
        thread.start()
        return thread

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

    @Slot(int, object)
    def _on_read(self, ticket: int, image: object) -> None:
        if self._reading.pop(ticket, None) is not None:
            self.image_read.emit(image)

    @Slot(int, object, str)
    def _on_failed(self, ticket: int, header: object, why: str) -> None:
        if self._reading.pop(ticket, None) is not None:
            self.image_failed.emit(header, why)


def _import_pydicom() -> None:
    """Import in the main thread what the readers import when first called."""
    import pydicom.filereader
    import pydicom.pixels.processing  # noqa: F401 - imported to be there

    from studies.wanted_tags import wanted_tags

    wanted_tags()
