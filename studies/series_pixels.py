"""The pixels of a whole series, read by several threads, the wanted image first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from studies.decoder import shared_decoder
from studies.errors import OverreadError
from studies.loading_order import LoadingOrder
from studies.model import Image, ImageHeader, IntArray
from studies.open_sources import OpenSources
from studies.pixel_blocks import PixelBlocks
from studies.reader_threads import Readers
from studies.transfer_syntax import NATIVE

# Uncompressed files are read at the pace of the memory: more gain nothing.
_NATIVE_HELPERS = 1
_POLL_S = 0.05
_Found = TypeVar("_Found", Image, str)


def _nothing(_index: int) -> None:
    """Do nothing with it."""


def _never() -> bool:
    return False


class SeriesPixels:
    """Pixels of the images of a series, filling in as they arrive. Any thread.

    All grey images of one size and dtype lie in one block of memory, so that a
    volume needs no second copy. An Image that someone holds keeps its block.
    Nothing is read before `load`, which may be called again after it was
    cancelled, and then reads what is left.

    Attributes
    ----------
    headers
        Of the images, in the order given.
    """

    def __init__(self, headers: Sequence[ImageHeader]) -> None:
        self.headers = tuple(headers)
        self._blocks: PixelBlocks | None = PixelBlocks(self.headers)
        self._nbytes = self._blocks.nbytes
        self._order = LoadingOrder(len(self.headers))
        self._lock = threading.Lock()
        self._images: dict[int, Image] = {}
        self._failures: dict[int, str] = {}
        self._closed = False

    @property
    def count(self) -> int:
        """Number of images."""
        return len(self.headers)

    @property
    def loaded(self) -> int:
        """Number of images that are read or have failed."""
        with self._lock:
            return len(self._images) + len(self._failures)

    @property
    def nbytes(self) -> int:
        """Bytes of all decoded images, from what the headers say.

        A file that keeps 8 bits in 16 or 16 in 32 takes twice of that.
        """
        return self._nbytes

    def image(self, index: int) -> Image | None:
        """Return an image, None while it is not read."""
        return self._images.get(index)

    def failure(self, index: int) -> str:
        """Return why an image could not be read, "" if it could or was not tried."""
        return self._failures.get(index, "")

    def stack(self) -> IntArray | None:
        """Return (images, rows, columns) stored values, read-only, in order.

        None unless all images are read, grey, and of one size and dtype. Each
        image's own rescale applies to its own slice.
        """
        with self._lock:
            if self._blocks is None or len(self._images) != self.count:
                return None
            block = self._blocks.only()
        if block is None:
            return None
        view = block.view()
        view.setflags(write=False)
        return view

    def prioritise(self, index: int) -> None:
        """Read this image next, then its neighbours: the reader scrolled there."""
        self._order.prioritise(index)

    def load(
        self,
        *,
        first: int = 0,
        on_image: Callable[[int], None] = _nothing,
        cancelled: Callable[[], bool] = _never,
    ) -> None:
        """Read all images that are not read yet; returns when that is done.

        To be called in one worker thread, which then calls both functions.
        Uncompressed files are read by this thread and another, at the pace of the
        memory; compressed ones by other threads, which wait for the processes of
        `shared_decoder`. Nothing holds the interpreter's lock for longer than a
        few ms.

        Parameters
        ----------
        first
            Index of the image to begin with; its neighbours follow outward.
        on_image
            Called with the index of each image that was read or has failed.
        cancelled
            Asked between images and every 50 ms; true ends the load. Images that
            were just being read are kept, and told of before it returns.
        """
        self._order.prioritise(first)
        sources = OpenSources(self.headers)
        readers = Readers(partial(self._read_next, sources))
        try:
            if self._is_native():
                # The first is told of before another thread wants the lock.
                self._read_here(readers, 1, on_image, cancelled)
                if not (self._closed or cancelled()):
                    readers.start(min(_NATIVE_HELPERS, self.count - 1))
                    self._read_here(readers, self.count, on_image, cancelled)
            else:
                readers.start(min(shared_decoder().processes, self.count))
            self._relay(readers, on_image, cancelled)
        finally:
            readers.stop()
            sources.close()
        # The next load does not read these again, so that it cannot tell of them.
        for index in readers.done():
            if not self._closed:
                on_image(index)

    def close(self) -> None:
        """Forget all images and end a running `load`; a second call does nothing.

        The memory is freed when nobody holds an Image or a stack of it.
        """
        with self._lock:
            self._closed = True
            self._images.clear()
            self._failures.clear()
            self._blocks = None

    def _is_native(self) -> bool:
        return all(header.transfer_syntax_uid in NATIVE for header in self.headers)

    def _read_here(
        self,
        readers: Readers,
        most: int,
        on_image: Callable[[int], None],
        cancelled: Callable[[], bool],
    ) -> None:
        """Read images in this thread, and tell of those of the readers."""
        for _ in range(most):
            if self._closed or cancelled():
                return
            if not readers.read_one():
                return
            for index in readers.done():
                on_image(index)

    def _relay(
        self,
        readers: Readers,
        on_image: Callable[[int], None],
        cancelled: Callable[[], bool],
    ) -> None:
        """Tell of the readers' images until they have ended, or it is cancelled."""
        while not (readers.have_ended or self._closed or cancelled()):
            index = readers.next_done(_POLL_S)
            if index is not None:
                on_image(index)

    def _read_next(self, sources: OpenSources, stop: threading.Event) -> int | None:
        """Read the next image; return its index, None if there is none to read."""
        index, blocks = self._order.take(), self._blocks
        if index is None or blocks is None:
            return None
        header = self.headers[index]
        try:
            with sources.source(header) as source:
                image = source.read(header, partial(blocks.place, index))
        except OverreadError as error:
            if stop.is_set():  # it may have failed because it was stopped
                self._order.give_back(index)
                return None
            self._keep(self._failures, index, str(error))
        except MemoryError:
            self._keep(self._failures, index, "There is no memory left for it")
        else:
            self._keep(self._images, index, image)
        return index

    def _keep(self, kept: dict[int, _Found], index: int, found: _Found) -> None:
        with self._lock:
            if not self._closed:
                kept[index] = found
