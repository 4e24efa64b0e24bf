"""Whether windows can be opened here, and what to do if not."""

from __future__ import annotations

import os
import sys


def qt_problem() -> str:
    """Return why Qt cannot be loaded, with what to do; "" if it can."""
    try:
        import PySide6.QtSvg
        import PySide6.QtWidgets  # noqa: F401 (loaded to see whether it can be)
    except ImportError as error:
        return (
            f"Qt cannot be loaded ({error}). Install the system libraries it needs:"
            " run scripts/setup.sh, or see README.md for their names."
        )
    return ""


def screen_problem() -> str:
    """Return why no window can be opened, with what to do; "" if one can."""
    if has_display():
        return qt_problem()
    return (
        "There is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)."
        " Start it from a desktop, or run `overread demo`, which needs none."
    )


def has_display() -> bool:
    """Return whether this process may open windows; "offscreen" counts."""
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
