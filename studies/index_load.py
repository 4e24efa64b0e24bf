"""One study of the index -> its files, as they are now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from studies import index_rows
from studies.grouping import Finding
from studies.index_discover import Bookkeeper
from studies.index_memory import RowMemory
from studies.index_rows import StudyKey, study_key
from studies.index_tables import files, objects
from studies.indexed_study import IndexedStudy
from studies.model import Discovery, Problem, Severity
from studies.search import Cancelled, Progress, Search
from studies.walk import Candidate, named_file

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from studies.index import StudyIndex

_OPEN_FOLDER = "Open the folder that holds it now."
_GONE = "The file is gone"
_CHANGED = "The file holds another study now: not shown"
_UNKNOWN = "The index knows no file of this study"


class _OneStudy:
    """Lets the findings of one study through, and knows which files held others."""

    def __init__(self, key: StudyKey) -> None:
        self.others: list[Path] = []
        self._key = key

    def __call__(self, finding: Finding) -> bool:
        """Return whether a finding concerns the study."""
        if isinstance(finding, Problem) or study_key(finding[1]) == self._key:
            return True
        self.others.append(finding[0])
        return False


def load(
    index: StudyIndex,
    study: IndexedStudy,
    now_ns: int,
    progress: Progress | None,
    cancelled: Cancelled,
) -> Discovery:
    """Do what `StudyIndex.load` says."""
    key = study.study_instance_uid, study.patient
    keeper = Bookkeeper(index)
    nowhere: list[str] = []
    places = keeper.ask(lambda connection: _locations(connection, key), nowhere)
    listed = [named_file(Path(place), place) for place in places]
    memory = RowMemory(listed, keeper.fetch, keeper.write, now_ns)
    wanted = _OneStudy(key)
    found = Search(listed, memory, progress, cancelled, wanted).run()
    memory.flush()
    problems = [_retold(problem, listed) for problem in found.problems]
    # A zip may hold other studies by right: its members are none of these.
    files_of_study = {candidate.path for candidate in listed}
    problems += [
        Problem(path, Severity.REFUSED, _CHANGED, _OPEN_FOLDER)
        for path in wanted.others
        if path in files_of_study
    ]
    if not listed:
        where = study.roots[0] if study.roots else index.path
        problems.append(Problem(where, Severity.REFUSED, _UNKNOWN, _OPEN_FOLDER))
    return keeper.told(replace(found, problems=tuple(problems)))


def _locations(connection: Connection, key: StudyKey) -> list[str]:
    number = index_rows.study_numbers(connection, [key]).get(key)
    held = (
        select(files.c.location)
        .join(objects, objects.c.file_id == files.c.id)
        .where(objects.c.study_id == number)
        .distinct()
        .order_by(files.c.location)
    )
    return list(connection.scalars(held))


def _retold(problem: Problem, listed: Sequence[Candidate]) -> Problem:
    """Say of a file that cannot be found that it is gone."""
    gone = any(one.stamp is None and one.path == problem.path for one in listed)
    if not gone or problem.path.exists():
        return problem
    return Problem(problem.path, Severity.REFUSED, _GONE, _OPEN_FOLDER)
