"""Editing the hanging protocols: checked while typing, used when asked."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from gui.hanging_editor import HangingEditor

IN_USE = 'layout = "1x1"\n'
SHIPPED = 'layout = "2x2"\n'
CONTROL = Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton


class Store:
    """Where the protocols stand; a text with ``bad`` in line 2 has a mistake."""

    def __init__(self):
        self.text = IN_USE
        self.error: Exception | None = None

    def load(self) -> str:
        return self.text

    def check(self, text: str) -> str:
        return "Unknown layout (line 2)" if "bad" in text else ""

    def save(self, text: str) -> None:
        if self.error is not None:
            raise self.error
        self.text = text


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def editor(store, qtbot):
    sheet = HangingEditor(store.load, store.check, store.save, lambda: SHIPPED)
    qtbot.addWidget(sheet)
    sheet.resize(784, 600)
    with qtbot.waitExposed(sheet):
        sheet.show()
    sheet.activateWindow()
    sheet.refresh()
    sheet.setFocus()
    return sheet


def put(editor, qtbot, text: str) -> None:
    editor.text.setPlainText(text)
    qtbot.waitUntil(lambda: not editor._pause.isActive())


def test_that_the_protocols_in_use_are_shown(editor):
    assert editor.text.toPlainText() == IN_USE
    assert editor.said() == "In use."
    assert not editor.use.isEnabled()


def test_that_a_mistake_is_told_with_its_line_while_typing(editor, qtbot):
    put(editor, qtbot, "one\nbad\n")
    assert editor.said() == "Unknown layout (line 2)"
    assert editor.text.marked_line() == 2
    assert not editor.use.isEnabled()


def test_that_a_mistake_mended_is_no_longer_marked(editor, qtbot):
    put(editor, qtbot, "one\nbad\n")
    put(editor, qtbot, "one\ngood\n")
    assert editor.text.marked_line() == 0
    assert editor.said() == "No mistakes. Not used yet."


def test_that_ctrl_enter_uses_a_text_just_typed(editor, store, qtbot):
    qtbot.keyClicks(editor.text, "# mine ")
    with qtbot.waitSignal(editor.used):
        qtbot.keyClick(editor.text, Qt.Key.Key_Return, CONTROL)
    assert store.text == f"# mine {IN_USE}"
    assert editor.said() == "In use."


def test_that_a_text_with_a_mistake_is_never_used(editor, store, qtbot):
    qtbot.keyClicks(editor.text, "bad ")
    with qtbot.assertNotEmitted(editor.used):
        qtbot.keyClick(editor.text, Qt.Key.Key_Return, CONTROL)
    assert store.text == IN_USE


def test_that_what_cannot_be_saved_stays_in_the_text(editor, store, qtbot):
    store.error = OSError(28, "No space left on device")
    put(editor, qtbot, "# mine")
    with qtbot.assertNotEmitted(editor.used):
        qtbot.mouseClick(editor.use, LEFT)
    assert editor.said() == (
        "Not saved: No space left on device. What you typed is still here."
    )
    assert editor.has_changes


def test_that_the_shipped_protocols_can_be_restored_and_that_undone(editor, qtbot):
    put(editor, qtbot, "# mine")
    qtbot.mouseClick(editor.restore, LEFT)
    assert editor.text.toPlainText() == SHIPPED
    assert editor.use.isEnabled()
    qtbot.mouseClick(editor.undo_bar.undo, LEFT)
    assert editor.text.toPlainText() == "# mine"


def test_that_changes_can_be_taken_back(editor, qtbot):
    put(editor, qtbot, "# mine")
    qtbot.mouseClick(editor.take_back, LEFT)
    assert editor.text.toPlainText() == IN_USE
    assert not editor.has_changes


def test_that_what_was_typed_is_still_there_when_the_sheet_opens_again(editor, qtbot):
    put(editor, qtbot, "# mine")
    with qtbot.waitSignal(editor.closed):
        qtbot.keyClick(editor.text, Qt.Key.Key_Escape)
    editor.refresh()
    assert editor.text.toPlainText() == "# mine"
