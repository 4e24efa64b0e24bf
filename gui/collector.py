"""Collects Python's garbage in the main thread only.

The cyclic collector runs in whichever thread happens to allocate. Where a cycle
holds a widget, that thread would delete it, and Qt aborts: widgets belong to the
main thread. (Seen as a segmentation fault in the analysis thread; the same was
reported of pyqtgraph programs.)
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_PERIOD_MS = 500


class Collector(QObject):
    """Switches the automatic collector off and does its work by a timer.

    The same thresholds count as for the automatic one.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._was_enabled = gc.isenabled()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.collect)
        self._timer.start(_PERIOD_MS)

    def settle(self) -> None:
        """Set aside what start-up has made and keeps: it is not looked at again.

        A full collection then takes a few milliseconds instead of a hundred.
        """
        gc.freeze()

    def collect(self) -> None:
        """Collect the oldest generation that is due; the younger ones go along."""
        due = [
            generation
            for generation, (count, limit) in enumerate(
                zip(gc.get_count(), gc.get_threshold(), strict=True)
            )
            if limit and count > limit
        ]
        if due:
            gc.collect(due[-1])

    def close(self) -> None:
        """Give the work back to the automatic collector."""
        self._timer.stop()
        if self._was_enabled:
            gc.enable()
