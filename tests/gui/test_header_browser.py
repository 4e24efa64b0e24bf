"""The header browser: reading off the main thread, search, folding, copying."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from gui.header_browser import HeaderBrowser
from gui.header_model import Column
from gui.outline_model import FoldRole
from studies.header_dump import HeaderRow

ROWS = (
    HeaderRow(0, "(0008,0060)", "Modality", "Modality", "CS", "CT", 2),
    HeaderRow(0, "(0008,1140)", "ReferencedImageSequence", "Referenced Images", "SQ"),
    HeaderRow(1, name="Item 1"),
    HeaderRow(2, "(0028,0010)", "Rows", "Rows", "US", "512", 2),
    HeaderRow(0, "(0010,0010)", "PatientName", "Patient's Name", "PN", "Müller", 6),
    HeaderRow(0, problem="The file ends here"),
)


def frames(count: int) -> tuple[HeaderRow, ...]:
    """A Per-Frame Functional Groups Sequence with an element in each item."""
    items = (
        row
        for number in range(1, count + 1)
        for row in (
            HeaderRow(1, name=f"Item {number}"),
            HeaderRow(2, "(0018,9074)", "A", "Time", "DT", str(number)),
        )
    )
    return (HeaderRow(0, "(5200,9230)", "P", "Per-frame", "SQ"), *items)


@pytest.fixture
def make(qtbot):
    """Show a browser whose dump gives the rows of a file's name."""
    made: list[HeaderBrowser] = []

    def build(known: dict[str, tuple[HeaderRow, ...]]) -> HeaderBrowser:
        browser = HeaderBrowser(lambda path: known[path.name])
        qtbot.addWidget(browser)
        browser.resize(784, 600)
        with qtbot.waitExposed(browser):
            browser.show()
        browser.activateWindow()
        made.append(browser)
        return browser

    yield build
    for browser in made:
        browser.stop()


@pytest.fixture
def browser(make, qtbot):
    """A browser with ROWS on screen and the focus in the table."""
    shown = make({"a.dcm": ROWS})
    shown.show_file(Path("a.dcm"))
    qtbot.waitUntil(lambda: shown.model.rowCount() == 6)
    shown.setFocus()
    return shown


def names(browser: HeaderBrowser) -> list[str]:
    model = browser.model
    return [
        str(model.index(row, Column.NAME).data()) for row in range(model.rowCount())
    ]


def current(browser: HeaderBrowser) -> str:
    row = browser.table.current_row
    return ROWS[row].name if row >= 0 else ""


def search(browser, qtbot, text: str) -> None:
    qtbot.keyClicks(browser.table, "/")
    qtbot.keyClicks(browser.search.field, text)
    qtbot.waitUntil(lambda: browser.model.filtered)


def test_that_a_file_is_dumped_off_the_main_thread(make, qtbot):
    threads = []

    class Watched(dict):
        def __getitem__(self, name):
            threads.append(threading.current_thread())
            return ROWS

    shown = make(Watched())
    shown.show_file(Path("a.dcm"))
    assert shown.search.count.text() == "Reading"
    qtbot.waitUntil(lambda: shown.model.rowCount() == 6)
    assert threads
    assert threading.main_thread() not in threads


def test_that_elements_are_counted_and_the_chosen_one_is_shown_in_full(browser):
    assert browser.search.count.text() == "4 elements"
    assert browser.detail.toPlainText() == "(0008,0060), Modality, CS, CT, 2 bytes"


def test_that_a_search_keeps_what_stands_above_a_hit(browser, qtbot):
    search(browser, qtbot, "512")
    assert names(browser) == ["Referenced Images", "Item 1", "Rows"]
    assert browser.search.count.text() == "1 of 1 hit"


@pytest.mark.parametrize(
    "text", ["00280010", "0028,0010", "(0028", "rows", "ROWS", "512"]
)
def test_that_a_search_looks_at_tag_name_and_value(browser, qtbot, text):
    search(browser, qtbot, text)
    assert current(browser) == "Rows"


def test_that_a_search_without_a_hit_says_so(browser, qtbot):
    search(browser, qtbot, "zebra")
    assert names(browser) == []
    assert browser.search.count.text() == "No hit"
    assert not browser.search.next.isEnabled()


def test_that_f3_goes_from_hit_to_hit_and_around(browser, qtbot):
    search(browser, qtbot, "(00")
    met = [current(browser)]
    for _ in range(4):
        qtbot.keyClick(browser.search.field, Qt.Key.Key_F3)
        met.append(current(browser))
    assert met == ["Modality", "Referenced Images", "Rows", "Patient's Name", met[0]]
    back = Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(browser.search.field, Qt.Key.Key_F3, back)
    assert current(browser) == "Patient's Name"


