"""The main function of a decoder's process, and the block it shares with its parent.

The parent writes the code stream into the block and the child the samples behind
it; through the pipe go only a few words.
"""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studies.decoding import (
    MEMORY_LIMIT_BYTES,
    TIME_LIMIT_S,
    DecodeRequest,
    decode_into,
)

READY = "ready"
_ALIGNMENT = 64
# One decoder a processor leaves the window none of its own: by this it comes first,
# and the images come as fast (benchmarks/stall.py: 23 ms at worst instead of 32).
_NICENESS = 10


@dataclass(frozen=True, slots=True)
class Job:
    """A request whose content lies in the block of this name."""

    block: str
    content_bytes: int
    request: DecodeRequest


@dataclass(frozen=True, slots=True)
class Answer:
    """Either the colour of the samples that now lie in the block, or what failed."""

    photometric_interpretation: str = ""
    failure: str = ""


def samples_offset(content_bytes: int) -> int:
    """Return where in the block the samples lie: behind the content."""
    return -(-content_bytes // _ALIGNMENT) * _ALIGNMENT


def samples_in(
    block: SharedMemory, content_bytes: int, request: DecodeRequest
) -> NDArray[np.unsignedinteger]:
    """Return the samples' place in a block, as an array."""
    offset = samples_offset(content_bytes)
    return np.ndarray(request.shape, request.dtype, buffer=block.buf, offset=offset)


def serve(connection: Connection) -> None:
    """Answer jobs until the pipe closes."""
    import signal
    import warnings

    from studies.codecs import preload

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.simplefilter("ignore")  # nobody reads this process's stderr
    preload()
    _let_others_go_first()
    _keep_freed_memory()
    limit = _MemoryLimit()
    connection.send(READY)
    block: SharedMemory | None = None
    with contextlib.suppress(EOFError, OSError):
        while True:
            job: Job = connection.recv()
            _arm_alarm()
            if block is None or block.name != job.block:
                block = _attached(job.block, block)
                limit.allow(block.size)
            answer = _answer(job, block)
            _disarm_alarm()
            connection.send(answer)


def _let_others_go_first() -> None:
    if hasattr(os, "nice"):  # Windows has none
        os.nice(_NICENESS)


def _attached(name: str, old: SharedMemory | None) -> SharedMemory:
    if old is not None:
        old.close()
    return SharedMemory(name)


def _answer(job: Job, block: SharedMemory) -> Answer:
    try:
        samples = samples_in(block, job.content_bytes, job.request)
        assert block.buf is not None
        content = bytes(block.buf[: job.content_bytes])
        return Answer(decode_into(job.request, content, samples))
    except MemoryError:
        return Answer(failure=f"more than {MEMORY_LIMIT_BYTES >> 20} MB")
    except Exception as error:  # noqa: BLE001 - codecs raise what they like, and this process exists to contain it
        # A ValueError may be our own, which has words for it.
        words = str(error) if type(error) is ValueError else type(error).__name__
        return Answer(failure=words[:80])


class _MemoryLimit:
    """Allows 1 GB beyond what the process has and the block it shares; Linux only.

    macOS does not enforce the limit and Windows has none of the kind: there the
    check of the code stream's header, made before, has to do.
    """

    def __init__(self) -> None:
        self._base = 0
        if sys.platform == "linux":
            import resource

            pages = int(Path("/proc/self/statm").read_text().split()[0])
            self._base = pages * resource.getpagesize() + MEMORY_LIMIT_BYTES
            self.allow(0)

    def allow(self, block_bytes: int) -> None:
        """Allow that much more."""
        if self._base:
            import resource

            _, hard = resource.getrlimit(resource.RLIMIT_AS)
            soft = self._base + block_bytes
            if hard != resource.RLIM_INFINITY:
                soft = min(soft, hard)
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _keep_freed_memory() -> None:
    """Have glibc keep what one frame freed for the next, up to 64 MB.

    By default it gives memory of a frame's size back to the system at once, and
    the page faults of taking it again cost more than decoding RLE does.
    """
    if sys.platform != "linux":
        return
    import ctypes

    trim_threshold, mmap_threshold = -1, -3  # of malloc.h
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
    if mallopt is not None:
        mallopt(mmap_threshold, 32 << 20)
        mallopt(trim_threshold, 64 << 20)


def _arm_alarm() -> None:
    """Have the system end this process if it hangs and its parent is gone."""
    if sys.platform != "win32":
        import signal

        signal.alarm(2 * TIME_LIMIT_S)


def _disarm_alarm() -> None:
    if sys.platform != "win32":
        import signal

        signal.alarm(0)
