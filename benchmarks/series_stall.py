"""One round of `stall.py`'s row of a series: the window while it loads a CT.

A Qt application beats every 5 ms from the moment that the whole workstation is
told to open the 80 slices until they are read and the planes are on screen, and
half a second beyond: the window has stood there until what it makes ready in
advance was ready. The peer is the plain way: pydicom reads slice by slice in a
QThread of the window's process, and the window draws each with pyqtgraph.

The files of the reader are new in each round, so that no index knows the series.
No model runs. Then all slices are scrolled through, each painted, in planes and
in one pane.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inference.errors import ModelUnavailableError
    from inference.model_card import ModelCard

BEAT_MS = 5
SERIES = "dicom/ct_chest_ricord_jpegll"
_AFTER_MS = 500
_SOON_MS = 50
_LIMIT_MS = 120_000


@dataclass(frozen=True, slots=True)
class Round:
    """When the heart beat, and when what was on screen, s of `perf_counter`.

    `busy` are the times of the main thread's processor at the beats, s; `scrolled`
    how many images a second were stepped through, by layout.
    """

    beats: list[float]
    busy: list[float]
    start: float
    first: float
    read: float
    planes: float
    scrolled: dict[str, float]


class NoModels:
    """A registry without models, so that none runs."""

    def cards(self) -> tuple[ModelCard, ...]:
        """Return none."""
        return ()

    def problems(self) -> tuple[ModelUnavailableError, ...]:
        """Return none."""
        return ()


class Heart:
    """A timer that writes down when it fires, and what the thread did by then."""

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self.beats = [time.perf_counter()]
        self.busy = [time.thread_time()]
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start(BEAT_MS)

    def stop(self) -> None:
        """Beat no more."""
        self._timer.stop()

    def _beat(self) -> None:
        self.beats.append(time.perf_counter())
        self.busy.append(time.thread_time())


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
            Settings(own / "s.ini"),
            own / "reviews.sqlite",
            own,
            models=NoModels,
            controller=_no_process,
        )
        app = App(application, services)
        app.window.resize(1920, 1080)
        watch = _Watch(app, folder)
        app.ready.connect(watch.start_soon)
        QTimer.singleShot(_LIMIT_MS, application.quit)
        app.start()
        application.exec()
        return watch.round()


class _Watch:
    """Tells when what of a series is on screen."""

    def __init__(self, app: Any, folder: Path) -> None:
        self._app = app
        self._folder = folder
        self._heart: Heart | None = None
        self._marks: dict[str, float] = {}
        self._scrolled: dict[str, float] = {}
        self._ended = False

    def start_soon(self) -> None:
        """Start once all that is made in advance is ready."""
        from PySide6.QtCore import QTimer

        ready = self._app.workstation.warm_up.is_done
        QTimer.singleShot(_AFTER_MS if ready else _SOON_MS, self._start_or_wait(ready))

    def _start_or_wait(self, ready: bool) -> Callable[[], None]:
        return self.start if ready else self.start_soon

    def start(self) -> None:
        """Open the series; the heart beats from here."""
        station = self._app.workstation
        station.viewport.shown.connect(self._on_shown)
        station.store.series_read.connect(lambda _: self._mark("read"))
        station.mpr.moved.connect(self._on_planes)
        self._heart = Heart()
        self._mark("start")
        station.open([self._folder])

    def round(self) -> Round:
        """Return the times; once the application has ended."""
        assert self._heart is not None
        missing = {"start", "first", "read", "planes"} - self._marks.keys()
        if missing:
            raise SystemExit(f"the series was not shown: {sorted(missing)} is missing")
        heart = self._heart
        return Round(heart.beats, heart.busy, **self._marks, scrolled=self._scrolled)

    def _mark(self, what: str) -> None:
        self._marks.setdefault(what, time.perf_counter())

    def _on_shown(self, _pane: object) -> None:
        from PySide6.QtCore import QTimer

        # A zero timer waits until the paint that is due is done.
        QTimer.singleShot(0, lambda: self._mark("first"))

    def _on_planes(self) -> None:
        from PySide6.QtCore import QTimer

        if not self._ended:
            self._ended = True
            QTimer.singleShot(0, lambda: self._mark("planes"))
            QTimer.singleShot(_AFTER_MS, self._end)

    def _end(self) -> None:
        from PySide6.QtWidgets import QApplication

        from studies.hanging_protocol import LayoutName

        assert self._heart is not None
        self._heart.stop()
        station = self._app.workstation
        self._scrolled["planes, axial"] = _scroll(station.viewport.panes[0])
        station.hanging.set_layout(LayoutName.ONE)
        pane = station.viewport.active
        while pane.image is None:
            QApplication.processEvents()
        self._scrolled["one pane"] = _scroll(pane)
        self._app.window.close()


def _scroll(pane: Any) -> float:
    """Step through a pane's stack, each image painted; return images a second."""
    from PySide6.QtWidgets import QApplication

    pane.go_to(0)
    QApplication.processEvents()
    start = time.perf_counter()
    for _ in range(pane.stack.count - 1):
        pane.step(1)
        QApplication.processEvents()
    return float((pane.stack.count - 1) / (time.perf_counter() - start))


def _no_process() -> Any:
    """Return a controller that starts no inference process."""
    from gui.analysis_controller import AnalysisController

    class Idle(AnalysisController):
        def start(self) -> None:
            """Start nothing: no model will be asked for."""

    return Idle()


def read_in_thread(folder: Path) -> Round | None:
    """Read a series with pydicom in a QThread, and draw each slice.

    None where pydicom has no plugin for it.
    """
    import pydicom
    import pyqtgraph
    from PySide6.QtCore import QThread, QTimer, Signal
    from PySide6.QtWidgets import QApplication

    application = QApplication([])
    paths = sorted(folder.rglob("*.dcm"))
    try:
        assert pydicom.dcmread(paths[0]).pixel_array.size
    except RuntimeError:
        return None

    class Thread(QThread):
        read = Signal(object)

        def run(self) -> None:
            for path in paths:
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
    heart = Heart()
    start = time.perf_counter()
    application.exec()
    heart.stop()
    thread.wait()
    return Round(heart.beats, heart.busy, start, shown[0], shown[-1], shown[-1], {})
