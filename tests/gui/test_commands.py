"""The registry of commands: each does something, and each key does one thing."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtCore import SIGNAL
from PySide6.QtGui import QKeySequence

from gui.action_specs import ONCE, RAIL, SPECS, STUDY_ACTIONS
from gui.actions import ActionRegistry
from gui.dock import Dock
from gui.main_window import MainWindow

IDS = {spec.id for spec in SPECS}


def listeners(commands: ActionRegistry) -> dict[str, int]:
    signal = SIGNAL("triggered(bool)")
    return {name: commands[name].receivers(signal) for name in IDS}


def test_that_every_command_is_listened_to_or_held(stage, qtbot):
    # Buttons and groups listen to the actions they show; desks come on top.
    bare = MainWindow()
    qtbot.addWidget(bare)
    dock = Dock(bare.commands, [("artefact", "Artefact")])
    qtbot.addWidget(dock)
    before, after = listeners(bare.commands), listeners(stage.window.commands)
    unheard = {name for name in IDS if after[name] <= before[name]}
    assert unheard == {spec.id for spec in SPECS if spec.held}


def test_that_no_key_is_given_twice_be_it_held_or_pressed():
    keys = Counter(QKeySequence(key).toString() for spec in SPECS for key in spec.keys)
    assert [key for key, times in keys.items() if times > 1] == []


@pytest.mark.parametrize("names", [{*sum(RAIL, ())}, STUDY_ACTIONS, ONCE])
def test_that_only_commands_that_exist_are_spoken_of(names):
    assert names <= IDS
