"""The child's side of `inference.process`: its main loop. Runs in no window.

Imports nothing heavy itself: torch comes with the handler, if with anything.
"""

from __future__ import annotations

import faulthandler
import importlib
import os
import pickle
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import Any, TypeAlias

from inference import shared_arrays
from inference.errors import InferenceCancelledError
from inference.shared_arrays import Arrays, Layout

Report: TypeAlias = Callable[[float, str], None]
"""Tells of progress (0 to 1, name of the step) and raises when cancelled."""

Handler: TypeAlias = Callable[[Any, Arrays, Report], tuple[Any, Arrays]]

_OVERTIME_S = 10.0


@dataclass(frozen=True, slots=True)
class Call:
    """One call, as it goes through the pipe.

    The payload is pickled apart, so that one which cannot be restored ends its
    call and not the listening thread.
    """

    number: int
    payload: bytes
    arrays: Layout
    result_name: str
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Cancel:
    """The wish to end a call."""

    number: int


@dataclass(frozen=True, slots=True)
class Ready:
    """The handler is imported."""


@dataclass(frozen=True, slots=True)
class Progress:
    """A step began."""

    number: int
    fraction: float
    step: str


@dataclass(frozen=True, slots=True)
class Done:
    """The result; its arrays lie in shared memory."""

    number: int
    result: Any
    arrays: Layout


@dataclass(frozen=True, slots=True)
class Stopped:
    """The call ended because it was cancelled."""

    number: int


@dataclass(frozen=True, slots=True)
class Raised:
    """The handler raised (number of the call), or could not be imported (-1)."""

    number: int
    kind: str
    reason: str
    frames: str


class _Child:
    """Serves calls in the main thread; a second thread listens for cancels.

    The handler runs in the main thread because torch is fast only in the first
    thread that uses it.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._calls: queue.SimpleQueue[Call] = queue.SimpleQueue()
        self._cancelled: set[int] = set()
        self._held: SharedMemory | None = None

    def serve(self, handler: Handler) -> None:
        """Answer calls until the parent is gone."""
        while True:
            call = self._calls.get()
            self._release()
            with _Watchdog(call.timeout_s + _OVERTIME_S):
                answer = self._answer(handler, call)
            self._send(answer, call.number)

    def listen(self) -> None:
        """Receive what the parent says; end the process when it is gone."""
        while True:
            try:
                message = self._connection.recv()
            except (EOFError, OSError):
                # The parent closed the pipe or died. The handler may be deep in
                # a computation and cannot be asked to stop.
                os._exit(0)
            if isinstance(message, Cancel):
                self._cancelled.add(message.number)
            else:
                self._calls.put(message)

    def _answer(self, handler: Handler, call: Call) -> Done | Stopped | Raised:
        def report(fraction: float, step: str) -> None:
            if call.number in self._cancelled:
                raise InferenceCancelledError("cancelled")
            self._connection.send(Progress(call.number, fraction, step))

        try:
            arrays = shared_arrays.take(call.arrays)
            payload = pickle.loads(call.payload)
            result, made = handler(payload, arrays, report)
            layout = shared_arrays.plan(call.result_name, made)
            self._held = shared_arrays.put(layout, made)
        except InferenceCancelledError:
            return Stopped(call.number)
        # Whatever a handler raises ends its call only, never the process.
        except BaseException as error:  # noqa: BLE001 - told to the parent
            return raised(call.number, error)
        return Done(call.number, result, layout)

    def _send(self, answer: Done | Stopped | Raised, number: int) -> None:
        try:
            self._connection.send(answer)
        except OSError:
            os._exit(0)
        except Exception as error:  # noqa: BLE001 - a result that cannot be pickled
            self._connection.send(raised(number, error))

    def _release(self) -> None:
        # Windows frees a block with its last handle, so the child holds on to
        # it until the parent has surely copied it.
        if self._held is not None:
            self._held.close()
            self._held = None


class _Watchdog:
    """Ends a hung process even if its parent died meanwhile.

    faulthandler's timer needs no interpreter lock, so it works in a handler
    that never gives it back.
    """

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s

    def __enter__(self) -> None:
        self._nowhere = Path(os.devnull).open("w")
        faulthandler.dump_traceback_later(self._limit_s, exit=True, file=self._nowhere)

    def __exit__(self, *_: object) -> None:
        faulthandler.cancel_dump_traceback_later()
        self._nowhere.close()


def raised(number: int, error: BaseException) -> Raised:
    """Describe an exception; frames name code lines only, never values."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    return Raised(number, type(error).__name__, str(error), frames)


def find_handler(name: str) -> Handler:
    """Import ``"module:function"``."""
    module, _, function = name.partition(":")
    handler: Handler = getattr(importlib.import_module(module), function)
    return handler


def main(connection: Connection, handler_name: str) -> None:
    """Run as the target of the spawned process."""
    # Ctrl+C in the terminal goes to the whole group; the parent decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = _Child(connection)
    threading.Thread(target=child.listen, daemon=True, name="listen").start()
    try:
        handler = find_handler(handler_name)
    except BaseException as error:  # noqa: BLE001 - told to the parent
        connection.send(raised(-1, error))
        sys.exit(1)
    connection.send(Ready())
    child.serve(handler)
