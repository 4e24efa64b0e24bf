import os
from pathlib import Path

import pytest

from cli.files import write_whole


def test_that_text_is_written_and_its_folder_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.json"
    write_whole(path, "{}\n")
    assert path.read_bytes() == b"{}\n"
    assert [item.name for item in path.parent.iterdir()] == ["a.json"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
def test_that_the_file_can_be_read_by_whom_the_umask_allows(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "a", "")
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


def test_that_a_failure_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    write_whole(path, "old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
