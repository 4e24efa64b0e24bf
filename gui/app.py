"""Starts the workstation: the window first, everything heavy after."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication

from gui import crash, logs, theme
from gui.collector import Collector
from gui.main_window import MainWindow
from gui.services import Services, default_services

if TYPE_CHECKING:
    from gui.workstation import Workstation

_log = logging.getLogger(__name__)
_UNPAINTED_MS = 1500
_HEAVY = (
    "numpy",
    "cv2",
    "pyqtgraph",
    "gui.image_view",
    "sqlalchemy",
    "pydicom",
    "gui.workstation",
)
"""Imported after the window shows, one a turn, so that it never freezes long."""

_SWITCH_S = 0.001
"""How long a thread may keep the interpreter that the window waits for.

By default 5 ms; a repaint is hundreds of calls from Qt into Python, each of which
may have to wait so long while slices are read.
"""

_PACKAGES = ("studies", "inference", "explain", "review", "gui", "resources")


class App(QObject):
    """The application: window, and behind it the workstation once it shows.

    Signals
    -------
    ready()
        The workstation is built.
    """

    ready = Signal()

    def __init__(self, application: QApplication, services: Services) -> None:
        super().__init__()
        self.workstation: Workstation | None = None
        self.services = services
        self._built = False
        self._collector = Collector(self)
        self._switch_s = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH_S)
        self._imports = list(_HEAVY)
        # Timers of this object: they end with it.
        self._unpainted, self._next = QTimer(self), QTimer(self)
        for timer, slot in (
            (self._unpainted, self._on_shown),
            (self._next, self._import_next),
        ):
            timer.setSingleShot(True)
            timer.timeout.connect(slot)
        self._paths: tuple[Path, ...] = ()
        theme.apply(application, services.settings.text_scale)
        self.window = MainWindow()
        self._connect()
        geometry = services.settings.geometry
        if geometry is not None:
            self.window.restoreGeometry(geometry)

    def start(self, paths: Sequence[Path] = ()) -> None:
        """Show the window; the rest is built when it stands on the screen."""
        self._paths = tuple(paths)
        # After the first paint: a window that waits for imports shows nothing.
        self.window.painted.connect(self._on_shown, Qt.ConnectionType.QueuedConnection)
        self.window.show()
        # A window that is started minimised is not painted.
        self._unpainted.start(_UNPAINTED_MS)

    @Slot()
    def _on_shown(self) -> None:
        """Begin with what is heavy, once; the window answers in between."""
        if self._built:
            return
        self._built = True
        self._unpainted.stop()
        self._import_next()

    def _import_next(self) -> None:
        """Import one heavy module a turn of the event loop, then build."""
        if self._imports:
            importlib.import_module(self._imports.pop(0))
            self._next.start(0)
        elif self.window.isVisible():
            self._build()

    def _build(self) -> None:
        from gui.workstation import Workstation

        self.workstation = Workstation(self.window, self.services)
        self._collector.settle()
        if self._paths:
            self.workstation.open(self._paths)
        self.ready.emit()

    def open_samples(self) -> None:
        """Open the sample studies; once it is `ready`."""
        assert self.workstation is not None
        self.workstation.open_samples()

    def _connect(self) -> None:
        window, commands = self.window, self.window.commands
        for action_id, slot in {
            "full-screen": self._on_full_screen,
            "quit": window.close,
            "dock": window.toggle_dock,
            "next-region": window.next_region,
            "keys": self._on_keys,
            "menu": self._on_menu,
        }.items():
            commands[action_id].triggered.connect(slot)
        window.closing.connect(self._on_closing)

    def _on_keys(self) -> None:
        """F1: all keys; once more closes them."""
        from gui.key_sheet import KeySheet

        if isinstance(self.window.sheet, KeySheet):
            self.window.close_sheet()
            return
        sheet = KeySheet(self.window.commands)
        sheet.closed.connect(self.window.close_sheet)
        self.window.open_sheet(sheet)

    def _on_menu(self) -> None:
        button = self.window.top.menu
        menu = self.window.commands.menu(self.window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(button.mapToGlobal(button.rect().bottomLeft()))

    def _on_full_screen(self) -> None:
        if self.window.isFullScreen():
            self.window.showNormal()
        else:
            self.window.showFullScreen()

    def _on_closing(self) -> None:
        self.services.settings.geometry = self.window.saveGeometry()
        self.services.settings.sync()
        if self.workstation is not None:
            self.workstation.close()
            self.workstation = None
        self._collector.close()
        sys.setswitchinterval(self._switch_s)


def main(paths: Sequence[Path] = (), services: Services | None = None) -> int:
    """Run the workstation until its window closes; return the exit code."""
    problem = misplaced_packages()
    if problem:
        print(problem, file=sys.stderr)  # noqa: T201 (there is no window yet)
        return 1
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("overread")
    application.setApplicationDisplayName("Overread")
    used = services or default_services()
    logs.set_up(used.log_folder)
    app = App(application, used)
    _install_crash_hook(app, used)
    app.start(paths)
    _log.info("started")
    code = application.exec()
    sys.excepthook = sys.__excepthook__
    return code


def misplaced_packages() -> str:
    """Return what is wrong if our packages do not lie side by side, else "".

    Their names are general: another distribution may ship one of the same name.
    """
    homes = {}
    for name in _PACKAGES:
        spec = importlib.util.find_spec(name)
        if spec is None or not spec.submodule_search_locations:
            return f"The installation lacks the package {name}. Install Overread again."
        homes[name] = Path(next(iter(spec.submodule_search_locations))).parent
    if len(set(homes.values())) > 1:
        return (
            "The packages "
            + ", ".join(_PACKAGES)
            + " do not lie in one folder. Give Overread an environment of its own."
        )
    return ""


def _install_crash_hook(app: App, services: Services) -> None:
    def show(text: str, path: Path | None) -> None:
        from gui.crash_dialog import CrashDialog

        CrashDialog(text, path, app.window).exec()

    crash.CrashHook(services.log_folder, show, services.clock).install()
