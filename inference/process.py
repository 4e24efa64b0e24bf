"""A long-lived worker process: called like a function, killed when it hangs.

The only owner of torch, models and hooks is such a process, because importing
torch in a thread freezes the window for half a second, and because a process
can be replaced when a driver, a codec or a model takes it down. Knows nothing
of models; export uses it too.
"""

from __future__ import annotations

import multiprocessing
import pickle
import time
import uuid
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

from numpy.typing import NDArray

from inference import process_child, shared_arrays
from inference.errors import (
    HandlerFailedError,
    InferenceCancelledError,
    WorkerDiedError,
    WorkerTimeoutError,
)
from inference.jobs import CancelToken
from inference.process_child import (
    Call,
    Cancel,
    Done,
    Progress,
    Raised,
    Ready,
    Stopped,
)
from inference.shared_arrays import Arrays
from studies.spawning import bare_main

CANCEL_GRACE_S = 0.12
"""How long a cancelled call may take to answer before its process is killed.

Cancelling takes at most 200 ms; the rest is for noticing and telling.
"""

START_LIMIT_S = 120.0
"""How long a process may take to import its handler, on a slow or cold disk."""

_POLL_S = 0.02
_KILL_LIMIT_S = 2.0


class WorkerProcess:
    """A spawned process that serves one handler.

    Everything is to be called from one thread, the analysis worker's for
    example; only `pid` may be read from any.

    Parameters
    ----------
    handler
        ``"module:function"``; the function takes ``(payload, arrays, report)``
        and returns ``(result, arrays)``. It calls ``report(fraction, step)``
        between its steps, which raises InferenceCancelledError when the call
        was cancelled. Payload and result are pickled, so keep them small.
    name
        For messages, e.g. ``"analysis"``.
    start_limit_s
        How long importing the handler may take.
    """

    def __init__(
        self, handler: str, *, name: str, start_limit_s: float = START_LIMIT_S
    ) -> None:
        self._handler = handler
        self._name = name
        self._start_limit_s = start_limit_s
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None
        self._pid: int | None = None
        self._dying: list[SpawnProcess] = []
        self._ready = False
        self._calls = 0

    @property
    def alive(self) -> bool:
        """Whether a process is there."""
        return self._process is not None and self._process.is_alive()

    @property
    def pid(self) -> int | None:
        """Its process id, or None. Any thread."""
        return self._pid

    def start(self) -> None:
        """Start the process if none lives; returns before it is ready.

        The child imports the handler at once, so that the first call finds it
        ready. Never call this from the window's thread.
        """
        if self.alive:
            return
        self.close()
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=process_child.main,
            args=(theirs, self._handler),
            name=f"overread-{self._name}",
            daemon=True,
        )
        with bare_main():
            process.start()
        theirs.close()
        self._process, self._connection, self._pid = process, ours, process.pid

    def call(
        self,
        payload: Any,
        arrays: Arrays | None = None,
        *,
        on_progress: Callable[[float, str], None] | None = None,
        token: CancelToken | None = None,
        timeout_s: float,
    ) -> tuple[Any, dict[str, NDArray[Any]]]:
        """Run the handler and wait for its answer.

        Parameters
        ----------
        payload
            Pickled.
        arrays
            Copied to the handler through shared memory.
        on_progress
            Called in this thread with (0 to 1, name of the step).
        token
            Ends the call when set: within 200 ms, by the handler's next
            report, else by killing the process.
        timeout_s
            Counted from when the process is ready. Past it, the process is
            killed and replaced.

        Raises
        ------
        InferenceCancelledError
            If the token was set.
        WorkerTimeoutError
            If the time limit passed.
        WorkerDiedError
            If the process ended; the next call starts another.
        HandlerFailedError
            If the handler raised.
        SharedMemoryFullError
            If the arrays do not fit.
        """
        token = token or CancelToken()
        token.check()
        self.start()
        self._await_ready(token)
        self._calls += 1
        stem = f"overread-{uuid.uuid4().hex[:12]}"
        given = shared_arrays.plan(f"{stem}-i", arrays or {})
        packed = pickle.dumps(payload)
        request = Call(self._calls, packed, given, f"{stem}-o", timeout_s)
        block = shared_arrays.put(given, arrays or {})
        try:
            self._send(request)
            return self._await_answer(on_progress, token, timeout_s)
        finally:
            if block is not None:
                block.close()
                block.unlink()
            shared_arrays.remove(request.result_name)

    def replace(self) -> None:
        """Kill the process and start another."""
        self.close()
        self.start()

    def close(self) -> None:
        """End the process. It may be started again."""
        self._kill()
        self._reap()

    def _await_ready(self, token: CancelToken) -> None:
        """Wait until the handler is imported.

        Cancelling here leaves the process alone: it has no call yet, and
        killing it would begin the imports anew.
        """
        limit = time.monotonic() + self._start_limit_s
        while not self._ready:
            token.check()
            if time.monotonic() > limit:
                self.replace()
                raise WorkerTimeoutError(self._name, self._start_limit_s)
            message = self._receive()
            if isinstance(message, Raised):
                self.close()
                raise self._failure(message)
            self._ready = isinstance(message, Ready)

    def _await_answer(
        self,
        on_progress: Callable[[float, str], None] | None,
        token: CancelToken,
        timeout_s: float,
    ) -> tuple[Any, dict[str, NDArray[Any]]]:
        limit = time.monotonic() + timeout_s
        cancelled_at: float | None = None
        while True:
            now = time.monotonic()
            if token.cancelled and cancelled_at is None:
                cancelled_at = now
                self._send(Cancel(self._calls))
            if cancelled_at is not None and now > cancelled_at + CANCEL_GRACE_S:
                # Its end is not waited for: giving back a GPU's memory takes time.
                self._kill()
                raise InferenceCancelledError("cancelled")
            if now > limit:
                self.replace()
                raise WorkerTimeoutError(self._name, timeout_s)
            message = self._receive()
            if isinstance(message, Progress):
                if on_progress is not None:
                    on_progress(message.fraction, message.step)
            elif message is not None:
                return self._finish(message, token)

    def _finish(
        self,
        message: Any,
        token: CancelToken,
    ) -> tuple[Any, dict[str, NDArray[Any]]]:
        # A result that crossed the cancel on its way is dropped: the one who
        # cancelled does not want it.
        if isinstance(message, Stopped) or token.cancelled:
            raise InferenceCancelledError("cancelled")
        if isinstance(message, Raised):
            raise self._failure(message)
        if not isinstance(message, Done):
            raise TypeError(f"unexpected message {type(message).__name__}")
        return message.result, shared_arrays.take(message.arrays)

    def _receive(self) -> object | None:
        """Return the next message, or None after a short while without one."""
        process, connection = self._process, self._connection
        if process is None or connection is None:
            raise WorkerDiedError(self._name, None)
        if not wait([connection, process.sentinel], _POLL_S):
            return None
        try:
            if connection.poll():
                message: object = connection.recv()
                return message
        except (EOFError, OSError):
            pass
        raise self._died()

    def _send(self, message: Call | Cancel) -> None:
        if self._connection is None:
            raise WorkerDiedError(self._name, None)
        try:
            self._connection.send(message)
        except OSError:
            raise self._died() from None

    def _died(self) -> WorkerDiedError:
        exit_code = None
        if self._process is not None:
            self._process.join(1.0)
            exit_code = self._process.exitcode
        self.close()
        return WorkerDiedError(self._name, exit_code)

    def _failure(self, message: Raised) -> HandlerFailedError:
        return HandlerFailedError(
            self._name, message.kind, message.reason, message.frames
        )

    def _kill(self) -> None:
        process, connection = self._process, self._connection
        self._process = self._connection = self._pid = None
        self._ready = False
        if connection is not None:
            connection.close()
        if process is not None:
            process.kill()
            self._dying.append(process)

    def _reap(self) -> None:
        """Wait for killed processes; one that a driver holds is given up."""
        for process in self._dying:
            process.join(_KILL_LIMIT_S)
            if process.exitcode is not None:
                process.close()
        self._dying.clear()
