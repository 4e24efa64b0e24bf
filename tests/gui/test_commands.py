"""The registry of commands: each does something, and each key does one thing."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from PySide6.QtCore import SIGNAL, Qt
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


def test_that_a_model_is_validated_from_the_file_menu_and_by_a_key(stage):
    menu = stage.window.commands.menu(stage.window)
    (file,) = (one.menu() for one in menu.actions() if one.text() == "File")
    assert stage.window.commands["validate"] in file.actions()
    held = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    stage.press(Qt.Key.Key_V, *held)
    assert stage.window.sheet is stage.station.validate.sheet


def test_that_the_model_behind_the_selected_finding_is_the_one_to_validate(
    make_stage, card, rg1
):
    other = replace(card, model_id="another", name="Another")
    stage = make_stage(cards=(other, card))
    stage.analysed(rg1)
    stage.station.desk.select("chest-findings/covid")
    stage.window.commands["validate"].trigger()
    sheet = stage.station.validate.sheet
    assert sheet.models.currentText() == "Chest findings 1.0.0"
