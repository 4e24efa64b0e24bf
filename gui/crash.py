"""The unexpected: say so, keep a report without patient data, lose nothing.

Decisions are on disk the moment they are made, so there is nothing to save here.
"""

from __future__ import annotations

import logging
import platform
import sys
import traceback
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType

_log = logging.getLogger(__name__)


def report_text(
    kind: type[BaseException], trace: TracebackType | None, at: datetime
) -> str:
    """Return a report: kind of error and where, without messages or values.

    The message of an exception may quote a header or a file's name; so it is
    left out.
    """
    places = [
        f"  {Path(frame.filename).name}:{frame.lineno} in {frame.name}"
        for frame in traceback.extract_tb(trace)
    ]
    lines = [
        f"Overread error report, {at:%Y-%m-%d %H:%M:%S}",
        f"Python {platform.python_version()}, {platform.system()}",
        f"Error: {kind.__name__}",
        "Where (last call below):",
        *places,
    ]
    return "\n".join(lines)


class CrashHook:
    """Installed as ``sys.excepthook``; shows one report at a time."""

    def __init__(
        self,
        folder: Path,
        show: Callable[[str, Path | None], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._folder = folder
        self._show = show
        self._clock = clock
        self._showing = False

    def install(self) -> None:
        """Become the hook of this process."""
        sys.excepthook = self

    def __call__(
        self,
        kind: type[BaseException],
        value: BaseException,
        trace: TracebackType | None,
    ) -> None:
        """Write the report, log its kind, show it."""
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, value, trace)
            return
        text = report_text(kind, trace, self._clock())
        _log.error("unexpected %s", kind.__name__)
        path = self._write(text)
        if self._showing:
            return
        self._showing = True
        try:
            self._show(text, path)
        finally:
            self._showing = False

    def _write(self, text: str) -> Path | None:
        path = self._folder / f"report-{self._clock():%Y%m%d-%H%M%S}.txt"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            path.write_text(text + "\n", encoding="utf-8")
        except OSError:
            return None
        return path
