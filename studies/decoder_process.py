"""One decoder's child process, seen from the parent: it may die, we may not."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from multiprocessing.shared_memory import SharedMemory

import numpy as np
from numpy.typing import NDArray

from studies.decoder_child import (
    READY,
    Answer,
    Job,
    samples_in,
    samples_offset,
    serve,
)
from studies.decoding import MEMORY_LIMIT_BYTES, DecodeRequest
from studies.errors import OverreadError
from studies.spawning import bare_main

_START_LIMIT_S = 60.0
# Fewer blocks are made, and fewer pages, if one holds the usual slice and film.
_SMALLEST_BLOCK = 1 << 20


class DecodingFailedError(OverreadError):
    """A code stream that could not be decoded; the text says why, without a file."""


class DecoderProcess:
    """A child process and the block of memory it shares with us.

    For one thread at a time; only `pid` and `kill` are for any.
    """

    def __init__(self, time_limit_s: float) -> None:
        self._time_limit_s = time_limit_s
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None
        self._block: SharedMemory | None = None
        self._block_has_name = False
        self._is_ready = False

    @property
    def pid(self) -> int | None:
        """Process id, None while there is no process."""
        process = self._process
        with contextlib.suppress(ValueError):  # another thread has closed it
            return process.pid if process is not None else None
        return None

    @property
    def is_started(self) -> bool:
        """Whether a process was started that we know of no harm of."""
        return self._process is not None

    def start(self) -> None:
        """Start the process if there is none; returns before it is ready."""
        if self._process is not None and not self._process.is_alive():
            self.close()
        if self._process is not None:
            return
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=serve, args=(theirs,), name="overread-decoder", daemon=True
        )
        with bare_main():
            process.start()
        theirs.close()
        self._process, self._connection = process, ours

    def decode(
        self, request: DecodeRequest, samples: NDArray[np.unsignedinteger]
    ) -> str:
        """Decode one frame into `samples`; return its Photometric Interpretation.

        Raises
        ------
        DecodingFailedError
            If the codec refuses it, dies of it, or takes over the time limit.
        """
        if not request.content:
            raise DecodingFailedError("its compressed pixels are empty")
        self.start()
        try:
            answer = self._ask(request)
        except (EOFError, OSError) as error:
            self.close()
            raise DecodingFailedError("the decoder crashed on it") from error
        except DecodingFailedError:
            raise
        except BaseException:
            # Its answer would be taken for that to the next image.
            self.close()
            raise
        if answer.failure:
            raise DecodingFailedError(
                f"its compressed pixels are damaged ({answer.failure})"
            )
        assert self._block is not None
        np.copyto(samples, samples_in(self._block, len(request.content), request))
        return answer.photometric_interpretation

    def kill(self) -> None:
        """End the process at once; a decode that waits for it then fails."""
        process = self._process
        with contextlib.suppress(ValueError):  # another thread has closed it
            if process is not None:
                process.kill()

    def close(self) -> None:
        """End the process and free the block; `start` makes new ones."""
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
        self._free_block()
        self._process = self._connection = None
        self._is_ready = False

    def _ask(self, request: DecodeRequest) -> Answer:
        self._wait_until_ready()
        content_bytes = len(request.content)
        self._fit_block(samples_offset(content_bytes) + request.decoded_bytes)
        assert self._connection is not None
        assert self._block is not None
        assert self._block.buf is not None
        staged = np.frombuffer(self._block.buf, np.uint8, content_bytes)
        np.copyto(staged, np.frombuffer(request.content, np.uint8))
        del staged  # a view of it would keep the block from being closed
        job = Job(self._block.name, content_bytes, replace(request, content=b""))
        self._connection.send(job)
        if not self._connection.poll(self._time_limit_s):
            self.close()
            raise DecodingFailedError(
                f"decoding took over {self._time_limit_s:g} s and was stopped"
            )
        answer: Answer = self._connection.recv()
        # Both sides have it mapped: without a name nothing can leave it behind.
        self._unlink_block()
        return answer

    def _wait_until_ready(self) -> None:
        if self._is_ready:
            return
        assert self._connection is not None
        # EOFError: it died while importing.
        with contextlib.suppress(EOFError, OSError):
            if self._connection.poll(_START_LIMIT_S):
                self._is_ready = self._connection.recv() == READY
        if not self._is_ready:
            self.close()
            raise DecodingFailedError("the decoder could not be started")

    def _fit_block(self, needed: int) -> None:
        """Have a block of at least `needed` bytes."""
        if self._block is not None and self._block.size >= needed:
            return
        if needed > MEMORY_LIMIT_BYTES:
            raise DecodingFailedError(
                f"decoding takes more than {MEMORY_LIMIT_BYTES >> 20} MB"
            )
        self._free_block()
        # A quarter more: a series of frames that grow a little makes few blocks.
        size = max(_SMALLEST_BLOCK, (needed * 5 // 4 + 4095) & ~4095)
        try:
            self._block = SharedMemory(create=True, size=size)
            self._block_has_name = True
            _reserve(self._block)
        except OSError as error:
            self._free_block()
            raise DecodingFailedError(
                f"the system has no {size >> 20} MB of shared memory left"
            ) from error

    def _unlink_block(self) -> None:
        if self._block is not None and self._block_has_name:
            self._block.unlink()
        self._block_has_name = False

    def _free_block(self) -> None:
        self._unlink_block()
        if self._block is not None:
            self._block.close()
        self._block = None


def _reserve(block: SharedMemory) -> None:
    """Have the system set the pages aside: a write to a full one would kill us.

    Only Linux has a separate, small file system for them (64 MB in a container).
    """
    if sys.platform != "linux":
        return
    file = os.open(f"/dev/shm/{block.name}", os.O_RDWR)
    try:
        os.posix_fallocate(file, 0, block.size)
    finally:
        os.close(file)
