"""DICOMDIR: the files it refers to, resolved inside its own folder only."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from studies.dicom_file import pydicom_errors, read_dicom
from studies.elements import Elements
from studies.errors import UnreadableFileError
from studies.model import Problem, Severity
from studies.source import open_source

_MAX_LEVELS = 16
_CHECK_MEDIUM = "Open the folder that holds the files, or copy the medium again."


def referenced_files(path: Path) -> tuple[tuple[Path, ...], tuple[Problem, ...]]:
    """Return the files that a DICOMDIR names, and what is wrong with it.

    A file outside the DICOMDIR's folder, the DICOMDIR itself and a missing file
    are told and left out.

    Raises
    ------
    UnreadableFileError
        If the DICOMDIR itself is too damaged to read.

    References
    ----------
    DICOM PS3.3 F.3, PS3.10 8.5 (File IDs).
    """
    file_ids, notices = _file_ids(path)
    root = path.parent.resolve()
    found: dict[Path, None] = {}
    problems = [_problem(path, notice) for notice in notices]
    for parts in file_ids:
        try:
            found[_resolved(root, path, parts)] = None
        except UnreadableFileError as error:
            problems.append(_problem(path, error.reason))
    if not file_ids:
        problems.append(_problem(path, "This DICOMDIR names no file"))
    return tuple(found), _shortened(path, problems)


def _file_ids(path: Path) -> tuple[list[tuple[str, ...]], list[str]]:
    """Return the parts of each Referenced File ID (0004,1500), and notices."""
    with closing(open_source(path)) as stream, pydicom_errors(path):
        file = read_dicom(path, stream)
        notices = file.notices
        records = Elements(file.dataset, notices).items("DirectoryRecordSequence")
        ids = [record.texts("ReferencedFileID") for record in records]
    return [parts for parts in ids if parts], notices


def _resolved(root: Path, dicomdir: Path, parts: tuple[str, ...]) -> Path:
    shown = "/".join(parts)[:100]
    if len(parts) > _MAX_LEVELS or any("\0" in part for part in parts):
        raise UnreadableFileError(dicomdir, f"A file name cannot be used: {shown}")
    place = root.joinpath(*parts)
    try:
        resolved = place.resolve()
        there = resolved.is_file()
    except (OSError, RuntimeError):
        there, resolved = False, place
    if not resolved.is_relative_to(root):
        raise UnreadableFileError(dicomdir, f"It leads out of its folder: {shown}")
    if resolved == dicomdir.resolve():
        raise UnreadableFileError(dicomdir, "It names itself as an image")
    if not there:
        raise UnreadableFileError(dicomdir, f"A file it names is missing: {shown}")
    return place


def _problem(path: Path, what: str) -> Problem:
    return Problem(path, Severity.NOTICE, what, _CHECK_MEDIUM)


def _shortened(path: Path, problems: list[Problem]) -> tuple[Problem, ...]:
    """Keep a list that can be read: ten lines, then how many more there are."""
    if len(problems) <= 10:
        return tuple(problems)
    rest = _problem(path, f"{len(problems) - 10} more files it names are missing")
    return (*problems[:10], rest)
