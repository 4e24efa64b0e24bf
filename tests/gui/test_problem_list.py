"""The list of problems: grouped, searched, copied."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from gui.problem_groups import lines_of, notice_words
from gui.problem_list import ProblemList
from studies.model import Problem, Severity

CUT = "Cannot be read: it is cut short"


def problem(name: str, what: str = CUT, severity: Severity = Severity.REFUSED):
    return Problem(Path("disc") / name, severity, what, "Copy it again.")


def many(count: int) -> list[Problem]:
    return [problem(f"{n}.dcm") for n in range(1, count + 1)]


@pytest.fixture
def sheet(qtbot):
    shown = ProblemList()
    qtbot.addWidget(shown)
    shown.resize(784, 600)
    with qtbot.waitExposed(shown):
        shown.show()
    shown.activateWindow()
    return shown


def files(sheet: ProblemList) -> list[str]:
    model = sheet.model
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


def test_that_refused_files_come_before_notices():
    notice = problem("a.dcm", "Odd", Severity.NOTICE)
    lines = lines_of([notice, problem("b.dcm")])
    assert [(line.file, line.refused) for line in lines] == [
        ("b.dcm", True),
        ("a.dcm", False),
    ]


@pytest.mark.parametrize(("count", "lines"), [(2, 2), (3, 4)])
def test_that_three_equal_problems_stand_under_one_line(count, lines):
    assert len(lines_of(many(count))) == lines


def test_that_a_group_is_folded_and_opens_by_key(sheet, qtbot):
    sheet.show_problems([*many(300), problem("odd.dcm", "Other")], 400)
    assert files(sheet) == ["300 files", "odd.dcm"]
    sheet.setFocus()
    qtbot.keyClick(sheet.table, Qt.Key.Key_Right)
    assert files(sheet)[:3] == ["300 files", "1.dcm", "2.dcm"]
    assert len(files(sheet)) == 302


def test_that_the_chosen_file_is_told_in_full(sheet, qtbot):
    sheet.show_problems([problem("a.dcm")], 2)
    path = Path("disc") / "a.dcm"
    assert sheet.detail.toPlainText() == f"{path}\n{CUT}\nCopy it again."


def test_that_a_search_opens_groups_and_counts(sheet, qtbot):
    sheet.show_problems([*many(30), problem("odd.dcm", "Other")], 40)
    sheet.setFocus()
    qtbot.keyClicks(sheet.table, "/")
    qtbot.keyClicks(sheet.search.field, "17.dcm")
    assert files(sheet) == ["30 files", "17.dcm"]
    assert sheet.search.count.text() == "1 of 31"
    qtbot.keyClick(sheet.search.field, Qt.Key.Key_Escape)
    assert files(sheet) == ["30 files", "odd.dcm"]


def test_that_no_match_is_said(sheet, qtbot):
    sheet.show_problems(many(2), 2)
    sheet.search.set_text("zebra")
    assert files(sheet) == []
    assert sheet.detail.toPlainText() == "No line holds “zebra”."


def test_that_the_whole_list_is_copied_as_text(sheet, qtbot):
    sheet.show_problems([problem("a.dcm")], 2)
    qtbot.mouseClick(sheet.copy, Qt.MouseButton.LeftButton)
    path = Path("disc") / "a.dcm"
    assert QGuiApplication.clipboard().text() == (
        f"1 of 2 files could not be opened\nrefused\t{path}\t{CUT}\tCopy it again."
    )


def test_that_a_line_is_spoken_with_what_it_means(sheet):
    sheet.show_problems([problem("a.dcm")], 2)
    spoken = sheet.model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == f"a.dcm, not opened, {CUT} Copy it again."


def test_that_escape_in_the_list_closes(sheet, qtbot):
    sheet.show_problems(many(2), 2)
    with qtbot.waitSignal(sheet.closed):
        qtbot.keyClick(sheet.table, Qt.Key.Key_Escape)


def test_that_notices_are_told_but_not_that_a_text_file_was_left_out():
    left_out = problem("README.md", "Not an image, left out", Severity.NOTICE)
    gap = problem("a.dcm", "Slices are missing: 1 in 1 gap", Severity.NOTICE)
    other = problem("b.dcm", "Cut short", Severity.NOTICE)
    assert notice_words([left_out, problem("c.dcm")]) == ""
    assert notice_words([left_out, gap]) == "Slices are missing: 1 in 1 gap"
    assert notice_words([left_out, gap, other]) == "2 notices on what was opened"
