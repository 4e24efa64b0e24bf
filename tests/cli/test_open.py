import sys
import types

import pytest

import cli.demo
import cli.open
from cli import screen


@pytest.fixture
def no_screen(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")


@pytest.fixture
def started(monkeypatch):
    """Stands in for the window; holds the paths it was started with."""
    calls = []
    fake = types.ModuleType("gui.app")
    fake.main = lambda paths: calls.append(paths) or 0
    monkeypatch.setitem(sys.modules, "gui.app", fake)
    return calls


def test_that_a_path_that_is_not_there_is_one_line_and_exit_code_1(
    tmp_path, capsys, started
):
    assert cli.open.run([tmp_path / "absent"]) == 1
    said = capsys.readouterr().err
    assert said == f"{tmp_path / 'absent'}: not found. Check the path.\n"
    assert started == []


def test_that_the_paths_that_are_there_open_all_the_same(tmp_path, capsys, started):
    assert cli.open.run([tmp_path, tmp_path / "absent"]) == 1
    assert started == [[tmp_path]]
    assert "not found" in capsys.readouterr().err


def test_that_without_paths_the_window_starts_empty(started):
    assert cli.open.run([]) == 0
    assert started == [[]]


def test_that_without_a_screen_open_says_what_to_do(no_screen, capsys, started):
    assert cli.open.run([]) == 1
    said = capsys.readouterr().err
    assert "There is no display" in said
    assert "overread demo" in said
    assert "\n" not in said.strip()
    assert started == []


def test_that_a_chosen_platform_counts_as_a_screen(no_screen, monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert screen.screen_problem() == ""


def test_that_missing_system_libraries_are_named_without_a_traceback(
    tmp_path, capsys, monkeypatch
):
    monkeypatch.setitem(sys.modules, "PySide6.QtSvg", None)
    assert cli.demo.run(tmp_path) == 1
    said = capsys.readouterr().err
    assert "Qt cannot be loaded" in said
    assert "README.md" in said


def test_that_demo_says_if_its_folder_cannot_be_written(tmp_path, capsys):
    (tmp_path / "out").write_text("a file")
    assert cli.demo.run(tmp_path / "out") == 1
    assert "cannot be written" in capsys.readouterr().out
