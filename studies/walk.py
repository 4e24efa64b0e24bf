"""Which files a choice of paths stands for: files, and folders to their end."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeAlias

from studies.archive import Member, OpenArchive
from studies.errors import UnreadableFileError

MAX_FILES = 200_000
Stamp: TypeAlias = tuple[int, int, int]
"""Bytes, time of change of the content and of the entry (ns since 1970).

The last one shows a file that was replaced by another of its size and date.
"""

_LINK_OUT = "it is a link that leads out of the folder"
_NO_FILE = "it is no ordinary file"


class Candidate(NamedTuple):
    """A file to look at.

    Attributes
    ----------
    location
        Its path, as the user's own path leads to it.
    place
        Where it really lies, so that two names of one file count once.
    root
        The path of the user's choice that it was found below.
    stamp
        None where the file cannot be asked for it, and for members of archives.
    named
        Whether the user named this very file.
    refusal
        Why it is not opened; empty if it is.
    archive
        The open zip that `member` is in.
    """

    location: str
    place: str
    root: str
    stamp: Stamp | None = None
    named: bool = False
    refusal: str = ""
    archive: OpenArchive | None = None
    member: Member | None = None

    @property
    def path(self) -> Path:
        """Its path; a member's lies below its archive's."""
        return Path(self.location)

    def open(self) -> BinaryIO:
        """Open it; the caller closes it.

        Raises
        ------
        UnreadableFileError
            If it cannot be opened.
        """
        if self.refusal:
            raise UnreadableFileError(self.path, self.refusal)
        if self.archive is not None and self.member is not None:
            return io.BytesIO(self.archive.read(self.member))
        try:
            return self.path.open("rb")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise UnreadableFileError(self.path, reason) from error


def candidates(paths: Sequence[Path], cancelled: Callable[[], bool]) -> list[Candidate]:
    """List the files below the paths, each once, in a steady order; none is opened.

    Links that lead out of a folder are not followed but told. A zip stands here
    as the file that it is.
    """
    found: dict[str, Candidate] = {}
    for path in paths:
        for some in _below(path):
            if cancelled():
                return list(found.values())
            for candidate in some:
                found.setdefault(candidate.place, candidate)
            if len(found) >= MAX_FILES:
                refusal = f"more than {MAX_FILES} files; open a smaller folder"
                whole = Candidate(str(path), "", str(path), refusal=refusal)
                return [*list(found.values())[:MAX_FILES], whole]
    return list(found.values())


def named_file(path: Path, root: str, *, named: bool = True) -> Candidate:
    """Return one file by itself."""
    location = str(path)
    try:
        state = os.stat(path)  # noqa: PTH116 - Path.stat costs twice as much
    except (OSError, ValueError):  # opening it will say what is wrong
        return Candidate(location, place_of(location), root, named=named)
    refusal = "" if stat.S_ISREG(state.st_mode) else _NO_FILE
    return Candidate(
        location, place_of(location), root, stamp_of(state), named, refusal
    )


def place_of(location: str) -> str:
    """Return where a path really leads, links followed."""
    try:
        return os.path.realpath(location)
    except (OSError, ValueError):
        return location


def stamp_of(state: os.stat_result) -> Stamp:
    """Return what tells that a file has changed."""
    return state.st_size, state.st_mtime_ns, state.st_ctime_ns


def _below(path: Path) -> Iterator[list[Candidate]]:
    location = str(path)
    try:
        is_folder = path.is_dir()
    except (OSError, ValueError):
        is_folder = False
    if is_folder:
        yield from _in_folder(location, place_of(location), location)
    else:
        yield [named_file(path, location)]


def _in_folder(folder: str, place: str, root: str) -> Iterator[list[Candidate]]:
    """Yield the files of a folder by name, then those of its folders by name.

    `place` is where the folder really lies.
    """
    waiting = [(folder, place)]
    top = place
    while waiting:
        here, place = waiting.pop()
        try:
            with os.scandir(here) as listed:
                entries = sorted(listed, key=_name)
        except OSError as error:
            why = error.strerror or "cannot be listed"
            yield [Candidate(here, place, root, refusal=why)]
            continue
        begin = place if place.endswith(os.sep) else place + os.sep
        folders, files = [], []
        for entry in entries:
            if entry.is_symlink():
                files += _linked(entry, root, top)
            elif entry.is_dir():
                folders.append((entry.path, begin + entry.name))
            elif not entry.name.startswith("."):
                files.append(_file(entry, begin + entry.name, root))
        yield files
        waiting.extend(reversed(folders))


def _file(entry: os.DirEntry[str], place: str, root: str) -> Candidate:
    try:
        state = entry.stat()
    except OSError:  # opening it will say what is wrong
        return Candidate(entry.path, place, root)
    refusal = "" if stat.S_ISREG(state.st_mode) else _NO_FILE
    return Candidate(entry.path, place, root, stamp_of(state), False, refusal)


def _linked(entry: os.DirEntry[str], root: str, top: str) -> list[Candidate]:
    """Return what a link leads to: nothing for a folder of the same tree.

    That is walked by its own name.
    """
    if entry.name.startswith("."):
        return []
    place = place_of(entry.path)
    if not Path(place).is_relative_to(top):
        return [Candidate(entry.path, place, root, refusal=_LINK_OUT)]
    return [] if entry.is_dir() else [_file(entry, place, root)]


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name
