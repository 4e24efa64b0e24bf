from pathlib import Path

import pytest

from learning.fingerprint import of_files, of_listing
from studies.errors import UnreadableFileError


def test_that_files_have_one_fingerprint_until_a_byte_changes(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("LIMIT = 1", encoding="utf-8")
    before = of_files([file])
    assert of_files([file]) == before
    file.write_text("LIMIT = 2", encoding="utf-8")
    assert of_files([file]) != before


def test_that_a_missing_file_has_no_fingerprint(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"weights\.safetensors"):
        of_files([tmp_path / "weights.safetensors"])


def test_that_a_listing_changes_with_names_sizes_and_place(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
        (folder / "a.zip").write_bytes(b"1234")
    found = {of_listing([here]), of_listing([there])}
    (here / "a.zip").write_bytes(b"12345")
    found.add(of_listing([here]))
    (here / "a.zip").rename(here / "b.zip")
    found.add(of_listing([here]))
    assert len(found) == 4


def test_that_a_label_changes_a_listing_though_the_size_is_the_same(
    tmp_path: Path,
) -> None:
    (tmp_path / "labels.csv").write_text("a.png,1\n", encoding="utf-8")
    before = of_listing([tmp_path])
    (tmp_path / "labels.csv").write_text("a.png,0\n", encoding="utf-8")
    assert of_listing([tmp_path]) != before
