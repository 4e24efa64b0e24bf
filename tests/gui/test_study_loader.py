from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QThread

from gui.study_loader import StudyLoader
from studies.discovery import discover
from studies.model import Discovery


@pytest.fixture
def loader(qtbot) -> Iterator[StudyLoader]:
    made = StudyLoader(discover)
    yield made
    made.close()


def test_that_studies_are_found_and_delivered(qtbot, loader, rg1) -> None:
    with qtbot.waitSignal(loader.discovered) as caught:
        loader.discover([rg1])
    (found,) = caught.args
    assert isinstance(found, Discovery)
    assert found.studies[0].images[0].body_part == "CHEST"
    assert not loader.is_discovering


def test_that_the_progress_of_a_search_is_told(qtbot, loader, rg1, rg3) -> None:
    told: list[tuple[int, int]] = []
    loader.discovery_progress.connect(lambda done, total: told.append((done, total)))
    with qtbot.waitSignal(loader.discovered):
        loader.discover([rg1, rg3])
    # Those in between are told of only as often as a screen can show.
    assert told[0] == (0, 2)
    assert told[-1] == (2, 2)
    assert told == sorted(set(told))


def test_that_the_search_is_done_in_another_thread(qtbot, rg1) -> None:
    threads: list[QThread] = []

    def fake(paths: object, **_: object) -> Discovery:
        threads.append(QThread.currentThread())
        return Discovery()

    loader = StudyLoader(fake)
    with qtbot.waitSignal(loader.discovered):
        loader.discover([rg1])
    assert threads == [loader._search.thread()]
    assert threads != [loader.thread()]
    loader.close()


def test_that_answers_arrive_in_the_main_thread(qtbot, loader, rg1) -> None:
    main, threads = loader.thread(), []
    loader.discovered.connect(lambda _: threads.append(QThread.currentThread()))
    with qtbot.waitSignal(loader.discovered):
        loader.discover([rg1])
    assert threads == [main]


def test_that_only_the_latest_search_is_answered(qtbot, rg1, rg3) -> None:
    started, go_on = threading.Event(), threading.Event()

    def slow(paths: tuple[Path, ...], **options: object) -> Discovery:
        if paths == (rg1,):
            started.set()
            go_on.wait(30)
        return discover(paths)

    loader = StudyLoader(slow)
    found: list[Discovery] = []
    loader.discovered.connect(found.append)
    loader.discover([rg1])
    assert started.wait(30)
    with qtbot.waitSignal(loader.discovered):
        loader.discover([rg3])
        go_on.set()
    assert [one.studies[0].images[0].body_part for one in found] == ["EXTREMITY"]
    loader.close()


def test_that_a_closed_loader_has_no_thread_and_does_nothing(qtbot, rg1) -> None:
    loader = StudyLoader(discover)
    thread = loader._thread
    loader.discover([rg1])
    loader.close()
    assert not thread.isRunning()
    with qtbot.assertNotEmitted(loader.discovered, wait=0):
        loader.discover([rg1])
    loader.close()
