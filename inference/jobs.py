"""What runs when: priorities, cancel tokens and the queue. Standard library only."""

from __future__ import annotations

import heapq
import threading
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Generic, TypeVar

from inference.errors import InferenceCancelledError

T = TypeVar("T")


class Priority(IntEnum):
    """What comes first; equal priorities keep their order."""

    ON_SCREEN = 0
    PREFETCH = 10
    BACKGROUND = 20


class CancelToken:
    """A wish to stop, set from any thread and checked between steps."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Ask for the end of the run. Any thread."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """Whether the end has been asked for. Any thread."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise InferenceCancelledError if the end has been asked for."""
        if self.cancelled:
            raise InferenceCancelledError("cancelled")


@dataclass(frozen=True, slots=True)
class Job(Generic[T]):
    """One thing to do, with all its inputs."""

    job_id: str
    priority: Priority
    payload: T
    token: CancelToken


@dataclass(order=True, slots=True)
class _Entry(Generic[T]):
    priority: Priority
    order: int
    job: Job[T] = field(compare=False)


class JobQueue(Generic[T]):
    """Jobs by priority, then in the order they came. Every method: any thread.

    A job is waiting from `submit` until `take`, and running from `take` until
    `finish`; its id is free again after that.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        # A heap may hold entries that no longer count; `_waiting` has the others.
        self._heap: list[_Entry[T]] = []
        self._waiting: dict[str, _Entry[T]] = {}
        self._running: dict[str, CancelToken] = {}
        self._order = 0
        self._closed = False

    def submit(self, job_id: str, payload: T, priority: Priority) -> CancelToken:
        """Put a job into the queue and return its token.

        Raises
        ------
        ValueError
            If a job of this id waits or runs.
        RuntimeError
            If the queue is closed.
        """
        with self._condition:
            if self._closed:
                raise RuntimeError("the job queue is closed")
            if job_id in self._waiting or job_id in self._running:
                raise ValueError(f"job {job_id} waits or runs already")
            token = CancelToken()
            self._push(Job(job_id, priority, payload, token))
            self._condition.notify()
            return token

    def take(self) -> Job[T] | None:
        """Wait for the most urgent job; None once the queue is closed."""
        with self._condition:
            while not self._waiting and not self._closed:
                self._condition.wait()
            if self._closed:
                return None
            job = self._pop()
            self._running[job.job_id] = job.token
            return job

    def finish(self, job_id: str) -> None:
        """Free the id of a job that was taken."""
        with self._condition:
            self._running.pop(job_id, None)

    def cancel(self, job_id: str) -> bool:
        """Cancel a job.

        Returns
        -------
        True if it was still waiting: it will never be taken, so the caller
        tells of its end. False if it runs (its token is set, and whoever runs
        it tells of its end) or is not known.
        """
        with self._condition:
            entry = self._waiting.pop(job_id, None)
            if entry is not None:
                entry.job.token.cancel()
                return True
            if job_id in self._running:
                self._running[job_id].cancel()
            return False

    def promote(self, job_id: str, priority: Priority) -> bool:
        """Give a waiting job another priority; False if it does not wait."""
        with self._condition:
            if job_id not in self._waiting:
                return False
            job = self._waiting[job_id].job
            self._push(Job(job_id, priority, job.payload, job.token))
            return True

    def knows(self, job_id: str) -> bool:
        """Whether a job of this id waits or runs."""
        with self._condition:
            return job_id in self._waiting or job_id in self._running

    def position(self, job_id: str) -> int | None:
        """Return how many jobs come before a waiting one; None if none waits."""
        with self._condition:
            waiting = [entry.job.job_id for entry in sorted(self._waiting.values())]
        return waiting.index(job_id) if job_id in waiting else None

    @property
    def waiting(self) -> int:
        """How many jobs wait."""
        with self._condition:
            return len(self._waiting)

    def close(self) -> tuple[str, ...]:
        """Take nothing more, cancel what runs, and drop what waits.

        Returns
        -------
        Ids of the dropped jobs, most urgent first: the caller tells of their
        end.
        """
        with self._condition:
            self._closed = True
            dropped = [entry.job for entry in sorted(self._waiting.values())]
            self._waiting.clear()
            self._heap.clear()
            for token in self._running.values():
                token.cancel()
            self._condition.notify_all()
        for job in dropped:
            job.token.cancel()
        return tuple(job.job_id for job in dropped)

    def _push(self, job: Job[T]) -> None:
        entry = _Entry(job.priority, self._order, job)
        self._order += 1
        self._waiting[job.job_id] = entry
        heapq.heappush(self._heap, entry)

    def _pop(self) -> Job[T]:
        while True:
            entry = heapq.heappop(self._heap)
            if self._waiting.get(entry.job.job_id) is entry:
                del self._waiting[entry.job.job_id]
                return entry.job
