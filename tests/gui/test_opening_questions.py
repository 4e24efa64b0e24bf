"""Whose images these are, and which file counts: asked before anything opens."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QWidget

from gui.identity_hold import LEFT
from studies.discovery import discover
from tests.mixed_folders import PEOPLE, file_of

JANE, RICHARD = PEOPLE[0], PEOPLE[-1]
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def disc(tmp_path: Path) -> Path:
    folder = tmp_path / "disc"
    folder.mkdir()
    return folder


def put(folder: Path, name: str, person=JANE, **more) -> Path:
    path = folder / name
    path.write_bytes(file_of(person, **more))
    return path


def asked(stage, *paths: Path) -> str:
    """Open files; wait for the question and return it."""
    stage.station.open(list(paths))
    stage.qtbot.waitUntil(lambda: stage.window.page == "choice", timeout=20_000)
    return stage.window.choice.text()


def shown(stage) -> set[str]:
    """Return the names of the files of the study on screen, once a film is there."""
    station = stage.station
    stage.qtbot.waitUntil(lambda: station.viewport.active.image is not None)
    assert stage.window.page == "film"
    return {header.path.name for header in station.case.study.images}


def visible_words(stage, *, but: QWidget | None = None) -> str:
    """Return all that can be read or heard in the window, `but` apart."""
    words = [stage.window.windowTitle()]
    for part in stage.window.findChildren(QWidget):
        if not part.isVisible() or (
            but is not None and (part is but or but.isAncestorOf(part))
        ):
            continue
        words += [part.accessibleName(), part.accessibleDescription(), part.toolTip()]
        words.append(str(part.property("text") or ""))
        if isinstance(part, QAbstractItemView) and part.model() is not None:
            rows = range(part.model().rowCount())
            words += [str(part.model().index(row, 0).data()) for row in rows]
    return "\n".join(words)


def names_nobody(words: str) -> bool:
    return not any(part in words for part in ("Doe", "Roe", "Jane", "Richard", "P9"))


# Which patient.


def test_that_nothing_of_any_patient_is_seen_or_heard_beside_the_question(
    make_stage, disc
):
    stage = make_stage()
    one = put(disc, "a.dcm")
    stage.open(one)  # read before, and among the recent studies
    assert "Doe, Jane" in visible_words(stage)
    put(disc, "b.dcm", RICHARD, study="1.2.2", sop="1.4.2")
    assert asked(stage, disc) == "Two patients found. Choose one."
    window = stage.window
    assert names_nobody(visible_words(stage, but=window.choice))
    assert window.windowTitle() == "Overread"
    for part in (*stage.station.viewport.views, stage.station.browse.strip):
        assert not part.isVisible()
    assert not window.empty.recent.isVisible()
    assert not window.dock.isVisible()


def test_that_no_command_reaches_the_study_beneath_the_question(reading, disc):
    put(disc, "a.dcm")
    put(disc, "b.dcm", RICHARD, study="1.2.2", sop="1.4.2")
    commands = reading.window.commands
    enabled = ("confirm", "layout", "export", "studies", "header")
    before = {key: commands[key].isEnabled() for key in enabled}
    assert all(before.values())
    asked(reading, disc)
    commands["confirm"].setEnabled(True)  # as an analysis does that ends meanwhile
    layout = reading.station.viewport.layout_name
    for keys in (
        (Qt.Key.Key_C,),
        (Qt.Key.Key_O,),
        (Qt.Key.Key_I, CONTROL),
        (Qt.Key.Key_1, CONTROL),
        (Qt.Key.Key_PageDown,),
        (Qt.Key.Key_W, CONTROL),
    ):
        reading.press(*keys)
    assert reading.window.page == "choice"
    assert reading.window.sheet is None
    assert reading.station.viewport.layout_name is layout
    assert all(finding.decision is None for finding in reading.model.findings)
    assert all(commands[key].isEnabled() for key in LEFT)
    reading.click(reading.window.choice.cancel)
    assert {key: commands[key].isEnabled() for key in enabled} == before
    assert "RG1" in reading.window.windowTitle()


def test_that_one_study_uid_of_two_patients_is_said_in_the_question(stage, disc):
    put(disc, "a.dcm")
    put(disc, "b.dcm", RICHARD, sop="1.4.2")
    assert asked(stage, disc) == "Two patients found. Choose one."
    assert "One Study Instance UID stands in files of several patients" in (
        stage.window.choice.detail_text()
    )
    stage.press(Qt.Key.Key_2)
    stage.press(Qt.Key.Key_Return)
    assert shown(stage) == {"b.dcm"}
    assert "Roe, Richard" in stage.window.windowTitle()
    assert "Doe" not in visible_words(stage)


def test_that_a_report_of_somebody_else_in_the_study_is_a_question(stage, disc):
    put(disc, "a.dcm")
    put(disc, "b.dcm", RICHARD, sop="1.4.2", is_report=True)
    assert asked(stage, disc) == "Files of this study name another patient. Open it?"
    assert stage.window.choice.list.count() == 1
    stage.press(Qt.Key.Key_Return)
    assert shown(stage) == {"a.dcm"}


def test_that_patients_who_differ_in_the_issuer_alone_are_told_apart(stage, disc):
    put(disc, "a.dcm", PEOPLE[5])
    put(disc, "b.dcm", PEOPLE[6], study="1.2.2", sop="1.4.2")
    asked(stage, disc)
    role = Qt.ItemDataRole.AccessibleTextRole
    rows = stage.window.choice.list
    spoken = [rows.item(row).data(role) for row in range(rows.count())]
    assert "ID issued by Clinic A" in spoken[0]
    assert "ID issued by Clinic B" in spoken[1]


# Which file.


@pytest.fixture
def doubted(disc) -> Path:
    """Two images; of the second there are two files with other pixels."""
    put(disc, "a.dcm")
    put(disc, "b.dcm", sop="1.4.2")
    put(disc, "c.dcm", sop="1.4.2", shade=1)
    return disc


WHICH = "Two files claim to be the same image. Which one counts?"


@pytest.mark.parametrize(
    ("downs", "files"),
    [(0, {"a.dcm", "b.dcm"}), (1, {"a.dcm", "c.dcm"}), (2, {"a.dcm"})],
    ids=["keep the first", "take the second", "leave the image out"],
)
def test_that_the_answer_is_what_opens(stage, doubted, downs, files):
    assert asked(stage, doubted) == WHICH
    assert names_nobody(visible_words(stage, but=stage.window.choice))
    for _ in range(downs):
        stage.press(Qt.Key.Key_Down)
    stage.press(Qt.Key.Key_Return)
    assert shown(stage) == files


def test_that_the_pixels_are_those_of_the_chosen_file(stage, doubted):
    (doubted / "a.dcm").unlink()
    asked(stage, doubted)
    stage.press(Qt.Key.Key_2)
    stage.press(Qt.Key.Key_Return)
    assert shown(stage) == {"c.dcm"}
    assert stage.station.viewport.active.image.stored[0, 0] == 1


def test_that_nothing_opens_if_nobody_knows(stage, doubted):
    asked(stage, doubted)
    stage.click(stage.window.choice.cancel)
    assert stage.window.page == "empty"
    assert stage.station.case is None


def test_that_the_question_is_asked_again_at_every_opening(stage, doubted):
    for _ in range(2):  # the second time nothing is read: the index knows it
        assert asked(stage, doubted) == WHICH
        stage.press(Qt.Key.Key_2)
        stage.press(Qt.Key.Key_Return)
        assert shown(stage) == {"a.dcm", "c.dcm"}


def test_that_the_file_not_chosen_is_listed_and_the_chosen_is_not(stage, doubted):
    asked(stage, doubted)
    stage.press(Qt.Key.Key_2)
    stage.press(Qt.Key.Key_Return)
    shown(stage)
    assert stage.window.notice.text() == "1 of 3 files could not be opened"
    stage.click(stage.window.notice.buttons[0])
    assert stage.window.sheet.table.model().index(0, 0).data() == "b.dcm"


def test_that_leaving_out_the_only_image_says_that_nothing_is_left(stage, doubted):
    (doubted / "a.dcm").unlink()
    asked(stage, doubted)
    stage.press(Qt.Key.Key_3)
    stage.press(Qt.Key.Key_Return)
    assert stage.window.page == "empty"
    assert stage.window.empty.text().startswith("Nothing is left to open.")


def test_that_leaving_out_the_only_image_keeps_what_was_open(reading, doubted):
    (doubted / "a.dcm").unlink()
    asked(reading, doubted)
    reading.press(Qt.Key.Key_3)
    reading.press(Qt.Key.Key_Return)
    assert "RG1" in reading.window.windowTitle()
    assert reading.window.notice.text().startswith("Nothing is left to open.")


def test_that_who_and_which_are_asked_one_after_the_other(stage, doubted):
    put(doubted, "d.dcm", RICHARD, sop="1.4.2")
    put(doubted, "e.dcm", RICHARD, study="1.2.2", sop="1.4.3")
    assert asked(stage, doubted) == "Two patients found. Choose one."
    stage.press(Qt.Key.Key_2)
    stage.press(Qt.Key.Key_Return)
    choice = stage.window.choice
    assert choice.text() == (
        "Files of two patients claim to be the same image. Does this one count?"
    )
    assert choice.list.count() == 2  # d.dcm or none, nothing of Jane's
    assert names_nobody(visible_words(stage, but=choice))
    stage.press(Qt.Key.Key_Return)
    assert shown(stage) == {"e.dcm"}
    assert [who.name for who in stage.station.case.patients] == ["Roe, Richard"]
    stage.press(Qt.Key.Key_PageDown)  # the study that d.dcm alone makes up
    assert shown(stage) == {"d.dcm"}


def test_that_a_key_held_down_answers_one_question_only(stage, doubted):
    put(doubted, "d.dcm", sop="1.4.1", shade=2)
    asked(stage, doubted)
    rows = stage.window.choice.list
    for repeated in (False, True, True):
        held = QKeyEvent(
            QEvent.Type.KeyPress,
            Qt.Key.Key_Return,
            Qt.KeyboardModifier.NoModifier,
            "\r",
            repeated,
        )
        QApplication.sendEvent(rows, held)
    assert stage.window.page == "choice"
    stage.press(Qt.Key.Key_Return)
    assert shown(stage) == {"a.dcm", "b.dcm"}


# Many images.


@pytest.fixture
def doubled(disc) -> Path:
    """Four images, each in two files; a fifth in one."""
    for number in range(4):
        put(disc, f"a{number}.dcm", sop=f"1.4.{number}")
        put(disc, f"b{number}.dcm", sop=f"1.4.{number}", shade=1)
    put(disc, "c.dcm", sop="1.4.9")
    return disc


@pytest.mark.parametrize(
    ("key", "files"),
    [
        (Qt.Key.Key_1, {"a0.dcm", "a1.dcm", "a2.dcm", "a3.dcm", "c.dcm"}),
        (Qt.Key.Key_2, {"c.dcm"}),
    ],
    ids=["keep the first", "leave all out"],
)
def test_that_many_images_are_one_question(stage, doubled, key, files):
    assert asked(stage, doubled).startswith("4 images stand in several files each")
    stage.press(key)
    stage.press(Qt.Key.Key_Return)
    assert shown(stage) == files


def test_that_nothing_opens_of_many_images_if_nobody_knows(stage, doubled):
    asked(stage, doubled)
    stage.click(stage.window.choice.cancel)
    assert stage.window.page == "empty"


# Other ways to open.


def test_that_another_opening_drops_the_question(stage, doubted, rg1):
    asked(stage, doubted)
    stage.open(rg1)
    assert "RG1" in stage.window.windowTitle()
    assert stage.window.commands["layout"].isEnabled()


def indexed(stage, uid: str):
    index = stage.station.search.index()
    return next(one for one in index.search() if one.study_instance_uid == uid)


def test_that_a_study_of_the_list_is_asked_about_too(stage, doubted):
    asked(stage, doubted)
    stage.click(stage.window.choice.cancel)
    stage.station.browse.open_study(indexed(stage, "1.2.1"))
    stage.qtbot.waitUntil(lambda: stage.window.page == "choice", timeout=20_000)
    assert stage.window.choice.text() == WHICH
    stage.press(Qt.Key.Key_3)
    stage.press(Qt.Key.Key_Return)
    assert shown(stage) == {"a.dcm"}


def test_that_a_prior_is_asked_about_before_it_hangs(stage, doubted, tmp_path):
    asked(stage, doubted)
    stage.click(stage.window.choice.cancel)
    (tmp_path / "now").mkdir()
    stage.open(put(tmp_path / "now", "n.dcm", study="1.2.9", sop="1.4.8"))
    station = stage.station
    stage.qtbot.waitUntil(lambda: bool(station.browse.offer.buttons))
    stage.press(Qt.Key.Key_Y)
    stage.qtbot.waitUntil(lambda: stage.window.page == "choice", timeout=20_000)
    assert names_nobody(visible_words(stage, but=stage.window.choice))
    stage.press(Qt.Key.Key_2)
    stage.press(Qt.Key.Key_Return)
    assert stage.window.page == "film"
    (prior,) = station.hanging.priors
    assert {image.path.name for image in prior.images} == {"a.dcm", "c.dcm"}
    assert station.case.study.study_instance_uid == "1.2.9"


def test_that_a_study_being_read_does_not_answer_a_question(stage, disc):
    stage.open(put(disc, "a.dcm"))
    put(disc, "b.dcm", RICHARD, study="1.2.2", sop="1.4.2")
    browse = stage.station.browse
    found = discover([disc])
    with stage.qtbot.assertNotEmitted(browse.opened, wait=100):
        browse.open_study(indexed(stage, "1.2.1"))
        stage.station.opening.settle(found)
    assert stage.window.page == "choice"


# Files that are gone since the study was listed.


def test_that_a_study_of_the_list_says_which_files_are_gone(stage, disc):
    stage.open(put(disc, "a.dcm"), put(disc, "b.dcm", sop="1.4.2"))
    listed = indexed(stage, "1.2.1")
    (disc / "b.dcm").unlink()
    with stage.qtbot.waitSignal(stage.station.opening.found):
        stage.station.browse.open_study(listed)
    assert shown(stage) == {"a.dcm"}
    assert stage.window.notice.isVisible()
    assert "1 of 2 files" in stage.window.notice.text()


def test_that_a_prior_says_which_files_are_gone(stage, disc, tmp_path):
    stage.open(put(disc, "a.dcm"), put(disc, "b.dcm", sop="1.4.2"))
    (disc / "b.dcm").unlink()
    (tmp_path / "now").mkdir()
    stage.open(put(tmp_path / "now", "n.dcm", study="1.2.9", sop="1.4.8"))
    station = stage.station
    stage.qtbot.waitUntil(lambda: bool(station.browse.offer.buttons))
    stage.press(Qt.Key.Key_Y)
    stage.qtbot.waitUntil(lambda: bool(station.hanging.priors), timeout=20_000)
    assert stage.window.notice.isVisible()
    assert "1 of 3 files" in stage.window.notice.text()
