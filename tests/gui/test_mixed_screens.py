"""Random folders of several patients in a real window: never two of them on screen.

Whose an image is, is read from its file on the disk by pydicom, and from a pixel that
the files of each person carry; not from anything that Overread made of it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from gui.study_words import patient_name
from studies.discovery import discover
from tests.mixed_folders import (
    PEOPLE,
    PIXELS_OF,
    identity_on_disk,
    patient_of,
    said_of,
    written,
)

FOLDERS = 60
CONTROL = Qt.KeyboardModifier.ControlModifier
KEYS = (
    (Qt.Key.Key_O,),
    (Qt.Key.Key_Right, CONTROL),
    (Qt.Key.Key_Left, CONTROL),
    (Qt.Key.Key_PageDown,),
    (Qt.Key.Key_PageUp,),
    (Qt.Key.Key_Y,),
    (Qt.Key.Key_Y,),
    (Qt.Key.Key_D,),
    (Qt.Key.Key_Down,),
)


def on_screen(stage) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what is on screen and whose its file is, by the disk and by the pixels."""
    for number, pane in enumerate(stage.station.viewport.panes):
        if pane.image is not None:
            yield f"pane {number}", identity_on_disk(pane.image.header.path)
            person = PEOPLE[int(pane.image.stored.flat[-1]) - PIXELS_OF]
            yield f"pixels of pane {number}", patient_of(person)
    for entry in stage.station.browse.strip.model().entries:
        for header in entry.series.images if entry.series is not None else ():
            yield "thumbnails", identity_on_disk(header.path)


def faults(stage) -> list[str]:
    """Return what on screen is of a second patient or names one."""
    if stage.window.page != "film":
        return list(named_while_asking(stage))
    patient = stage.station.case.patient
    owner = said_of(patient)
    told = [what for what, whose in on_screen(stage) if whose != owner]
    name = patient_name(patient)
    bar = stage.window.top.text().split(" | ")[0]
    words = {"title": stage.window.windowTitle(), "top bar": bar}
    expected = {"title": f"{name} - Overread", "top bar": name}
    told += [what for what in words if words[what] != expected[what]]
    for pane in stage.station.viewport.panes:
        if pane.image is None:
            continue
        lines = pane.view.canvas.corners.corners.top_left
        number = f"ID {patient.patient_id}" if patient.patient_id else "No ID"
        if lines[:2] != (patient.name or "No name", number):
            told.append(f"corners say {lines}")
    return told


def named_while_asking(stage) -> Iterator[str]:
    """Yield what still names somebody, or shows a film, without a study."""
    window = stage.window
    if window.windowTitle() != "Overread":
        yield "title"
    words = window.top.text()
    if any(part and part in words for person in PEOPLE for part in _names(person)):
        yield "top bar"
    if any(view.isVisible() for view in stage.station.viewport.views):
        yield "a film"
    if window.page == "choice" and window.sheet is not None:
        yield "a sheet beside the question"


def _names(person: tuple[str, ...]) -> tuple[str, ...]:
    return person[0].split("^")[0], person[1]


def look_into(stage, folder: Path) -> None:
    """Open a folder and wait for a question, a film, or for nothing."""
    station = stage.station
    station.open([folder])
    stage.qtbot.waitUntil(
        lambda: not station.loader.is_discovering and not station.asks_soon,
        timeout=20_000,
    )


def answer_all(stage, draw: random.Random) -> int:
    """Answer each question by keys, or open nothing; return how many there were."""
    asked = 0
    while stage.window.page == "choice":
        assert faults(stage) == []
        asked += 1
        choice = stage.window.choice
        if draw.random() < 0.1:
            stage.click(choice.cancel)
        else:
            for _ in range(draw.randrange(choice.list.count())):
                stage.press(Qt.Key.Key_Down)
            stage.press(Qt.Key.Key_Return)
    return asked


@pytest.mark.timeout(180)
def test_that_random_keys_on_mixed_folders_never_show_two_patients(
    make_stage, tmp_path
):
    stage = make_stage(size=(1100, 700), cards=())
    draw = random.Random(20260305)
    asked, panes, priors, told = 0, 0, 0, []
    for number in range(FOLDERS):
        look_into(stage, written(tmp_path / f"{number}", draw).place)
        asked += answer_all(stage, draw)
        for step in range(5):
            told += [f"folder {number}, step {step}: {one}" for one in faults(stage)]
            panes += sum(p.image is not None for p in stage.station.viewport.panes)
            priors += bool(stage.station.hanging.priors)
            if stage.window.page == "film":
                stage.press(*draw.choice(KEYS))
                QApplication.processEvents()
        if stage.window.sheet is not None:
            stage.press(Qt.Key.Key_Escape)
    assert told == []
    assert asked > FOLDERS // 2
    assert panes > 3 * FOLDERS  # else films were hardly looked at
    assert priors > 10


def two_of(folder: Path, draw: random.Random):
    """Return the studies of two patients of one drawn folder."""
    for number in range(100):
        found = discover([written(folder / f"{number}", draw).place])
        if len(found.patients) > 1 and len({p.name for p in found.patients}) > 1:
            first = found.studies[0]
            return first, next(
                one for one in found.studies if one.patient.name != first.patient.name
            )
    pytest.fail("no folder of two patients was drawn")


@pytest.fixture
def mixable(make_stage, tmp_path):
    """A window with a study, and a study of somebody else that it does not show."""
    stage = make_stage(size=(1100, 700), cards=())
    (tmp_path / "folders").mkdir()
    mine, theirs = two_of(tmp_path / "folders", random.Random(20260306))
    stage.open(mine.images[0].path)
    assert faults(stage) == []
    return stage, theirs


def test_that_a_film_of_somebody_else_in_a_pane_would_be_noticed(mixable):
    stage, theirs = mixable
    stage.press(Qt.Key.Key_O)
    stack = stage.station.store.stack(theirs, theirs.series[0])
    pane = stage.station.viewport.panes[-1]
    pane.show_stack(stack, 0)  # past all that guards against it
    stage.station.store.show([stack])
    stage.qtbot.waitUntil(lambda: stack.is_loaded)
    pane.refresh()
    place = stage.station.viewport.panes.index(pane)
    assert {f"pane {place}", f"pixels of pane {place}"} <= set(faults(stage))


def test_that_another_name_in_the_bar_would_be_noticed(mixable):
    stage, theirs = mixable
    stage.window.top.show_patient(patient_name(theirs.patient), "")
    assert faults(stage) == ["top bar"]


def test_that_a_file_which_changed_hands_would_be_noticed(mixable):
    stage, theirs = mixable
    header = stage.station.viewport.active.image.header
    header.path.write_bytes(theirs.images[0].path.read_bytes())
    assert {"pane 0", "thumbnails"} <= set(faults(stage))


def test_that_the_window_refuses_what_would_mix(mixable):
    stage, theirs = mixable
    with pytest.raises(ValueError, match="another patient"):
        stage.station.hanging.add_prior(theirs)
    with pytest.raises(ValueError, match="several patients"):
        stage.station.browse.strip.show_studies([stage.station.case.study, theirs])
