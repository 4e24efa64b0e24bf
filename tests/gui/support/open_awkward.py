"""Child process: opens awkward files in one window, one case after the other.

python tests/gui/support/open_awkward.py HOME CASES

CASES is a JSON file, a list of lists of paths. Before each case ``begin N`` is
written, after it ``end N {...}`` with what was said on the screen; at the end
``peak {...}``, in MB, of the window's process and of its largest child.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parents[3]
_LIMIT_S = 30.0
_NOTES = ("No pixel spacing", "Lossy")


class _NoModels:
    """What is shown is tested here, not what models say."""

    def cards(self) -> tuple[()]:
        return ()

    def problems(self) -> tuple[()]:
        return ()


def main() -> None:
    # This file is run, not imported: nothing has told Python where we are.
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    home, cases = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())
    window = _Window(home)
    sys.excepthook = window.on_exception
    for number, paths in enumerate(cases):
        _say("begin", number)
        _say("end", number, json.dumps(window.open([Path(path) for path in paths])))
    window.close()
    # Not getrusage: its peak begins with that of the process that forked this one.
    words = Path("/proc/self/status").read_text().split()
    own = int(words[words.index("VmHWM:") + 1])
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    _say("peak", json.dumps([own // 1024, children // 1024]))


class _Window:
    """A running workstation, and what stands on its screen."""

    def __init__(self, home: Path) -> None:
        from PySide6.QtCore import QTimer
        from PySide6.QtWidgets import QApplication

        from gui import hands
        from gui.app import App
        from gui.services import Services
        from gui.settings import Settings

        self._qt = QApplication([])
        settings = Settings(home / "settings.ini")
        services = Services(
            settings,
            home / "reviews.sqlite",
            home / "log",
            models=_NoModels,
        )
        self._app = App(self._qt, services)
        self._app.start()
        self._wait = hands.wait_until
        self._wait(lambda: self._app.workstation is not None, "the window")
        self._station = self._app.workstation
        self._found: list[object] = []
        self._station.loader.discovered.connect(self._found.append)
        self._exceptions: list[str] = []
        self._stall, self._beat_at = 0.0, time.monotonic()
        self._beat = QTimer()
        self._beat.timeout.connect(self._on_beat)
        self._beat.start(10)

    def on_exception(
        self, kind: type[BaseException], _: BaseException, trace: TracebackType | None
    ) -> None:
        import traceback

        self._exceptions.append(kind.__name__)
        sys.stderr.write("".join(traceback.format_tb(trace)) + kind.__name__ + "\n")

    def open(self, paths: list[Path]) -> dict[str, object]:
        """Open files; return how it went once it has ended one way or another."""
        before = self._station.case
        self._found.clear()
        self._exceptions.clear()
        self._app.window.close_sheet()
        self._stall, started = 0.0, time.monotonic()
        self._station.open(paths)
        self._wait(self._has_ended, str(paths), _LIMIT_S)
        seconds = time.monotonic() - started
        asked = self._app.window.page == "choice"
        said = self._said(shown=self._station.case is not before)
        if asked:
            self._open_nothing()
        return {
            "seconds": round(seconds, 3),
            "stall": round(self._stall, 3),
            "asked": asked,
            "shown": not asked and self._station.case is not before,
            "said": said,
            "exceptions": list(self._exceptions),
        }

    def close(self) -> None:
        self._app.window.close()

    def _on_beat(self) -> None:
        now = time.monotonic()
        self._stall, self._beat_at = max(self._stall, now - self._beat_at), now

    def _has_ended(self) -> bool:
        """Whether a question, a message, or every pane's image is on screen."""
        if not self._found or self._station.walk.is_entering:
            return False
        if self._app.window.page != "film":
            return True
        panes = self._station.viewport.panes
        return all(
            pane.stack is None
            or pane.image is not None
            or "cannot be shown" in pane.view.empty.text()
            for pane in panes
        )

    def _said(self, *, shown: bool) -> list[str]:
        """Return what the window says of the files, nothing of the case before."""
        window, texts = self._app.window, []
        if window.page == "choice":
            texts.append(window.choice.text())
        if window.page == "empty":
            texts.append(window.empty.text())
        if window.notice.kind:
            texts.append(window.notice.text())
        if window.sheet is not None:
            texts += [line.in_full() for line in window.sheet.model.lines]
        for pane in self._station.viewport.panes if shown else ():
            if pane.image is None:
                texts.append(pane.view.empty.text())
            else:
                corners = pane.view.canvas.corners.corners
                notes = [t for t in corners.bottom_left if t.startswith(_NOTES)]
                texts += [*corners.warnings, *notes]
        return [text for text in texts if text]

    def _open_nothing(self) -> None:
        from PySide6.QtWidgets import QPushButton

        (button,) = (
            button
            for button in self._app.window.choice.findChildren(QPushButton)
            if "nothing" in button.text().lower()
        )
        button.click()
        self._wait(lambda: self._app.window.page != "choice", "nothing to open")


def _say(*words: object) -> None:
    sys.stdout.write(" ".join(str(word) for word in words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
