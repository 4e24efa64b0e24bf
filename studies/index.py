"""The index: which studies there are, so that a folder once seen opens at once."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from studies import index_file
from studies.index_file import IndexUnavailableError
from studies.indexed_study import IndexedStudy, SortKey
from studies.model import Discovery, Patient, Study
from studies.search import Cancelled, Progress

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["IndexUnavailableError", "IndexedStudy", "SortKey", "StudyIndex"]

T = TypeVar("T")


class StudyIndex:
    """Header-only index of all studies seen, in a SQLite file of its own.

    Any thread may call any method; calls wait for each other while they use the
    file, not while files of studies are read. The reading methods `discover` and
    `load` may take long: they belong into a worker thread.

    The file is read and written by its owner only. A file that is damaged or no
    index is set aside under another name and made anew.

    Parameters
    ----------
    path
        The SQLite file; made, with its folder, where there is none.
    now_ns
        Tells the time; for tests.

    Raises
    ------
    IndexUnavailableError
        If there can be no index at this place. So does every other method if the
        disk fails or another window holds the file for long; but `discover` and
        `load` then do without, and tell.
    """

    def __init__(self, path: Path, *, now_ns: Callable[[], int] = time.time_ns) -> None:
        self.path = path
        self._now_ns = now_ns
        self._lock = threading.RLock()
        self._connection: Connection | None = index_file.connect(path)

    def discover(
        self,
        paths: Sequence[Path],
        *,
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> Discovery:
        """Find what the paths hold, as `studies.discovery.discover`.

        Files whose size and times are as they were are not read again. Paths are
        made absolute. Files that are gone since the folder was last looked at are
        told once, as a problem. The images of a series may be made when they are
        first looked at: see `studies.stored_discovery.StoredImages`.
        """
        from studies.index_discover import discover

        chosen = [Path(os.path.abspath(path)) for path in paths]  # noqa: PTH100 - resolve() would follow links
        stop = cancelled or (lambda: False)
        return discover(self, chosen, self._now_ns(), progress, stop)

    def search(
        self,
        text: str = "",
        *,
        sort: SortKey = SortKey.OPENED,
        descending: bool = True,
        limit: int = 200,
        offset: int = 0,
    ) -> tuple[IndexedStudy, ...]:
        """Return studies in which a word begins with each word of the text.

        Looked for in name, patient ID, accession number, description, modalities,
        body parts and date (2021-03-04, 20210304, 04.03.2021), whatever case and
        accents. An empty text finds all; the last opened come first.
        """
        from studies.index_search import find

        return self.run(
            lambda connection: find(connection, text, sort, descending, limit, offset)
        )

    def count(self, text: str = "") -> int:
        """Return how many studies `search` would find without a limit."""
        from studies import index_search

        return self.run(lambda connection: index_search.count(connection, text))

    def studies_of(self, patient: Patient) -> tuple[IndexedStudy, ...]:
        """Return the studies of exactly this patient, newest first.

        None where the patient cannot be told from others: without an ID there must
        be a name and a date of birth.
        """
        from studies.index_search import of_patient, read_studies

        if not patient.patient_id and not (patient.name and patient.birth_date):
            return ()
        condition = of_patient(patient)
        return self.run(
            lambda connection: tuple(read_studies(connection, condition).values())
        )

    def similar_patients(self, patient: Patient) -> tuple[Patient, ...]:
        """Return who else has this patient's ID: to be asked about, never mixed."""
        from sqlalchemy import select

        from studies.index_search import patient_of
        from studies.index_tables import studies

        if not patient.patient_id:
            return ()
        query = select(studies).where(studies.c.patient_id == patient.patient_id)

        def read(connection: Connection) -> tuple[Patient, ...]:
            rows = connection.execute(query.order_by(studies.c.id))
            others = dict.fromkeys(patient_of(row) for row in rows)
            return tuple(other for other in others if other != patient)

        return self.run(read)

    def load(
        self,
        study: IndexedStudy,
        *,
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> Discovery:
        """Find one study's files again, checked against the disk.

        A file that is gone is a problem, and so is one that holds another study
        now: of other studies and patients nothing is returned.
        """
        from studies.index_load import load

        return load(self, study, self._now_ns(), progress, cancelled or (lambda: False))

    def opened(self, study: Study, at: datetime) -> None:
        """Note that a study was opened; one that the index did not find is not noted.

        `at` without a time zone is taken as local time.
        """
        from sqlalchemy import update

        from studies.index_rows import study_numbers
        from studies.index_tables import studies

        when = at.astimezone(UTC).isoformat()
        key = study.study_instance_uid, study.patient

        def write(connection: Connection) -> None:
            number = study_numbers(connection, [key]).get(key)
            row = update(studies).where(studies.c.id == number)
            connection.execute(row.values(last_opened=when))

        self.run(write, writes=True)

    def forget(self, study: IndexedStudy) -> None:
        """Remove a study from the index; its files stay as they are.

        It comes back when its folder is opened again.
        """
        from studies import index_rows

        key = study.study_instance_uid, study.patient
        self.run(
            lambda connection: index_rows.forget_study(connection, key), writes=True
        )

    def close(self) -> None:
        """Close the file; whatever is asked later raises."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection.engine.dispose()
            self._connection = None

    def run(self, work: Callable[[Connection], T], *, writes: bool = False) -> T:
        """Run some work in one transaction; for the modules of the index.

        An index that turns out to be damaged is made anew, and the work done again.
        """
        from sqlalchemy.exc import SQLAlchemyError

        with self._lock:
            for is_first in (True, False):
                try:
                    return self._once(work, writes)
                except SQLAlchemyError as error:
                    if not (is_first and index_file.is_unsound(error)):
                        why = index_file.reason_of(error)
                        raise IndexUnavailableError(self.path, why) from error
                self.close()
                index_file.set_aside(self.path)
                self._connection = index_file.connect(self.path)
        raise AssertionError("the second time returns or raises")

    def _once(self, work: Callable[[Connection], T], writes: bool) -> T:
        if self._connection is None:
            raise IndexUnavailableError(self.path, "it is closed")
        self._connection.info["writes"] = writes
        with self._connection.begin():
            return work(self._connection)
