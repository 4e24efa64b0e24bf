"""Steps, one a turn of the event loop."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from gui.turns import Turns


def test_that_the_event_loop_runs_between_two_steps(qtbot: QtBot) -> None:
    turns, done = Turns(), []
    turns.add(
        (
            lambda: (
                done.append("one"),
                QTimer.singleShot(0, lambda: done.append("-")),
            ),
            lambda: done.append("two"),
        )
    )
    assert done == []
    qtbot.waitUntil(lambda: "two" in done and "-" in done)
    assert done[0] == "one"
    assert not turns.busy


def test_that_steps_added_later_come_last(qtbot: QtBot) -> None:
    turns, done = Turns(), []
    turns.add((lambda: turns.add((lambda: done.append("last"),)),))
    turns.add((lambda: done.append("second"),))
    qtbot.waitUntil(lambda: len(done) == 2)
    assert done == ["second", "last"]


def test_that_cleared_steps_are_not_done(qtbot: QtBot) -> None:
    turns, done = Turns(), []
    turns.add((turns.clear, lambda: done.append("never")))
    qtbot.waitUntil(lambda: not turns.busy)
    qtbot.wait(5)
    assert done == []
