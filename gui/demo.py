"""The workstation on the sample films; without a display it works a case through."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QApplication

from gui import logs
from gui.app import App, misplaced_packages
from gui.demo_walk import Walk
from gui.services import Services
from gui.settings import Settings

READER = "Demo Reader"


def has_display() -> bool:
    """Return whether windows can be seen here."""
    if os.environ.get("QT_QPA_PLATFORM", "") in ("offscreen", "minimal"):
        return False
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def run(output: Path, say: Callable[[str], None]) -> int:
    """Open the sample films; without a display, work a case through.

    Parameters
    ----------
    output
        Folder for screenshots and exports.
    say
        Prints a line.

    Returns
    -------
    0, or 1 if a step failed.
    """
    problem = misplaced_packages()
    if problem:
        say(problem)
        return 1
    seen = has_display()
    if not seen:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        say(f"{output} cannot be written ({error.strerror}). Choose another folder.")
        return 1
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("overread")
    # Ignored errors: Windows cannot remove a file that a thread still holds.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as own:
        services = demo_services(Path(own), output)
        logs.set_up(services.log_folder)
        app = App(application, services)
        if seen:
            return _show(application, app)
        return Walk(app, output, say).run()


def demo_services(own: Path, output: Path) -> Services:
    """Return services with a review database and settings of their own."""
    settings = Settings(own / "settings.ini")
    settings.reader = READER
    settings.export_folder = str(output)
    return Services(settings, own / "reviews.sqlite", own / "log")


def _show(application: QApplication, app: App) -> int:
    app.start()
    app.ready.connect(app.open_samples)
    return application.exec()
