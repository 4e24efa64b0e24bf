"""Candidates -> findings -> a Discovery, file by file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Protocol, TypeAlias

from studies import archive
from studies.dicomdir import referenced_files
from studies.errors import OverreadError, UnreadableFileError, UnsupportedImageError
from studies.grouping import Collection, Finding
from studies.header import not_scanned, scanned_record
from studies.model import Discovery, Problem, Severity
from studies.reader import read_stream
from studies.record import ImageRecord, OtherRecord, is_dicomdir
from studies.scan import scan_file
from studies.source import Kind, kind_of
from studies.walk import Candidate, named_file, place_of

Progress: TypeAlias = Callable[[int, int], None]
Cancelled: TypeAlias = Callable[[], bool]

_COPY_AGAIN = "Copy it again from its source."
_ASK_SENDER = "Ask the sender for a corrected copy."
LEFT_OUT = "Not an image, left out"
"""What is told of a file that was never meant to be shown."""

_NOT_FOR_US = "Open DICOM files, NIfTI volumes, or PNG or JPEG films."
# What lies beside the images on a disc; told, but no failure.
_COMPANION_ENDINGS = (
    ".txt .csv .json .xml .html .htm .css .js .pdf .md .exe .dll .inf .ini .log .db "
    ".bat .sh .ico .jar .chm .rtf .doc .docx .url .lnk .cfg .toml .yaml"
)
_COMPANIONS = frozenset(_COMPANION_ENDINGS.split())


class Memory(Protocol):
    """What is known of files from an earlier search."""

    def recall(self, candidate: Candidate) -> Sequence[Finding] | None:
        """Return what an unchanged file held, None if it must be read."""

    def learn(self, candidate: Candidate, findings: Sequence[Finding]) -> None:
        """Take note of what a file holds: of that file and nothing else."""


class NoMemory:
    """The memory of a search that begins from nothing."""

    def recall(self, candidate: Candidate) -> None:
        """Return None: every file is read."""

    def learn(self, candidate: Candidate, findings: Sequence[Finding]) -> None:
        """Forget it."""


class Search:
    """One pass over candidates.

    Parameters
    ----------
    candidates
        What to look at, in this order.
    memory
        What need not be read again.
    progress, cancelled
        See `studies.discovery.discover`.
    is_wanted
        Says which findings count; by default all.

    Attributes
    ----------
    is_whole
        Whether all were looked at, and what was found follows from the files
        alone: no disk failed and no DICOMDIR named a file beyond the candidates.
    """

    def __init__(
        self,
        candidates: Sequence[Candidate],
        memory: Memory,
        progress: Progress | None,
        cancelled: Cancelled,
        is_wanted: Callable[[Finding], bool] = lambda _: True,
    ) -> None:
        self.is_whole = True
        self._queue = list(candidates)
        self._known = {candidate.place for candidate in candidates}
        self._memory = memory
        self._progress = progress
        self._cancelled = cancelled
        self._is_wanted = is_wanted
        self._done, self._total = 0, len(self._queue)
        self._collection = Collection()

    def run(self) -> Discovery:
        """Look at each; a bad file is a line of the problems, never an exception."""
        for candidate in self._queue:  # it grows by what a DICOMDIR names
            if self._stopped():
                break
            for finding in filter(self._is_wanted, self._findings(candidate)):
                self._collection.add(finding)
        if self._progress is not None:
            self._progress(self._total, self._total)
        return self._collection.discovery()

    def _stopped(self) -> bool:
        """Tell how far the search is, and whether it ends here."""
        if self._cancelled():
            self.is_whole = False
            return True
        if self._progress is not None:
            self._progress(self._done, self._total)
        self._done += 1
        return False

    def _findings(self, candidate: Candidate) -> Sequence[Finding]:
        found = self._memory.recall(candidate)
        if found is not None:
            return found
        was_whole, self.is_whole = self.is_whole, True
        found = tuple(self._read(candidate))
        if self.is_whole:
            self._memory.learn(candidate, found)
        self.is_whole = self.is_whole and was_whole
        return found

    def _read(self, candidate: Candidate) -> Iterator[Finding]:
        path = candidate.path
        try:
            record = _record(candidate, path)
            if record is None:
                yield from self._members(candidate)
            elif not (isinstance(record, OtherRecord) and is_dicomdir(record)):
                yield path, record
            elif candidate.member is None:  # an archive is looked through anyway
                yield from self._named_by(candidate)
        except OverreadError as error:
            # What a disk or the memory does today says nothing of the file.
            if isinstance(error.__cause__, OSError | MemoryError):
                self.is_whole = False
            yield _problem(candidate, error)

    def _members(self, candidate: Candidate) -> Iterator[Finding]:
        """Read an archive as a folder."""
        listed = archive.members(candidate.path)
        if not listed:
            raise UnreadableFileError(candidate.path, "the archive is empty")
        self._total += len(listed) - 1
        self._done -= 1
        with closing(archive.OpenArchive(candidate.path)) as opened:
            for member in listed:
                if self._stopped():
                    return
                yield from self._read(
                    Candidate(
                        str(member.path),
                        str(member.path),
                        candidate.root,
                        refusal=member.refusal,
                        archive=opened,
                        member=member,
                    )
                )

    def _named_by(self, candidate: Candidate) -> Iterator[Finding]:
        """Put what a DICOMDIR names at the end of the queue."""
        named, problems = referenced_files(candidate.path)
        if problems or candidate.named:
            self.is_whole = False
        yield from problems
        for path in named:
            place = place_of(str(path))
            if place not in self._known:
                self._known.add(place)
                self._queue.append(named_file(path, candidate.root, named=False))
                self._total += 1
                self.is_whole = False


def _record(candidate: Candidate, path: Path) -> ImageRecord | OtherRecord | None:
    """Read one file, the fast way first; return None for an archive to look into."""
    if candidate.member is None and not candidate.refusal:
        try:
            return scanned_record(path, scan_file(candidate.location))
        except not_scanned():
            pass  # the full reader knows more, or says what is wrong
    with closing(candidate.open()) as stream:
        if candidate.member is None:
            kind = kind_of(stream.read(132))
            stream.seek(0)
            if kind is Kind.ZIP:
                return None
        return read_stream(path, stream)


def _problem(candidate: Candidate, error: OverreadError) -> Problem:
    path = candidate.path
    if isinstance(error, UnsupportedImageError):
        return Problem(path, Severity.REFUSED, str(error), _ASK_SENDER)
    what = error.reason if isinstance(error, UnreadableFileError) else str(error)
    companion = not candidate.named and path.suffix.lower() in _COMPANIONS
    if companion and _is_foreign(candidate):
        return Problem(path, Severity.NOTICE, LEFT_OUT, _NOT_FOR_US)
    next_step = _NOT_FOR_US if "no DICOM" in what else _COPY_AGAIN
    return Problem(path, Severity.REFUSED, f"Cannot be read: {what}", next_step)


def _is_foreign(candidate: Candidate) -> bool:
    try:
        with closing(candidate.open()) as stream:
            return kind_of(stream.read(132)) is Kind.UNKNOWN
    except UnreadableFileError:
        return False
