from pathlib import Path

import numpy as np
import pytest

from learning import gate_films
from learning.gate_films import STORED_SIDE, GateFilms, cached_gate_films


def films_of(photographs: Path) -> GateFilms:
    """One black film for each photograph."""
    files = np.array([file.name for file in sorted(photographs.iterdir())])
    count = len(files)
    return GateFilms(
        films=np.zeros((count, STORED_SIDE, STORED_SIDE), np.uint8),
        kinds=np.zeros(count, np.int64),
        sources=np.array(["photographs"] * count),
        patients=files,
        files=files,
        test=np.zeros(count, np.bool_),
    )


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    data, photographs = tmp_path / "data", tmp_path / "photographs"
    (data / "cxr").mkdir(parents=True)
    photographs.mkdir()
    (photographs / "a.png").write_bytes(b"1")
    monkeypatch.setattr(
        gate_films, "read_gate_films", lambda _, photographs: films_of(photographs)
    )
    return data, photographs


def test_that_films_are_read_once_while_the_folders_stay_the_same(
    tmp_path: Path, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "films.npz"
    cached_gate_films(*folders, cache)
    monkeypatch.delattr(gate_films, "read_gate_films")
    assert cached_gate_films(*folders, cache).files.tolist() == ["a.png"]


def test_that_a_new_photograph_makes_the_cache_stale(
    tmp_path: Path, folders: tuple[Path, Path]
) -> None:
    cache = tmp_path / "films.npz"
    cached_gate_films(*folders, cache)
    (folders[1] / "b.png").write_bytes(b"1")
    assert cached_gate_films(*folders, cache).files.tolist() == ["a.png", "b.png"]


def test_that_changed_labels_make_the_cache_stale(
    tmp_path: Path, folders: tuple[Path, Path]
) -> None:
    cache = tmp_path / "films.npz"
    cached_gate_films(*folders, cache)
    before = cache.stat().st_ino
    (folders[0] / "cxr" / "labels.csv").write_text("file,source\n", encoding="utf-8")
    cached_gate_films(*folders, cache)
    assert cache.stat().st_ino != before


def test_that_a_cache_without_a_fingerprint_is_read_again(
    tmp_path: Path, folders: tuple[Path, Path]
) -> None:
    cache = tmp_path / "films.npz"
    np.savez(cache, files=np.array(["of other folders"]))
    assert cached_gate_films(*folders, cache).files.tolist() == ["a.png"]
