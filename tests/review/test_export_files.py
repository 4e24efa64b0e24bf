import errno
import os
import stat
from datetime import UTC, datetime

import pytest

from review import export_files

AT = datetime(2026, 11, 23, 7, 46, 31, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path):
    return export_files.Folder(tmp_path / "out", "abc", AT)


def test_that_a_file_is_named_by_time_and_kind_alone(folder):
    folder.check()
    path = folder.publish(folder.stage(b"x"), "sr", ".dcm")
    assert path.name == "overread-20261123-074631-sr.dcm"
    assert path.read_bytes() == b"x"
    assert [p.name for p in folder.path.iterdir()] == [path.name]


def test_that_no_file_is_overwritten(folder):
    folder.check()
    first = folder.publish(folder.stage(b"1"), "sr", ".dcm")
    second = folder.publish(folder.stage(b"2"), "sr", ".dcm")
    assert second.name == "overread-20261123-074631-sr-2.dcm"
    assert (first.read_bytes(), second.read_bytes()) == (b"1", b"2")


def test_that_no_file_is_overwritten_where_links_are_unknown(folder, monkeypatch):
    def no_links(*_):
        raise OSError(errno.EPERM, "no links")

    monkeypatch.setattr(os, "link", no_links)
    folder.check()
    folder.publish(folder.stage(b"1"), "sr", ".dcm")
    second = folder.publish(folder.stage(b"2"), "sr", ".dcm")
    assert second.name == "overread-20261123-074631-sr-2.dcm"


def test_that_file_and_folder_are_fsynced_and_the_file_first(folder, monkeypatch):
    folder.check()
    synced = []
    real = os.fsync

    def note(handle):
        synced.append(stat.S_ISDIR(os.fstat(handle).st_mode))
        real(handle)

    monkeypatch.setattr(os, "fsync", note)
    folder.publish(folder.stage(b"x"), "sr", ".dcm")
    assert synced == [False, True]


def test_that_nothing_is_left_of_a_file_that_did_not_fit(folder, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    folder.check()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        folder.stage(b"x")
    assert list(folder.path.iterdir()) == []


def test_that_sweeping_removes_this_exports_temporary_files_only(folder, tmp_path):
    folder.check()
    folder.stage(b"x")
    other = export_files.Folder(folder.path, "other", AT).stage(b"y")
    mine = folder.path / "mine.part"
    mine.write_text("mine")
    folder.sweep()
    assert sorted(folder.path.iterdir()) == sorted([other, mine])


@pytest.mark.skipif(os.name == "nt", reason="Windows has no owner-only mode bits")
def test_that_a_temporary_file_is_for_its_owner_only(folder):
    folder.check()
    assert stat.S_IMODE(folder.stage(b"x").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EACCES, "cannot be written"),
        (errno.EROFS, "read-only"),
        (errno.ENOENT, "not there"),
    ],
)
def test_that_a_reason_is_told_in_words_with_the_next_step(number, words):
    told = export_files.reason(OSError(number, os.strerror(number)))
    assert words in told
    assert "Choose another folder" in told
