"""What the index knows of the files of one search, and what the search learns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from studies.grouping import Finding
from studies.index_rows import Learned, StudyKey, records, study_key
from studies.stored_findings import read_findings, write_findings
from studies.walk import Candidate, Stamp

Row: TypeAlias = tuple[Stamp, str]
Fetch: TypeAlias = Callable[[Sequence[str]], Mapping[str, Row]]

_WINDOW = 1000
_FULL = 2000
# A file that changed within this time of being looked at may change again without
# another time or size to show for it: FAT counts in steps of two seconds.
_UNSETTLED_NS = 2_000_000_000
_NEVER: Stamp = (-1, -1, -1)


class RowMemory:
    """The memory of a search, held by the rows of the index.

    Parameters
    ----------
    candidates
        What will be asked for, in this order.
    fetch
        Gives the rows of files by location; those that are not known are left out.
    write
        Called with what was learned, some thousand files at a time.
    now_ns
        The time at which the candidates were listed.

    Attributes
    ----------
    roots
        The paths that each study was found below.
    """

    def __init__(
        self,
        candidates: Sequence[Candidate],
        fetch: Fetch,
        write: Callable[[Sequence[Learned]], None],
        now_ns: int,
    ) -> None:
        self.roots: dict[StudyKey, set[str]] = defaultdict(set)
        self._locations = [candidate.location for candidate in candidates]
        self._next = 0
        self._rows: Mapping[str, Row] = {}
        self._asked: set[str] = set()
        self._fetch, self._write = fetch, write
        self._now_ns = now_ns
        self._learned: list[Learned] = []

    def recall(self, candidate: Candidate) -> Sequence[Finding] | None:
        """Return what an unchanged file held, None if it must be read."""
        row = self._row(candidate.location)
        if row is None or candidate.stamp is None or row[0] != candidate.stamp:
            return None
        try:
            findings = read_findings(row[1])
        except (ValueError, TypeError, LookupError):
            return None  # written over by something: the file is read again
        self._note(candidate, findings)
        return findings

    def learn(self, candidate: Candidate, findings: Sequence[Finding]) -> None:
        """Take note of a file that holds something; others are read each time."""
        if candidate.stamp is None or not any(records(findings)):
            return
        self._note(candidate, findings)
        stamp = candidate.stamp if self._is_settled(candidate.stamp) else _NEVER
        text = write_findings(findings)
        self._learned.append(Learned(candidate.location, stamp, findings, text))
        if len(self._learned) >= _FULL:
            self.flush()

    def flush(self) -> None:
        """Write what was learned since the last time."""
        learned, self._learned = self._learned, []
        if learned:
            self._write(learned)

    def is_settled(self, candidates: Sequence[Candidate]) -> bool:
        """Return whether none of the files changed but a moment ago."""
        stamps = [candidate.stamp for candidate in candidates]
        return all(stamp is not None and self._is_settled(stamp) for stamp in stamps)

    def _is_settled(self, stamp: Stamp) -> bool:
        return all(abs(self._now_ns - ns) > _UNSETTLED_NS for ns in stamp[1:])

    def _note(self, candidate: Candidate, findings: Sequence[Finding]) -> None:
        for record in records(findings):
            self.roots[study_key(record)].add(candidate.root)

    def _row(self, location: str) -> Row | None:
        if location not in self._asked:
            window = self._locations[self._next : self._next + _WINDOW]
            if location in window:
                self._next += len(window)
            else:
                window = [location]  # a DICOMDIR's: none of the candidates
            self._rows = self._fetch(window)
            self._asked = set(window)
        return self._rows.get(location)
