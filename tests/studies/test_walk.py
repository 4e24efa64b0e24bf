from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from studies import walk
from studies.discovery import discover
from studies.model import Severity
from studies.walk import candidates


def _locations(paths: list[Path]) -> list[str]:
    return [one.location for one in candidates(paths, lambda: False)]


def _touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return path


def test_that_files_come_before_folders_and_both_by_name(tmp_path) -> None:
    paths = [
        _touch(tmp_path / name) for name in ("b", "z", "a/2", "a/1", "a/c/3", "m/4")
    ]
    order = [0, 1, 3, 2, 4, 5]
    assert _locations([tmp_path]) == [str(paths[index]) for index in order]


def test_that_hidden_files_are_passed_over(tmp_path) -> None:
    _touch(tmp_path / ".DS_Store")
    assert _locations([tmp_path]) == []


def test_that_a_stamp_is_size_and_times(tmp_path) -> None:
    path = _touch(tmp_path / "a")
    (one,) = candidates([tmp_path], lambda: False)
    state = path.stat()
    assert one.stamp == (1, state.st_mtime_ns, state.st_ctime_ns)


def test_that_two_names_of_one_file_count_once(tmp_path) -> None:
    path = _touch(tmp_path / "a")
    (tmp_path / "b").symlink_to(path)
    assert _locations([tmp_path]) == [str(path)]


def test_that_a_link_to_a_folder_outside_is_told(write_film, tmp_path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    write_film("out/film.dcm")
    (inside / "link").symlink_to(outside)
    found = discover([inside])
    assert found.studies == ()
    (problem,) = found.problems
    assert "leads out of the folder" in problem.what


def test_that_a_link_to_a_folder_inside_is_walked_once(write_film, tmp_path) -> None:
    write_film("a/film.dcm")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    found = discover([tmp_path])
    assert len(found.studies[0].images) == 1
    assert found.problems == ()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_that_a_pipe_is_told_and_not_waited_for(tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for chosen in (tmp_path, tmp_path / "pipe"):
        (problem,) = discover([chosen]).problems
        assert problem.severity is Severity.REFUSED
        assert "no ordinary file" in problem.what


def test_that_a_folder_of_too_many_files_is_cut_and_told(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(walk, "MAX_FILES", 3)
    for number in range(5):
        _touch(tmp_path / str(number))
    found = candidates([tmp_path], lambda: False)
    assert len(found) == 4
    assert "more than 3 files" in found[-1].refusal
