"""Does things one after the other, one a turn of the event loop."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, QTimer

Step = Callable[[], object]


class Turns(QObject):
    """A list of short steps; the window answers and paints between any two.

    For what must run in the main thread and takes too long in one piece. Each
    step has to leave the screen right, for the reader sees it.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._steps: deque[Step] = deque()
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.timeout.connect(self._do_next)

    @property
    def busy(self) -> bool:
        """Whether steps are left."""
        return bool(self._steps)

    def add(self, steps: Iterable[Step]) -> None:
        """Do these after those that are waiting, the first in the next turn."""
        self._steps.extend(steps)
        if self._steps and not self._next.isActive():
            self._next.start(0)

    def clear(self) -> None:
        """Do what is left no more."""
        self._steps.clear()
        self._next.stop()

    def _do_next(self) -> None:
        step = self._steps.popleft()
        if self._steps:
            self._next.start(0)
        step()
