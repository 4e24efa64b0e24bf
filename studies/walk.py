"""Which files a choice of paths stands for: files, folders, archives, DICOMDIRs."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from studies import archive
from studies.errors import UnreadableFileError
from studies.source import Kind, kind_of

MAX_FILES = 200_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file to look at.

    `root` is the folder that a DICOMDIR among them may not lead out of; `named`
    says that the user named this very file; `refusal` why it is not opened.
    """

    path: Path
    root: Path
    named: bool = False
    member: archive.Member | None = None
    archive_path: Path | None = None
    refusal: str = ""

    def open(self) -> BinaryIO:
        """Open it; the caller closes it.

        Raises
        ------
        UnreadableFileError
            If it cannot be opened.
        """
        if self.refusal:
            raise UnreadableFileError(self.path, self.refusal)
        if self.member is not None and self.archive_path is not None:
            return io.BytesIO(archive.read_member(self.archive_path, self.member))
        try:
            return self.path.open("rb")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise UnreadableFileError(self.path, reason) from error


def candidates(paths: Sequence[Path], cancelled: Callable[[], bool]) -> list[Candidate]:
    """List the files below the paths, each once, in a steady order.

    Folders are walked to their end; links that lead out of the folder are not
    followed but told; a zip counts as a folder, an archive inside it does not.
    """
    found: dict[Path, Candidate] = {}
    for path in paths:
        for candidate in _below(path):
            if cancelled():
                return list(found.values())
            found.setdefault(_place(candidate.path), candidate)
            if len(found) >= MAX_FILES:
                refusal = f"more than {MAX_FILES} files; open a smaller folder"
                found[path] = Candidate(path, path, refusal=refusal)
                return list(found.values())
    return list(found.values())


def _below(path: Path) -> Iterator[Candidate]:
    try:
        is_folder = path.is_dir()
    except (OSError, ValueError):
        is_folder = False
    if is_folder:
        yield from _in_folder(path)
    else:
        yield from _unpacked(Candidate(path, path.parent, named=True))


def _in_folder(folder: Path) -> Iterator[Candidate]:
    root = folder.resolve()
    unreadable: list[OSError] = []
    for here, names, files in os.walk(folder, onerror=unreadable.append):
        names.sort()
        for name in sorted(files):
            path = Path(here, name)
            if name.startswith("."):
                continue
            if not path.resolve().is_relative_to(root):
                refusal = "it is a link that leads out of the folder"
                yield Candidate(path, folder, refusal=refusal)
                continue
            yield from _unpacked(Candidate(path, folder))
    for error in unreadable:
        path = Path(str(error.filename or folder))
        yield Candidate(path, folder, refusal=error.strerror or "cannot be listed")


def _unpacked(candidate: Candidate) -> Iterator[Candidate]:
    """Yield a file as it is, an archive as its members."""
    try:
        with closing(candidate.open()) as stream:
            is_zip = kind_of(stream.read(132)) is Kind.ZIP
        listed = archive.members(candidate.path) if is_zip else None
    except UnreadableFileError as error:
        yield Candidate(candidate.path, candidate.root, refusal=error.reason)
        return
    except OSError as error:
        reason = error.strerror or type(error).__name__
        yield Candidate(candidate.path, candidate.root, refusal=reason)
        return
    if listed is None:
        yield candidate
        return
    if not listed:
        yield Candidate(candidate.path, candidate.root, refusal="the archive is empty")
    for member in listed:
        yield Candidate(
            member.path,
            candidate.path,
            member=member,
            archive_path=candidate.path,
            refusal=member.refusal,
        )


def _place(path: Path) -> Path:
    """Return where a file really lies, so that two names of it count once."""
    try:
        return path.resolve()
    except (OSError, ValueError, RuntimeError):
        return path
