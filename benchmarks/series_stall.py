"""One round of `stall.py`'s row of a series: the window while it loads a CT.

A Qt application beats every 5 ms from the moment that the whole workstation is
told to open the 80 slices until they are read and the planes are on screen, and
half a second beyond. The peer is the plain way: pydicom reads slice by slice in
a QThread of the window's process, and the window draws each with pyqtgraph.

A round of its own makes the process' files anew, so that no index knows the
series. No model runs.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PySide6.QtCore import QTimer

    from inference.errors import ModelUnavailableError
    from inference.model_card import ModelCard

BEAT_MS = 5
SERIES = "dicom/ct_chest_ricord_jpegll"
_AFTER_MS = 500
_LIMIT_MS = 120_000


@dataclass(frozen=True, slots=True)
class Round:
    """When the heart beat, and when what was on screen, s of `perf_counter`."""

    beats: list[float]
    start: float
    first: float
    read: float
    planes: float


class NoModels:
    """A registry without models, so that none runs."""

    def cards(self) -> tuple[ModelCard, ...]:
        """Return none."""
        return ()

    def problems(self) -> tuple[ModelUnavailableError, ...]:
        """Return none."""
        return ()


def heart() -> tuple[list[float], QTimer]:
    """Start a timer that writes down when it fires."""
    from PySide6.QtCore import Qt, QTimer

    beats = [time.perf_counter()]
    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(lambda: beats.append(time.perf_counter()))
    timer.start(BEAT_MS)
    return beats, timer


def open_in_workstation(folder: Path) -> Round:
    """Open a series in the whole workstation, 1920 x 1080."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from gui.app import App
    from gui.services import Services
    from gui.settings import Settings

    application = QApplication([])
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        own = Path(name)
        services = Services(
            Settings(own / "s.ini"), own / "reviews.sqlite", own, models=NoModels
        )
        app = App(application, services)
        app.window.resize(1920, 1080)
        watch = _Watch(app, folder)
        # The inference process imports torch meanwhile: it has a core by then.
        app.ready.connect(lambda: QTimer.singleShot(3000, watch.start))
        QTimer.singleShot(_LIMIT_MS, application.quit)
        app.start()
        application.exec()
        return watch.round()


class _Watch:
    """Tells when what of a series is on screen."""

    def __init__(self, app: Any, folder: Path) -> None:
        self._app = app
        self._folder = folder
        self._beating: tuple[list[float], QTimer] | None = None
        self._marks: dict[str, float] = {}

    def start(self) -> None:
        """Open the series; the heart beats from here."""
        station = self._app.workstation
        station.viewport.shown.connect(self._on_shown)
        station.store.series_read.connect(lambda _: self._mark("read"))
        station.mpr.moved.connect(self._on_planes)
        self._beating = heart()
        self._mark("start")
        station.open([self._folder])

    def round(self) -> Round:
        """Return the times; once the application has ended."""
        assert self._beating is not None
        missing = {"start", "first", "read", "planes"} - self._marks.keys()
        if missing:
            raise SystemExit(f"the series was not shown: {sorted(missing)} is missing")
        return Round(self._beating[0], **self._marks)

    def _mark(self, what: str) -> None:
        self._marks.setdefault(what, time.perf_counter())

    def _on_shown(self, _pane: object) -> None:
        from PySide6.QtCore import QTimer

        # A zero timer waits until the paint that is due is done.
        QTimer.singleShot(0, lambda: self._mark("first"))

    def _on_planes(self) -> None:
        from PySide6.QtCore import QTimer

        QTimer.singleShot(0, lambda: self._mark("planes"))
        QTimer.singleShot(_AFTER_MS, self._end)

    def _end(self) -> None:
        assert self._beating is not None
        self._beating[1].stop()
        self._app.window.close()


def read_in_thread(folder: Path) -> Round:
    """Read a series with pydicom in a QThread, and draw each slice."""
    import pydicom
    import pyqtgraph
    from PySide6.QtCore import QThread, QTimer, Signal
    from PySide6.QtWidgets import QApplication

    application = QApplication([])

    class Thread(QThread):
        read = Signal(object)

        def run(self) -> None:
            for path in sorted(folder.rglob("*.dcm")):
                self.read.emit(pydicom.dcmread(path).pixel_array)

    window = pyqtgraph.GraphicsLayoutWidget()
    item = pyqtgraph.ImageItem()
    window.addViewBox().addItem(item)
    window.resize(1920, 1080)
    window.show()
    shown: list[float] = []
    thread = Thread()
    thread.read.connect(item.setImage)
    thread.read.connect(lambda _: shown.append(time.perf_counter()))
    thread.finished.connect(lambda: QTimer.singleShot(_AFTER_MS, application.quit))
    QTimer.singleShot(500, thread.start)
    beats, timer = heart()
    start = time.perf_counter()
    application.exec()
    timer.stop()
    thread.wait()
    return Round(beats, start, shown[0], shown[-1], shown[-1])
