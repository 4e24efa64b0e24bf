"""Series are read in a thread, what is on screen first, within a budget."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gui.series_store import SeriesStore
from studies.discovery import discover
from studies.model import Study
from tests.series_files import write_series


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Two series of twelve slices of 32 x 40 pixels, 16 bits."""
    for number in (1, 2):
        write_series(tmp_path, series=f"2.25.50{number}", number=number)
    (found,) = discover([tmp_path]).studies
    return found


@pytest.fixture
def store(qtbot) -> Iterator[SeriesStore]:
    made = SeriesStore()
    yield made
    made.close()


def read_all(qtbot, store: SeriesStore, *stacks) -> list[tuple[str, int]]:
    """Have stacks read; return what was told, in its order."""
    told: list[tuple[str, int]] = []
    store.image_read.connect(lambda key, index: told.append((key, index)))
    store.show(stacks)
    qtbot.waitUntil(lambda: all(stack.is_loaded for stack in stacks), timeout=20_000)
    wanted = sum(stack.count for stack in stacks)
    qtbot.waitUntil(lambda: len(told) == wanted, timeout=5_000)
    return told


def test_that_the_wanted_image_is_read_before_its_neighbours(qtbot, store, study):
    stack = store.stack(study, study.series[0])
    stack.first = 7
    told = read_all(qtbot, store, stack)
    assert told[0] == (stack.key, 7)
    assert sorted(index for _, index in told) == list(range(12))


def test_that_every_series_on_screen_gets_one_image_before_any_gets_all(
    qtbot, store, study
):
    stacks = [store.stack(study, series) for series in study.series]
    told = read_all(qtbot, store, *stacks)
    first_of_second = next(n for n, (key, _) in enumerate(told) if key == stacks[1].key)
    assert first_of_second < 12


def test_that_one_series_is_one_stack(store, study):
    assert store.stack(study, study.series[0]) is store.stack(study, study.series[0])


def test_that_what_is_not_on_screen_goes_when_memory_is_short(qtbot, study):
    one_series = 12 * 32 * 40 * 2
    store = SeriesStore(budget_bytes=one_series + 1)
    first, second = (store.stack(study, series) for series in study.series)
    store.show([second])
    assert store.find(first.key) is None
    assert store.find(second.key) is second
    store.close()


def test_that_a_missing_file_is_a_failure_of_its_image_alone(qtbot, store, study):
    lost = study.series[0].images[3]
    lost.path.unlink()
    stack = store.stack(study, study.series[0])
    read_all(qtbot, store, stack)
    assert lost.path.name in stack.failure(3)
    assert stack.image(3) is None
    assert all(stack.image(index) is not None for index in range(12) if index != 3)


def test_that_a_closed_store_reads_nothing(qtbot, study):
    store = SeriesStore()
    store.close()
    stack = store.stack(study, study.series[0])
    with qtbot.assertNotEmitted(store.image_read, wait=0):
        store.show([stack])
    assert stack.image(0) is None
