"""The list of others' marks in the dock."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from gui.marks_list import MarksList
from studies.mark_model import MadeBy, Mark, MarkKind, MarkSet, Presentation, Region
from studies.model import OtherObject

SOURCE = OtherObject(Path("a.dcm"), "Segmentation")
ONE = ("1.2.3", 0)


def mark(key: str, label: str) -> Mark:
    region = Region(4, 4, 0, 0, np.full((1, 1), 255, np.uint8))
    return Mark(
        key, label, (86, 180, 233), MarkKind.SEGMENT, SOURCE, region=region,
        made_by=MadeBy.AUTOMATIC, algorithm="Net 3", detail="12 mL",
    )  # fmt: skip


SEGMENTS = MarkSet(
    SOURCE,
    "Organs",
    {ONE: (mark("u/1", "Liver"), mark("u/2", "Spleen"))},
    ("Liver, frames: 2 lie on no image of this study.",),
    "Maker",
)
REPORT = MarkSet(
    OtherObject(Path("sr.dcm"), "Comprehensive SR"),
    "Report <b>1</b>",
    {},
    text=((0, "Report"), (1, "Comment: <i>one</i>\ntwo")),
    presentations={ONE: Presentation()},
)


@pytest.fixture
def shown(qtbot: QtBot) -> MarksList:
    made = MarksList()
    qtbot.addWidget(made)
    made.resize(400, 700)
    made.show_sets((SEGMENTS, REPORT))
    made.show()
    qtbot.waitExposed(made)
    return made


def test_that_all_marks_are_shown_at_first(shown: MarksList) -> None:
    assert shown.visible == {"u/1", "u/2"}
    assert {key: look.tag for key, look in shown.looks.items()} == {
        "u/1": "L",
        "u/2": "S",
    }
    assert shown.fill == pytest.approx(0.6)


def test_that_space_turns_the_eye_of_the_current_row(
    shown: MarksList, qtbot: QtBot
) -> None:
    shown.tree.setFocus()
    with qtbot.waitSignal(shown.changed):
        qtbot.keyClick(shown.tree, Qt.Key.Key_Down)
        qtbot.keyClick(shown.tree, Qt.Key.Key_Space)
    assert shown.visible == {"u/2"}


def test_that_the_eye_of_a_set_turns_all_its_marks(
    shown: MarksList, qtbot: QtBot
) -> None:
    shown.tree.setFocus()
    qtbot.keyClick(shown.tree, Qt.Key.Key_Space)
    assert shown.visible == frozenset()


def test_that_a_click_on_the_eye_turns_it_and_one_on_the_name_does_not(
    shown: MarksList, qtbot: QtBot
) -> None:
    row = shown.tree.topLevelItem(0).child(1)
    middle = shown.tree.visualItemRect(row).center().y()
    left = Qt.MouseButton.LeftButton
    viewport = shown.tree.viewport()
    qtbot.mouseClick(viewport, left, pos=QPoint(200, middle))
    assert shown.visible == {"u/1", "u/2"}
    qtbot.mouseClick(viewport, left, pos=QPoint(18, middle))
    assert shown.visible == {"u/1"}
    qtbot.mouseClick(viewport, left, pos=QPoint(18, middle))
    assert shown.visible == {"u/1", "u/2"}


def test_that_one_button_hides_and_shows_all(shown: MarksList, qtbot: QtBot) -> None:
    with qtbot.waitSignal(shown.changed):
        shown.all_button.click()
    assert shown.visible == frozenset()
    assert shown.all_button.word() == "Show all"
    shown.toggle_all()
    assert shown.visible == {"u/1", "u/2"}
    assert shown.all_button.word() == "Hide all"


def test_that_hidden_marks_stay_hidden_when_the_study_comes_again(
    shown: MarksList,
) -> None:
    shown.toggle_all()
    shown.show_sets((REPORT,))
    assert shown.visible == frozenset()
    shown.show_sets((SEGMENTS,))
    assert shown.visible == frozenset()
    assert shown.all_button.word() == "Show all"


def test_that_what_is_not_drawn_is_listed_with_its_object(shown: MarksList) -> None:
    assert shown.not_drawn.text.text() == (
        "Organs: Liver, frames: 2 lie on no image of this study."
    )
    assert shown.not_drawn.isVisible()
    shown.show_sets((SEGMENTS,), ["b.dcm cannot be read: damaged."])
    assert shown.not_drawn.text.text().splitlines() == [
        "b.dcm cannot be read: damaged.",
        "Liver, frames: 2 lie on no image of this study.",
    ]
    shown.show_sets(())
    assert not shown.not_drawn.isVisible()


def test_that_a_report_is_read_as_plain_text(shown: MarksList, qtbot: QtBot) -> None:
    assert not shown.read_button.isVisible()
    shown.tree.setCurrentItem(shown.tree.topLevelItem(1))
    assert shown.read_button.isVisible()
    qtbot.mouseClick(shown.read_button, Qt.MouseButton.LeftButton)
    text = "Report\n  Comment: <i>one</i>\n  two"
    assert shown.report.toPlainText() == text
    assert shown.report.isReadOnly()
    qtbot.mouseClick(shown.read_button, Qt.MouseButton.LeftButton)
    assert not shown.report.isVisible()


def test_that_a_presentation_is_asked_for_not_applied(
    shown: MarksList, qtbot: QtBot
) -> None:
    shown.tree.setCurrentItem(shown.tree.topLevelItem(1))
    with qtbot.waitSignal(shown.presentation_asked) as asked:
        qtbot.mouseClick(shown.view_button, Qt.MouseButton.LeftButton)
    assert asked.args == [REPORT]


def test_that_rows_say_what_who_and_how_much(shown: MarksList) -> None:
    role = Qt.ItemDataRole.AccessibleTextRole
    top = shown.tree.topLevelItem(0)
    assert top.data(0, role) == "Organs, Segmentation, 2 marks. Maker"
    assert top.child(0).data(0, role) == "Liver, 12 mL; automatic, Net 3"
    for control in (shown.tree, shown.slider, shown.all_button, shown.not_drawn):
        assert control.accessibleName()


def test_that_the_slider_changes_the_fill(shown: MarksList, qtbot: QtBot) -> None:
    shown.slider.setFocus()
    with qtbot.waitSignal(shown.changed):
        qtbot.keyClick(shown.slider, Qt.Key.Key_Right)
    assert shown.fill == pytest.approx(0.7)
