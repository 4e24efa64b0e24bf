"""Hands for the demonstration: real key and mouse events, and patience."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEventLoop, QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

_POLL_MS = 10
_CONTROL = Qt.KeyboardModifier.ControlModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier
_ALT = Qt.KeyboardModifier.AltModifier
_MODIFIERS = {"Ctrl": _CONTROL, "Shift": _SHIFT, "Alt": _ALT}


class TookTooLongError(Exception):
    """Something that should have happened did not; the text says what."""


def wait_until(happened: Callable[[], bool], what: str, limit_s: float = 120.0) -> None:
    """Let the window work until something has happened.

    Raises
    ------
    TookTooLongError
        After `limit_s` seconds.
    """
    loop = QEventLoop()
    timer = QTimer()
    end = time.monotonic() + limit_s
    seen = False

    def look() -> None:
        nonlocal seen
        seen = seen or happened()
        if seen or time.monotonic() > end:
            loop.quit()

    timer.timeout.connect(look)
    timer.start(_POLL_MS)
    loop.exec()
    timer.stop()
    if not seen:
        raise TookTooLongError(f"{what}: not within {limit_s:g} s")


def settle() -> None:
    """Let what is waiting be drawn."""
    for _ in range(3):
        QTest.qWait(_POLL_MS)


def press(window: QWidget, keys: str) -> None:
    """Press keys such as ``Ctrl+Shift+Z`` where the focus is."""
    *held, last = keys.split("+")
    modifiers = Qt.KeyboardModifier.NoModifier
    for name in held:
        modifiers |= _MODIFIERS[name]
    target = QApplication.focusWidget() or window
    QTest.keyClick(target, _key(last), modifiers)
    settle()


def hold(window: QWidget, key: str) -> Callable[[], None]:
    """Press a key and keep it down; the returned function lets it go."""
    target = QApplication.focusWidget() or window
    QTest.keyPress(target, _key(key))
    settle()

    def release() -> None:
        QTest.keyRelease(target, _key(key))
        settle()

    return release


def write(text: str) -> None:
    """Type text into the field that has the focus."""
    target = QApplication.focusWidget()
    assert target is not None
    QTest.keyClicks(target, text)
    settle()


def click(target: QWidget, at: QPoint | None = None) -> None:
    """Click a widget, in its middle or at a place in it."""
    place = at if at is not None else target.rect().center()
    QTest.mouseClick(
        target, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place
    )
    settle()


def drag(target: QWidget, start: QPoint, end: QPoint) -> None:
    """Press, move in three steps, release."""
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QTest.mousePress(target, left, none, start)
    for step in (1, 2, 3):
        QTest.mouseMove(target, start + (end - start) * step / 3)
    QTest.mouseRelease(target, left, none, end)
    settle()


def _key(name: str) -> Qt.Key:
    return Qt.Key(getattr(Qt.Key, f"Key_{name}"))
