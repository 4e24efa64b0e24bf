"""Files, folders, archives and DICOMDIRs -> studies and a list of problems."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from studies.dicomdir import referenced_files
from studies.errors import OverreadError, UnreadableFileError, UnsupportedImageError
from studies.grouping import Collection
from studies.model import Discovery, Problem, Severity
from studies.reader import read_stream
from studies.record import ImageRecord, OtherRecord, is_dicomdir
from studies.source import Kind, kind_of
from studies.walk import Candidate, candidates

_COPY_AGAIN = "Copy it again from its source."
_ASK_SENDER = "Ask the sender for a corrected copy."
_NOT_FOR_US = "Open DICOM files, or PNG or JPEG films."
# What lies beside the images on a disc; told, but no failure.
_COMPANION_ENDINGS = (
    ".txt .csv .json .xml .html .htm .css .js .pdf .md .exe .dll .inf .ini .log .db "
    ".bat .sh .ico .jar .chm .rtf .doc .docx .url .lnk .cfg .toml .yaml"
)
_COMPANIONS = frozenset(_COMPANION_ENDINGS.split())


def discover(
    paths: Sequence[Path],
    *,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Discovery:
    """Find what the paths hold; headers only, no pixels are read.

    Parameters
    ----------
    paths
        Files, folders (walked to their end), zips and DICOMDIRs.
    progress
        Called with the number of files read and the number known.
    cancelled
        Asked between files; once it says true, what was found so far returns.

    Returns
    -------
    Discovery
        A bad file is a line of `problems`, never an exception.
    """
    stop = cancelled or (lambda: False)
    queue = candidates(paths, stop)
    known = {candidate.path for candidate in queue}
    collection = Collection()
    for done, candidate in enumerate(queue):
        if stop():
            break
        if progress is not None:
            progress(done, len(queue))
        for path in _read_one(candidate, collection):
            if path not in known:  # a DICOMDIR's file: the queue grows as it is read
                known.add(path)
                queue.append(Candidate(path, candidate.root))
    if progress is not None:
        progress(len(queue), len(queue))
    return collection.discovery()


def _read_one(candidate: Candidate, collection: Collection) -> tuple[Path, ...]:
    """Read one file into the collection; return further files that it names."""
    try:
        with closing(candidate.open()) as stream:
            record = read_stream(candidate.path, stream)
        if isinstance(record, OtherRecord) and is_dicomdir(record):
            if candidate.member is not None:
                return ()  # the archive's members are all looked at anyway
            named, problems = referenced_files(candidate.path)
            for problem in problems:
                collection.tell(problem)
            return named
    except OverreadError as error:
        collection.tell(_problem(candidate, error))
        return ()
    if isinstance(record, ImageRecord):
        collection.add_image(record, candidate.path)
    else:
        collection.add_other(record, candidate.path)
    return ()


def _problem(candidate: Candidate, error: OverreadError) -> Problem:
    path = candidate.path
    if isinstance(error, UnsupportedImageError):
        return Problem(path, Severity.REFUSED, str(error), _ASK_SENDER)
    what = error.reason if isinstance(error, UnreadableFileError) else str(error)
    companion = not candidate.named and path.suffix.lower() in _COMPANIONS
    if companion and _is_foreign(candidate):
        return Problem(path, Severity.NOTICE, "Not an image, left out", _NOT_FOR_US)
    next_step = _NOT_FOR_US if "no DICOM" in what else _COPY_AGAIN
    return Problem(path, Severity.REFUSED, f"Cannot be read: {what}", next_step)


def _is_foreign(candidate: Candidate) -> bool:
    try:
        with closing(candidate.open()) as stream:
            return kind_of(stream.read(132)) is Kind.UNKNOWN
    except UnreadableFileError:
        return False
