"""A search with the index: what is known is not read, what is read becomes known."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import select

from studies import index_rows, index_snapshots
from studies.index_file import IndexUnavailableError
from studies.index_memory import Row, RowMemory
from studies.index_rows import Learned
from studies.index_tables import files
from studies.model import Discovery, Problem, Severity
from studies.search import Cancelled, Progress, Search
from studies.walk import Candidate, candidates

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from studies.index import StudyIndex

T = TypeVar("T")
_NOT_NEEDED = "Nothing to do: the studies open without it, only slower."
_LOOK = "Nothing to do if they were moved; else copy the study again."


class Bookkeeper:
    """Asks the index and writes to it, until it fails: then the search goes on.

    Attributes
    ----------
    trouble
        What the index failed of, None while it works.
    """

    def __init__(self, index: StudyIndex) -> None:
        self.trouble: IndexUnavailableError | None = None
        self._index = index

    def ask(
        self, work: Callable[[Connection], T], otherwise: T, *, writes: bool = False
    ) -> T:
        """Return what the index says, or `otherwise` once it has failed."""
        if self.trouble is not None:
            return otherwise
        try:
            return self._index.run(work, writes=writes)
        except IndexUnavailableError as error:
            self.trouble = error
            return otherwise

    def fetch(self, locations: Sequence[str]) -> Mapping[str, Row]:
        """Return the rows of files by location."""
        return self.ask(lambda connection: _rows(connection, locations), {})

    def write(self, learned: Sequence[Learned]) -> None:
        """Write what was learned of files."""
        self.ask(
            lambda connection: index_rows.learn(connection, learned), None, writes=True
        )

    def told(self, found: Discovery) -> Discovery:
        """Return what was found, with a notice if the index failed."""
        if self.trouble is None:
            return found
        what = f"The index of studies could not be used: {self.trouble.reason}"
        notice = Problem(self._index.path, Severity.NOTICE, what, _NOT_NEEDED)
        return replace(found, problems=(*found.problems, notice))


def discover(
    index: StudyIndex,
    chosen: Sequence[Path],
    now_ns: int,
    progress: Progress | None,
    cancelled: Cancelled,
) -> Discovery:
    """Do what `StudyIndex.discover` says."""
    listed = candidates(chosen, cancelled)
    listing = index_snapshots.listing_of(listed)
    keeper = Bookkeeper(index)
    held = None
    if not cancelled():
        held = keeper.ask(
            lambda connection: index_snapshots.recall(connection, chosen, listing), None
        )
    if held is not None:
        if progress is not None:
            progress(len(listed), len(listed))
        return held
    memory = RowMemory(listed, keeper.fetch, keeper.write, now_ns)
    search = Search(listed, memory, progress, cancelled)
    found = search.run()
    memory.flush()
    is_kept = search.is_whole and memory.is_settled(listed)

    def finish(connection: Connection) -> int:
        index_rows.add_roots(connection, memory.roots)
        if is_kept:
            index_snapshots.keep(connection, chosen, listing, found)
        return 0 if cancelled() else _forget_gone(connection, chosen, listed)

    gone = keeper.ask(finish, 0, writes=True)
    if gone:
        what = f"{gone} files that were here when last looked at are gone"
        line = Problem(chosen[0], Severity.NOTICE, what, _LOOK)
        found = replace(found, problems=(*found.problems, line))
    return keeper.told(found)


def _rows(connection: Connection, locations: Sequence[str]) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for some in index_rows.chunks(locations):
        for row in connection.execute(select(files).where(files.c.location.in_(some))):
            stamp = row.size, row.changed_ns, row.entry_changed_ns
            found[row.location] = stamp, row.findings
    return found


def _forget_gone(
    connection: Connection, chosen: Sequence[Path], listed: Sequence[Candidate]
) -> int:
    """Delete files that are below a folder no longer; return how many.

    A folder in which nothing at all is found may be a drive that is not mounted.
    """
    if any(one.refusal and one.stamp is None for one in listed):
        return 0  # the listing is not whole
    there = {one.location for one in listed}
    with_files = {one.root for one in listed if one.stamp is not None}
    gone: dict[str, None] = {}
    for folder in chosen:
        if str(folder) not in with_files or not folder.is_dir():
            continue
        first = str(folder).rstrip(os.sep) + os.sep
        last = first[:-1] + chr(ord(os.sep) + 1)
        below = files.c.location.between(first, last)
        for location in connection.scalars(select(files.c.location).where(below)):
            # A file may have been listed by another of its names.
            if location not in there and not os.path.lexists(location):
                gone[location] = None
    index_rows.refresh(connection, index_rows.forget_files(connection, list(gone)))
    return len(gone)
