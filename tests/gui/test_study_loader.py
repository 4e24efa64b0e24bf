from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QThread

import gui.study_loader
from gui.study_loader import StudyLoader
from studies.discovery import discover
from studies.errors import UnreadableFileError
from studies.model import Discovery, Image
from studies.reader import read_header


@pytest.fixture
def loader(qtbot) -> Iterator[StudyLoader]:
    made = StudyLoader()
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
    assert told == [(0, 2), (1, 2), (2, 2)]


def test_that_a_film_is_read_and_delivered(qtbot, loader, rg1) -> None:
    (header,) = read_header(rg1)
    with qtbot.waitSignal(loader.image_read) as caught:
        loader.read_image(header)
    (image,) = caught.args
    assert isinstance(image, Image)
    assert image.stored.shape == (1955, 1841)


def test_that_a_film_that_is_gone_fails_with_a_sentence(
    qtbot, loader, rg1, tmp_path
) -> None:
    copy = tmp_path / "film.dcm"
    copy.write_bytes(rg1.read_bytes())
    (header,) = read_header(copy)
    copy.unlink()
    with qtbot.waitSignal(loader.image_failed) as caught:
        loader.read_image(header)
    assert caught.args == [header, "film.dcm cannot be read: there is no such file"]


def test_that_the_reading_is_done_in_another_thread(
    qtbot, loader, rg1, monkeypatch
) -> None:
    threads: list[QThread] = []

    def fake(paths: object, **_: object) -> Discovery:
        threads.append(QThread.currentThread())
        return Discovery()

    monkeypatch.setattr(gui.study_loader, "discover", fake)
    with qtbot.waitSignal(loader.discovered):
        loader.discover([rg1])
    assert threads == [loader._search.thread()]
    assert threads != [loader.thread()]


def test_that_answers_arrive_in_the_main_thread(qtbot, loader, rg1) -> None:
    main, threads = loader.thread(), []
    loader.discovered.connect(lambda _: threads.append(QThread.currentThread()))
    with qtbot.waitSignal(loader.discovered):
        loader.discover([rg1])
    assert threads == [main]


def test_that_only_the_latest_search_is_answered(
    qtbot, loader, rg1, rg3, monkeypatch
) -> None:
    started, go_on = threading.Event(), threading.Event()

    def slow(paths: tuple[Path, ...], **options: object) -> Discovery:
        if paths == (rg1,):
            started.set()
            go_on.wait(30)
        return discover(paths)

    monkeypatch.setattr(gui.study_loader, "discover", slow)
    found: list[Discovery] = []
    loader.discovered.connect(found.append)
    loader.discover([rg1])
    assert started.wait(30)
    with qtbot.waitSignal(loader.discovered):
        loader.discover([rg3])
        go_on.set()
    assert [one.studies[0].images[0].body_part for one in found] == ["EXTREMITY"]


def test_that_a_cancelled_film_is_not_answered(
    qtbot, loader, rg1, rg3, monkeypatch
) -> None:
    started, go_on = threading.Event(), threading.Event()
    read: list[Path] = []

    def slow(header: object) -> object:
        read.append(header.path)
        started.set()
        go_on.wait(30)
        raise UnreadableFileError(header.path, "for this test")

    monkeypatch.setattr(gui.study_loader, "read_image", slow)
    failed: list[object] = []
    loader.image_failed.connect(lambda header, why: failed.append(header))
    (chest,), (leg,) = read_header(rg1), read_header(rg3)
    loader.read_image(chest)  # runs
    assert started.wait(30)
    loader.read_image(chest)  # waits
    loader.cancel()
    with qtbot.waitSignal(loader.image_failed):
        loader.read_image(leg)
        go_on.set()
    assert failed == [leg]
    assert read == [chest.path, leg.path]  # the one that waited was never begun


def test_that_a_closed_loader_has_no_thread_and_does_nothing(qtbot, rg1) -> None:
    loader = StudyLoader()
    threads = loader._threads
    loader.discover([rg1])
    loader.close()
    assert not any(thread.isRunning() for thread in threads)
    with qtbot.assertNotEmitted(loader.discovered, wait=0):
        loader.discover([rg1])
    loader.close()
