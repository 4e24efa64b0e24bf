"""The decoder's child process, seen from the parent: it may die, we may not.

One long-lived process serves this whole program; it is started with the first
compressed image and replaced when it dies or takes longer than 15 s.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import threading
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from studies.decoding import TIME_LIMIT_S, Decoded, DecodeRequest, decode, serve
from studies.errors import OverreadError

_START_LIMIT_S = 60.0


class DecodingFailedError(OverreadError):
    """A code stream that could not be decoded; the text says why, without a file."""


class Decoder:
    """A child process that decodes, one request at a time.

    Its methods may be called from any thread.
    """

    def __init__(self, *, time_limit_s: float = TIME_LIMIT_S) -> None:
        self._time_limit_s = time_limit_s
        self._lock = threading.Lock()
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the child, None while there is none."""
        return self._process.pid if self._process is not None else None

    def decode(self, request: DecodeRequest) -> Decoded:
        """Decode one frame in the child process.

        Raises
        ------
        DecodingFailedError
            If the codec refuses it, dies of it, or takes over the time limit.
        """
        if multiprocessing.current_process().daemon:
            return _decode_here(request)
        with self._lock:
            answer = self._ask(request)
        if isinstance(answer, str):
            raise DecodingFailedError(f"its compressed pixels are damaged ({answer})")
        return answer

    def close(self) -> None:
        """End the child process; a later `decode` starts a new one."""
        with self._lock:
            self._drop()

    def interrupt(self) -> None:
        """Kill the child process; a decode that waits for it then fails."""
        process = self._process
        # ValueError: another thread has dropped it meanwhile.
        with contextlib.suppress(ValueError):
            if process is not None:
                process.kill()

    def _ask(self, request: DecodeRequest) -> Decoded | str:
        connection = self._running()
        try:
            connection.send(request)
            if not connection.poll(self._time_limit_s):
                self._drop()
                raise DecodingFailedError(
                    f"decoding took over {self._time_limit_s:g} s and was stopped"
                )
            answer: Decoded | str = connection.recv()
        except (EOFError, OSError) as error:
            self._drop()
            raise DecodingFailedError("the decoder crashed on it") from error
        return answer

    def _running(self) -> Connection:
        if self._process is not None and not self._process.is_alive():
            self._drop()
        if self._connection is None:
            self._start()
        assert self._connection is not None
        return self._connection

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=serve, args=(theirs,), name="overread-decoder", daemon=True
        )
        process.start()
        theirs.close()
        self._process, self._connection = process, ours
        # EOFError: it died while importing.
        with contextlib.suppress(EOFError, OSError):
            if ours.poll(_START_LIMIT_S) and ours.recv() == "ready":
                return
        self._drop()
        raise DecodingFailedError("the decoder could not be started")

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
        self._process = self._connection = None


def _decode_here(request: DecodeRequest) -> Decoded:
    """Decode in this process: it is a daemon, which may have no children.

    A daemonic process is itself one that may die and is watched by its parent.
    """
    try:
        return decode(request)
    except Exception as error:  # codecs raise what they like
        raise DecodingFailedError(
            f"its compressed pixels are damaged ({type(error).__name__})"
        ) from error


_shared = Decoder()


def shared_decoder() -> Decoder:
    """Return the decoder of this process."""
    return _shared
