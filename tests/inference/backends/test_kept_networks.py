import os
import stat
import sys

import pytest

from inference.backends.kept_networks import KeptNetworks, default_networks
from inference.backends.openvino_files import NetworkFiles

FILES = NetworkFiles(b"<net/>", b"\x01\x02\x03")


@pytest.fixture
def kept(tmp_path):
    return KeptNetworks(tmp_path / "networks", tmp_path / "data" / "key")


def _only(tmp_path):
    (path,) = (tmp_path / "networks").iterdir()
    return path


def test_that_what_is_kept_is_found_again(kept):
    assert kept.find("model A") is None
    kept.keep("model A", FILES)
    assert kept.find("model A") == FILES
    assert kept.find("model B") is None


@pytest.mark.parametrize("place", [0, 31, 40, -1])
def test_that_a_changed_file_is_refused_told_and_deleted(kept, tmp_path, caplog, place):
    kept.keep("model A", FILES)
    path = _only(tmp_path)
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    assert kept.find("model A") is None
    assert "not as it was written here" in caplog.text
    assert not path.exists()


@pytest.mark.parametrize("length", [0, 10, 32, 36])
def test_that_a_file_cut_short_is_refused(kept, tmp_path, length):
    kept.keep("model A", FILES)
    path = _only(tmp_path)
    path.write_bytes(path.read_bytes()[:length])
    assert kept.find("model A") is None


def test_that_another_models_network_under_its_name_is_refused(kept, tmp_path):
    kept.keep("model A", FILES)
    first = _only(tmp_path)
    kept.keep("model B", NetworkFiles(b"<other/>", b""))
    (second,) = set((tmp_path / "networks").iterdir()) - {first}
    first.write_bytes(second.read_bytes())
    assert kept.find("model A") is None


def test_that_a_network_sealed_with_another_key_is_refused(kept, tmp_path):
    kept.keep("model A", FILES)
    stranger = KeptNetworks(tmp_path / "networks", tmp_path / "other key")
    stranger.keep("model B", FILES)
    assert stranger.find("model A") is None


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_that_only_the_user_may_read_the_key(kept, tmp_path):
    kept.keep("model A", FILES)
    assert stat.S_IMODE((tmp_path / "data" / "key").stat().st_mode) == 0o600


def test_that_the_dozen_last_used_stay(kept, tmp_path):
    for number in range(12):
        kept.keep(f"model {number}", FILES)
    for path in (tmp_path / "networks").iterdir():
        os.utime(path, (1000.0, 1000.0))
    assert kept.find("model 3") == FILES  # used now
    for number in range(12, 23):
        kept.keep(f"model {number}", FILES)
    assert len(list((tmp_path / "networks").iterdir())) == 12
    assert kept.find("model 3") == FILES


def test_that_a_draft_left_by_a_crash_is_deleted_and_a_new_one_is_not(kept, tmp_path):
    folder = tmp_path / "networks"
    folder.mkdir()
    old, new = folder / "a.part", folder / "b.part"
    old.touch()
    new.touch()
    os.utime(old, (1000.0, 1000.0))
    kept.keep("model A", FILES)
    assert not old.exists()
    assert new.exists()


def test_that_a_folder_that_cannot_be_made_is_told_and_no_failure(tmp_path, caplog):
    (tmp_path / "file").touch()
    kept = KeptNetworks(tmp_path / "file" / "networks", tmp_path / "key")
    kept.keep("model A", FILES)
    assert "is not kept" in caplog.text


def test_that_networks_are_kept_in_the_users_own_folders(home):
    default_networks().keep("model A", FILES)
    assert default_networks().find("model A") == FILES
    assert len(list(home.rglob("*.network"))) == 1
