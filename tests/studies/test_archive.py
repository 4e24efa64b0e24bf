from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest

from studies import archive
from studies.discovery import discover
from studies.errors import UnreadableFileError
from studies.model import Severity


def _zip(path: Path, *entries: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in entries:
            opened.writestr(name, content)
    return path


def test_that_the_members_of_a_zip_are_opened_in_memory(write_film, tmp_path) -> None:
    film = write_film()
    packed = _zip(tmp_path / "case.zip", ("a/1.dcm", film.read_bytes()))
    film.unlink()
    found = discover([packed])
    assert [image.path for image in found.studies[0].images] == [packed / "a" / "1.dcm"]
    assert sorted(tmp_path.iterdir()) == [packed]


@pytest.mark.parametrize(
    "name", ["../../out.dcm", "/etc/out.dcm", "..\\out.dcm", "C:\\out.dcm", "x" * 150]
)
def test_that_no_entry_is_named_outside_its_archive(
    write_film, tmp_path, name: str
) -> None:
    packed = _zip(tmp_path / "case.zip", (name, write_film().read_bytes()))
    (member,) = archive.members(packed)
    assert member.path == packed / "entry-0"
    assert len(discover([packed]).studies) == 1


def test_that_a_link_in_an_archive_is_not_followed(tmp_path) -> None:
    link = zipfile.ZipInfo("link.dcm")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    packed = _zip(tmp_path / "case.zip", (link, b"/etc/passwd"))
    (problem,) = discover([packed]).problems
    assert "links are not followed" in problem.what


def test_that_an_entry_that_grows_too_much_is_not_unpacked(tmp_path) -> None:
    bomb = bytes(32 << 20)  # zeros shrink a thousandfold
    packed = _zip(tmp_path / "bomb.zip", ("bomb.dcm", bomb))
    (problem,) = discover([packed]).problems
    assert "limit 300" in problem.what
    assert problem.severity is Severity.REFUSED


def test_that_an_archive_of_too_many_entries_is_refused(tmp_path) -> None:
    entries = ((f"{n}.dcm", b"") for n in range(archive.MAX_ENTRIES + 1))
    packed = _zip(tmp_path / "many.zip", *entries)
    with pytest.raises(UnreadableFileError, match="10001 files"):
        archive.members(packed)


def test_that_a_damaged_archive_is_a_line_of_the_problem_list(tmp_path) -> None:
    packed = tmp_path / "bad.zip"
    packed.write_bytes(b"PK\x03\x04" + bytes(100))
    (problem,) = discover([packed]).problems
    assert problem.path == packed
    assert "not a sound zip" in problem.what


def test_that_an_entry_with_a_wrong_checksum_is_refused(write_film, tmp_path) -> None:
    packed = tmp_path / "case.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as opened:
        opened.writestr("1.dcm", write_film(PatientName="Checksum^X").read_bytes())
    packed.write_bytes(packed.read_bytes().replace(b"Checksum", b"Checkout"))
    (problem,) = discover([packed]).problems
    assert "damaged in the archive" in problem.what


def test_that_an_entry_without_a_name_is_opened_by_its_number(
    write_film, tmp_path
) -> None:
    packed = _zip(tmp_path / "case.zip", ("x", write_film().read_bytes()))
    content = bytearray(packed.read_bytes())
    # The name's length, 26 bytes into the local and 28 into the central header,
    # becomes 0; the name's byte moves into the extra field behind it.
    local, central = content.index(b"PK\x03\x04"), content.index(b"PK\x01\x02")
    for place in (local + 26, central + 28):
        content[place], content[place + 2] = 0, 1
    packed.write_bytes(content)
    found = discover([packed])
    assert found.studies or found.problems


def test_that_an_archive_in_an_archive_is_not_opened(write_film, tmp_path) -> None:
    inner = _zip(tmp_path / "inner.zip", ("1.dcm", write_film().read_bytes()))
    outer = _zip(tmp_path / "outer.zip", ("inner.zip", inner.read_bytes()))
    found = discover([outer])
    assert found.studies == ()
    assert len(found.problems) == 1
