"""The decoders of this program: a few child processes that share the work.

They are started with the first compressed images, or before by `warm_up`, and
replaced when they die or take longer than 15 s over an image.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from studies.decoder_process import DecoderProcess, DecodingFailedError
from studies.decoding import TIME_LIMIT_S, Decoded, DecodeRequest, decode_into

__all__ = ["Decoder", "DecodingFailedError", "shared_decoder"]

_MOST_PROCESSES = 4


class Decoder:
    """A pool of child processes that decode, an image each at a time.

    Its methods may be called from any thread. In a daemonic process, which may
    have no children and is itself watched by its parent, it decodes in place.

    Parameters
    ----------
    processes
        How many there may be; by default one a processor, at most 4.
    time_limit_s
        How long one image may take.
    """

    def __init__(
        self, *, processes: int | None = None, time_limit_s: float = TIME_LIMIT_S
    ) -> None:
        count = processes or min(_processors(), _MOST_PROCESSES)
        self._all = tuple(DecoderProcess(time_limit_s) for _ in range(count))
        # The last is taken first: one that runs goes before one to be started.
        self._idle = list(reversed(self._all))
        self._changed = threading.Condition()

    @property
    def processes(self) -> int:
        """How many images can be decoded at once."""
        return len(self._all)

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the children there are now."""
        return tuple(pid for child in self._all if (pid := child.pid) is not None)

    def warm_up(self) -> None:
        """Start all children; returns before they are ready.

        They take some 0.2 s and 25 MB each, so call it when the window shows; the
        call itself takes some 5 ms each.
        """
        if multiprocessing.current_process().daemon:
            return
        taken = self._take_idle()
        try:
            for child in taken:
                child.start()
        finally:
            self._give_back(*taken)

    def decode(
        self, request: DecodeRequest, into: NDArray[np.unsignedinteger] | None = None
    ) -> Decoded:
        """Decode one frame in a child process; waits for one that is idle.

        Parameters
        ----------
        request
            What to decode.
        into
            Where the samples go, of the request's shape and dtype; a new array
            by default.

        Raises
        ------
        DecodingFailedError
            If the codec refuses it, dies of it, or takes over the time limit.
        """
        samples = np.empty(request.shape, request.dtype) if into is None else into
        if multiprocessing.current_process().daemon:
            return Decoded(samples, _decode_here(request, samples))
        with self._borrowed() as child:
            return Decoded(samples, child.decode(request, samples))

    def interrupt(self) -> None:
        """Kill the children; the decodes that wait for them then fail."""
        for child in self._all:
            child.kill()

    def close(self) -> None:
        """End the children when their images are done; `decode` starts new ones."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._idle) == len(self._all))
            for child in self._all:
                child.close()

    @contextmanager
    def _borrowed(self) -> Iterator[DecoderProcess]:
        with self._changed:
            self._changed.wait_for(lambda: bool(self._idle))
            child = self._idle.pop()
        try:
            yield child
        finally:
            self._give_back(child)

    def _take_idle(self) -> list[DecoderProcess]:
        with self._changed:
            taken, self._idle = self._idle, []
        return taken

    def _give_back(self, *children: DecoderProcess) -> None:
        with self._changed:
            self._idle.extend(children)
            self._idle.sort(key=lambda one: one.is_started)
            self._changed.notify_all()


def _processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _decode_here(request: DecodeRequest, samples: NDArray[np.unsignedinteger]) -> str:
    try:
        return decode_into(request, request.content, samples)
    except Exception as error:  # codecs raise what they like
        raise DecodingFailedError(
            f"its compressed pixels are damaged ({type(error).__name__})"
        ) from error


_shared = Decoder()


def shared_decoder() -> Decoder:
    """Return the decoders of this process."""
    return _shared
