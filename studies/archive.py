"""Zip archives, read in memory: bounded, and never unpacked onto the disk.

A member is named by a path below the archive's own, ``case.zip/series/1.dcm``,
which is only a name: no file is ever written there, so that no entry can climb
out of a folder and no patient's data stays behind in a temporary file.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

from studies.errors import UnreadableFileError

MAX_ENTRIES = 10_000
MAX_MEMBER_BYTES = 512 << 20
MAX_TOTAL_BYTES = 4 << 30
MAX_RATIO = 300
# Small members may compress as well as they like: they cannot fill the memory.
_RATIO_MATTERS_FROM = 16 << 20
_LONGEST_NAME = 200
_LONGEST_PART = 100

# What zipfile and zlib raise on damaged archives.
_ZIP_ERRORS = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    LookupError,
    OverflowError,
)


@dataclass(frozen=True, slots=True)
class Member:
    """One entry: where it appears to lie, and why it is refused, if it is."""

    path: Path
    info: zipfile.ZipInfo
    refusal: str = ""


def members(archive: Path) -> tuple[Member, ...]:
    """List the files of an archive, folders left out.

    Raises
    ------
    UnreadableFileError
        If it is no zip, or holds more than its limits allow.
    """
    with _opened(archive) as opened:
        entries = opened.infolist()
    if len(entries) > MAX_ENTRIES:
        raise UnreadableFileError(
            archive, f"it holds {len(entries)} files; at most {MAX_ENTRIES} are opened"
        )
    found = tuple(_members_of(archive, entries))
    total = sum(m.info.file_size for m in found if not m.refusal)
    if total > MAX_TOTAL_BYTES:
        raise UnreadableFileError(
            archive, f"unpacked it would take {total >> 20} MB; limit 4096 MB"
        )
    return found


class OpenArchive:
    """An archive that is open, so that its directory is read once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._opened = _opened(path)

    def close(self) -> None:
        """Close it."""
        self._opened.close()

    def read(self, member: Member) -> bytes:
        """Unpack one member into memory; errors as `read_member`."""
        return _content(self._opened, member)


def read_member(archive: Path, member: Member) -> bytes:
    """Unpack one member into memory.

    Raises
    ------
    UnreadableFileError
        If it is damaged, refused, or not as long as the archive says.
    """
    with _opened(archive) as opened:
        return _content(opened, member)


def _content(opened: zipfile.ZipFile, member: Member) -> bytes:
    if member.refusal:
        raise UnreadableFileError(member.path, member.refusal)
    try:
        with opened.open(member.info) as stream:
            content = stream.read(member.info.file_size + 1)
    except _ZIP_ERRORS as error:
        raise UnreadableFileError(
            member.path, f"damaged in the archive ({type(error).__name__})"
        ) from error
    if len(content) != member.info.file_size:
        raise UnreadableFileError(
            member.path,
            f"the archive declares {member.info.file_size} bytes but holds "
            f"{len(content)}",
        )
    return content


def find_member(path: Path) -> tuple[Path, Member] | None:
    """Return archive and member for a path below an archive, else None.

    Raises
    ------
    UnreadableFileError
        If the archive is there but cannot be listed.
    """
    for parent in path.parents:
        if parent.is_file():
            state = parent.stat()
            member = _by_path(parent, state.st_size, state.st_mtime_ns).get(path)
            return None if member is None else (parent, member)
    return None


@lru_cache(maxsize=4)
def _by_path(archive: Path, _size: int, _changed_ns: int) -> dict[Path, Member]:
    """Return the members by path; listed anew once the archive has changed."""
    return {member.path: member for member in members(archive)}


def _members_of(archive: Path, entries: list[zipfile.ZipInfo]) -> Iterator[Member]:
    taken: set[Path] = set()
    for index, info in enumerate(entries):
        if info.filename.endswith("/"):  # is_dir() fails on an empty name
            continue
        path = archive / _safe_name(info.filename, index)
        if path in taken:
            path = archive / f"entry-{index}"
        taken.add(path)
        yield Member(path, info, _refusal(info))


def _safe_name(name: str, index: int) -> str:
    """Return the entry's name if it stays below the archive, else a number."""
    parts = PurePosixPath(name).parts
    climbs = name.startswith("/") or ".." in parts or not parts
    foreign = any(c in name for c in '\\:*?"<>|') or not name.isprintable()
    too_long = len(name) > _LONGEST_NAME or any(len(p) > _LONGEST_PART for p in parts)
    return f"entry-{index}" if climbs or foreign or too_long else name


def _refusal(info: zipfile.ZipInfo) -> str:
    if stat.S_ISLNK(info.external_attr >> 16):
        return "it is a link inside an archive; links are not followed"
    if info.flag_bits & 0x1:
        return "it is encrypted"
    if info.file_size > MAX_MEMBER_BYTES:
        return (
            f"the archive declares {info.file_size >> 20} MB; "
            f"limit {MAX_MEMBER_BYTES >> 20} MB"
        )
    ratio = info.file_size / max(info.compress_size, 1)
    if ratio > MAX_RATIO and info.file_size > _RATIO_MATTERS_FROM:
        return f"it would grow {ratio:.0f} times when unpacked; limit {MAX_RATIO}"
    return ""


def _opened(archive: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(archive)
    except _ZIP_ERRORS as error:
        raise UnreadableFileError(
            archive, f"not a sound zip archive ({type(error).__name__})"
        ) from error