def test_that_enter_takes_a_text_just_typed_and_goes_to_the_list(browser, qtbot):
    qtbot.keyClicks(browser.table, "/")
    qtbot.keyClicks(browser.search.field, "ller")
    qtbot.keyClick(browser.search.field, Qt.Key.Key_Return)
    assert names(browser) == ["Patient's Name"]
    assert browser.table.hasFocus()


def test_that_escape_clears_the_search_then_closes(browser, qtbot):
    search(browser, qtbot, "rows")
    with qtbot.assertNotEmitted(browser.closed):
        qtbot.keyClick(browser.search.field, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: browser.model.rowCount() == 6)
    with qtbot.waitSignal(browser.closed):
        qtbot.keyClick(browser.search.field, Qt.Key.Key_Escape)


def test_that_escape_in_the_list_closes(browser, qtbot):
    with qtbot.waitSignal(browser.closed):
        qtbot.keyClick(browser.table, Qt.Key.Key_Escape)


def test_that_left_and_right_fold_and_open(browser, qtbot):
    browser.table.go_to(1)
    qtbot.keyClick(browser.table, Qt.Key.Key_Left)
    assert names(browser)[1:3] == ["Referenced Images", "Patient's Name"]
    qtbot.keyClick(browser.table, Qt.Key.Key_Right)
    assert names(browser)[1:4] == ["Referenced Images", "Item 1", "Rows"]


def test_that_left_goes_to_the_row_above_where_nothing_folds(browser, qtbot):
    browser.table.go_to(3)
    qtbot.keyClick(browser.table, Qt.Key.Key_Left)
    assert current(browser) == "Item 1"


def test_that_a_click_on_the_arrow_folds(browser, qtbot):
    index = browser.model.index(1, Column.NAME)
    assert index.data(FoldRole) is False
    rect = browser.table.visualRect(index)
    at = rect.center()
    at.setX(rect.left() + 8)
    qtbot.mouseClick(browser.table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert browser.model.index(1, Column.NAME).data(FoldRole) is True
    assert len(names(browser)) == 4


def test_that_chosen_rows_are_copied_as_text(browser, qtbot):
    browser.table.go_to(3)
    down = Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(browser.table, Qt.Key.Key_Down, down)
    qtbot.keyClick(browser.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == (
        "(0028,0010)\tRows\tUS\t512\t2\n(0010,0010)\tPatient's Name\tPN\tMüller\t6"
    )


def test_that_what_is_wrong_is_in_the_row_and_in_its_spoken_text(browser):
    index = browser.model.index(5, Column.VALUE)
    assert index.data() == "The file ends here"
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "The file ends here"


def test_that_many_items_begin_folded_but_that_of_the_frame_shown(make, qtbot):
    shown = make({"a.dcm": frames(9)})
    shown.show_file(Path("a.dcm"), frame=2)
    qtbot.waitUntil(lambda: shown.model.rowCount() > 0)
    assert names(shown)[:5] == [
        "Per-frame",
        "Item 1",
        "Item 2",
        "Item 3, this frame",
        "Time",
    ]
    assert len(names(shown)) == 11


def test_that_only_what_differs_from_the_image_before_can_be_shown(make, qtbot):
    other = (*ROWS[:3], HeaderRow(2, "(0028,0010)", "Rows", "Rows", "US", "256", 2))
    shown = make({"a.dcm": ROWS[:5], "b.dcm": (*other, ROWS[4])})
    shown.show_file(Path("a.dcm"), previous=Path("b.dcm"))
    qtbot.waitUntil(lambda: shown.model.rowCount() == 5)
    qtbot.mouseClick(shown.differences, Qt.MouseButton.LeftButton)
    assert names(shown) == ["Referenced Images", "Item 1", "Rows"]


def test_that_only_the_file_asked_for_last_is_shown(make, qtbot):
    gate = threading.Event()

    class Slow(dict):
        def __getitem__(self, name):
            if name == "slow.dcm":
                gate.wait(10)
                return ROWS
            return ROWS[:1]

    shown = make(Slow())
    counts = []
    shown.model.modelReset.connect(lambda: counts.append(shown.model.rowCount()))
    shown.show_file(Path("slow.dcm"))
    shown.show_file(Path("fast.dcm"))
    gate.set()
    qtbot.waitUntil(lambda: shown.model.rowCount() == 1)
    assert len(ROWS) not in counts


def test_that_a_window_command_of_the_same_key_does_not_fire(browser, qtbot):
    fired = []
    from PySide6.QtGui import QAction

    action = QAction(browser)
    action.setShortcuts(["Left", "/", "PgDown"])
    action.triggered.connect(lambda: fired.append(1))
    browser.addAction(action)
    browser.table.go_to(0)
    qtbot.keyClick(browser.table, Qt.Key.Key_Left)
    qtbot.keyClick(browser.table, Qt.Key.Key_PageDown)
    qtbot.keyClicks(browser.table, "/")
    assert fired == []
    assert browser.search.field.hasFocus()
