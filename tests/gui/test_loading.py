"""Series on their way to the screen: slices first, then planes; memory goes back."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from gui import series_store
from gui.protocol_file import ProtocolFile
from gui.series_store import SeriesStore
from gui.stack_source import SeriesStack
from gui.study_loader import StudyLoader
from gui.viewport import MOST_PANES
from studies.discovery import discover
from studies.model import Window
from studies.series_pixels import SeriesPixels
from studies.stack import describe_stack
from tests.series_files import write_series


@pytest.fixture
def ct(tmp_path: Path) -> Path:
    """Twelve axial slices, 2 mm apart."""
    write_series(tmp_path / "ct")
    return tmp_path / "ct"


@pytest.fixture
def gate(monkeypatch) -> Iterator[threading.Event]:
    """Let the first image of a series through, the others when it is set."""
    opened, load = threading.Event(), SeriesPixels.load

    def gated(self, **how):
        if self.loaded:
            opened.wait(20)
        load(self, **how)

    monkeypatch.setattr(SeriesPixels, "load", gated)
    yield opened
    opened.set()


def all_shown(stage) -> bool:
    return all(pane.image is not None for pane in stage.station.viewport.panes)


# Slices before planes


def test_that_a_slice_is_on_screen_while_the_others_are_read(gate, stage, ct):
    stage.open(ct)
    axial, sagittal, *_ = stage.station.viewport.panes
    assert isinstance(axial.stack, SeriesStack)
    assert axial.header.plane.position[2] == pytest.approx(10.0, abs=2.0)
    assert sagittal.image is None
    assert "Reading" in sagittal.view.accessibleDescription()


def test_that_the_planes_begin_at_the_slice_that_was_looked_at(gate, stage, ct):
    stage.open(ct)
    axial = stage.station.viewport.panes[0]
    before = axial.header.plane.position[2]
    gate.set()
    stage.qtbot.waitUntil(lambda: all_shown(stage), timeout=20_000)
    assert axial.title == "Axial"
    assert axial.header.plane.position[2] == pytest.approx(before)


def test_that_a_window_chosen_meanwhile_stays(gate, stage, ct):
    stage.open(ct)
    axial = stage.station.viewport.panes[0]
    axial.view.set_voi(Window(120.0, 60.0, ""))
    gate.set()
    stage.qtbot.waitUntil(lambda: all_shown(stage), timeout=20_000)
    voi = axial.view.voi()
    assert (voi.center, voi.width) == (120.0, 60.0)


def test_that_a_study_closed_while_it_is_read_shows_nothing_later(gate, stage, ct):
    stage.open(ct)
    stage.window.commands["close-study"].trigger()
    gate.set()
    stage.qtbot.waitUntil(lambda: stage.window.page == "empty")
    stage.qtbot.wait(20)
    panes = stage.station.viewport.panes
    assert [pane.image for pane in panes] == [None] * len(panes)


# What is made ahead


def test_that_all_panes_are_made_before_a_study_opens(stage):
    stage.qtbot.waitUntil(lambda: stage.station.warm_up.is_done, timeout=10_000)
    assert len(stage.station.viewport._all) == MOST_PANES
    assert len(stage.station.viewport.panes) == 1


def test_that_panes_made_ahead_know_the_tool_in_use(stage, ct):
    stage.qtbot.waitUntil(lambda: stage.station.warm_up.is_done, timeout=10_000)
    stage.station.viewport.set_tool("zoom")
    stage.open(ct)
    assert {pane.view.tool() for pane in stage.station.viewport.panes} == {"zoom"}


def test_that_saved_protocols_are_read_anew(tmp_path):
    file = ProtocolFile(tmp_path / "hanging.toml")
    shipped = file.protocols()
    assert file.protocols() is shipped
    file.save(
        '[[protocol]]\nname = "Mine"\nlayout = "1x1"\n'
        "[protocol.when]\n[[protocol.slot]]\n"
    )
    assert [one.name for one in file.protocols()] == ["Mine"]


def test_that_stacks_are_described_by_the_time_a_study_is_found(qtbot, ct, monkeypatch):
    asked = []
    monkeypatch.setattr("gui.study_loader.describe_stack", asked.append)
    loader = StudyLoader(discover)
    with qtbot.waitSignal(loader.discovered, timeout=10_000) as told:
        loader.discover([ct])
    loader.close()
    assert asked == [told.args[0].studies[0].series[0].images]


def test_that_a_stack_is_described_once(ct):
    images = discover([ct]).studies[0].series[0].images
    assert describe_stack(images) is describe_stack(images)
    assert describe_stack(list(images)) == describe_stack(images)
    assert describe_stack(images[:2]) != describe_stack(images)


# The store


class HalfTold:
    """Pixels of which a cancelled load keeps an image that it did not tell of."""

    def __init__(self, headers):
        self.headers, self.nbytes, self.kept = headers, 0, {}

    @property
    def count(self):
        return len(self.headers)

    @property
    def loaded(self):
        return len(self.kept)

    def image(self, index):
        return self.kept.get(index)

    def failure(self, index):
        return ""

    def load(self, *, first, on_image, cancelled):
        for index in range(len(self.kept), self.count):
            if cancelled():
                self.kept[index] = "read, not told of"
                return
            self.kept[index] = "read"
            on_image(index)

    def close(self):
        self.kept.clear()


def test_that_every_image_read_is_told_of_once(qtbot, ct, monkeypatch):
    monkeypatch.setattr(series_store, "SeriesPixels", HalfTold)
    study = discover([ct]).studies[0]
    store, told = SeriesStore(), []
    store.image_read.connect(lambda _, index: told.append(index))
    with qtbot.waitSignal(store.series_read, timeout=10_000):
        store.show([store.stack(study, study.series[0])])
    store.close()
    assert sorted(told) == list(range(12))


def test_that_the_longest_unused_series_goes_when_memory_is_short(qtbot, tmp_path):
    for number in (1, 2):
        write_series(tmp_path / "mr", modality="MR", series=f"2.25.20{number}")
    study = discover([tmp_path / "mr"]).studies[0]
    store = SeriesStore(budget_bytes=12 * 32 * 40 * 2)
    stacks = []
    for series in study.series:
        stacks.append(store.stack(study, series))
        with qtbot.waitSignal(store.series_read, timeout=10_000):
            store.show([stacks[-1]])
    first, second = stacks
    assert store.find(first.key) is None
    assert first.image(0) is None
    assert store.find(second.key) is second
    assert second.image(0) is not None
    store.close()


def test_that_images_are_found_by_their_place(ct):
    study = discover([ct]).studies[0]
    stack = SeriesStack(study, study.series[0], SeriesPixels(study.series[0].images))
    places = [stack.find(h.sop_instance_uid, h.frame) for h in study.images]
    assert places == list(range(12))
    assert stack.find("2.25.1", 1) is None


# Memory


def test_that_a_closed_study_leaves_no_pixels_behind(stage, ct):
    stage.open(ct)
    stage.qtbot.waitUntil(lambda: all_shown(stage), timeout=20_000)
    pane = stage.station.viewport.panes[0]
    source = stage.station.mpr.source
    block = source.pixels.stack().base
    held = [weakref.ref(one) for one in (source.pixels, pane.stack.reslicer, block)]
    del pane, source, block
    stage.window.commands["close-study"].trigger()
    stage.qtbot.waitUntil(lambda: stage.window.page == "empty")
    QApplication.processEvents()
    gc.collect()
    assert [one() for one in held] == [None, None, None]
