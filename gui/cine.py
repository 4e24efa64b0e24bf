"""Plays the images of a pane as a loop."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QTimer, Signal

SLOWEST, USUAL, FASTEST = 1.0, 15.0, 60.0


class Cine(QObject):
    """Ticks at a number of images a second; the pane steps at each tick.

    Signals
    -------
    ticked()
        It is time for the next image.
    """

    ticked = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rate = USUAL
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.ticked)

    @property
    def playing(self) -> bool:
        """Whether it runs."""
        return self._timer.isActive()

    @property
    def rate(self) -> float:
        """Images a second."""
        return self._rate

    def set_frame_time(self, frame_time_ms: float | None) -> None:
        """Take the rate from Frame Time (0018,1063), else the usual one."""
        rate = USUAL if frame_time_ms is None else 1000.0 / frame_time_ms
        self.set_rate(rate)

    def set_rate(self, rate: float) -> None:
        """Play faster or slower."""
        self._rate = min(max(rate, SLOWEST), FASTEST)
        self._timer.setInterval(round(1000.0 / self._rate))

    def play(self) -> None:
        """Start."""
        self._timer.start(round(1000.0 / self._rate))

    def stop(self) -> None:
        """Stop where it is."""
        self._timer.stop()
