"""The file of decisions: SQLite, append-only, committed before a call returns.

WAL with ``synchronous=FULL``: a row that was acknowledged is on the disk, and a
process killed at any moment leaves a sound file. SQLAlchemy is imported when a
store is opened, not before, so that the window shows first.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explain.analysis import Analysis, ModelIdentity
from review import database
from review.analysis_records import analysis_from_record, analysis_to_record
from review.errors import (
    JournalMovedError,
    ReviewNotSavedError,
    ReviewUnavailableError,
)
from review.journal import Action, JournalEntry
from review.severity_history import SeverityPoint, severity_points
from studies import sqlite_file
from studies.model import Study

if TYPE_CHECKING:
    from sqlalchemy import Executable, Row


def default_path() -> Path:
    """Return where decisions are kept: the user's data folder of this system."""
    import platformdirs

    return platformdirs.user_data_path("overread", appauthor=False) / "reviews.sqlite"


def study_key(study: Study) -> str:
    """Return the name under which a study's decisions are kept.

    The Study Instance UID alone is not enough: faulty senders give one UID to
    the studies of two patients, and their decisions must never mix. So a digest
    of the patient follows it; the name itself is not stored.
    """
    patient = study.patient
    born = patient.birth_date.isoformat() if patient.birth_date else ""
    fields = (patient.issuer, patient.patient_id, patient.name, born, patient.sex)
    digest = hashlib.sha256("\x1f".join(fields).encode()).hexdigest()
    return f"{study.study_instance_uid}/{digest[:16]}"


class DecisionStore:
    """One open file of decisions.

    Several stores (and processes) may have the same file open. A store belongs
    to the thread that made it.

    Parameters
    ----------
    path
        Made, readable by its owner only, if it is not there.

    Raises
    ------
    ReviewUnavailableError
        If the file is damaged, not ours, locked, of a newer version, or its
        folder cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        database.create_private(path)
        self._connection = database.connect(path)

    def append(self, entry: JournalEntry) -> JournalEntry:
        """Write one entry; it is on the disk when this returns.

        Returns
        -------
        The entry with its number.

        Raises
        ------
        ReviewNotSavedError
            If it could not be written; then nothing was.
        """
        return self.append_all([entry])[0]

    def append_all(
        self,
        entries: Sequence[JournalEntry],
        *,
        analyses: Sequence[tuple[str, Analysis]] = (),
        expected: int | None = None,
    ) -> tuple[JournalEntry, ...]:
        """Write entries and analyses in one transaction: all of it or nothing.

        Parameters
        ----------
        analyses
            (study key, analysis) pairs.
        expected
            Number of the last entry of this study known to the caller, or None
            not to compare.

        Raises
        ------
        JournalMovedError
            If another window has written to the study in the meantime.
        ReviewNotSavedError
            If anything could not be written; then nothing was.
        """
        from sqlalchemy.exc import SQLAlchemyError

        try:
            with sqlite_file.writing(self._connection):
                if expected is not None and entries:
                    self._check_last(entries[0].study_key, expected)
                for key, analysis in analyses:
                    self._insert_analysis(key, analysis)
                return tuple(self._insert(entry) for entry in entries)
        except SQLAlchemyError as error:
            raise ReviewNotSavedError(database.reason(error)) from error
        except ValueError as error:
            raise ReviewNotSavedError(f"a value cannot be stored ({error})") from error

    def entries(self, study_key: str) -> tuple[JournalEntry, ...]:
        """Return all entries of a study, in the order they were written."""
        from review import tables

        rows = self._read(tables.select_entries(study_key))
        try:
            return tuple(_to_entry(row) for row in rows)
        except ValueError as error:
            raise ReviewUnavailableError(
                self.path, "a stored entry is damaged", database.SALVAGE
            ) from error

    def studies_since(self, since: datetime) -> tuple[str, ...]:
        """Return the keys of studies with claims since a time, or a little before.

        Times are kept with their zones, as text: what is compared is the day
        before, so that no zone hides a study.
        """
        from review import tables

        day = (since - timedelta(days=1)).date().isoformat()
        rows = self._read(tables.select_studies_since(day))
        return tuple(str(row.study_key) for row in rows)

    def analyses(self, study_key: str) -> tuple[Analysis, ...]:
        """Return all analyses of a study, in the order they were saved."""
        from review import tables

        rows = self._read(tables.select_analyses(study_key))
        try:
            return tuple(analysis_from_record(row.body, row.heatmaps) for row in rows)
        except (KeyError, TypeError, ValueError, OSError) as error:
            raise ReviewUnavailableError(
                self.path, "a stored analysis is damaged", database.SALVAGE
            ) from error

    def severities(
        self, key_end: str, model: ModelIdentity, key: str
    ) -> tuple[SeverityPoint, ...]:
        """Return how a severity went over the studies whose keys end so.

        By the same weights only: those of other weights cannot be compared.
        """
        from review import tables

        rows = self._read(tables.select_bodies(key_end, model.model_id, model.sha256))
        try:
            return severity_points((row.body for row in rows), key)
        except (KeyError, TypeError, ValueError) as error:
            raise ReviewUnavailableError(
                self.path, "a stored analysis is damaged", database.SALVAGE
            ) from error

    def check_integrity(self) -> tuple[str, ...]:
        """Return what SQLite's integrity check finds wrong; empty if sound."""
        from sqlalchemy import text

        rows = self._read(text("PRAGMA integrity_check"))
        return tuple(line for line in (str(row[0]) for row in rows) if line != "ok")

    def close(self) -> None:
        """Close the file; the store is not used afterwards."""
        engine = self._connection.engine
        self._connection.close()
        engine.dispose()

    def _read(self, statement: Executable) -> Sequence[Row[Any]]:
        from sqlalchemy.exc import SQLAlchemyError

        try:
            with self._connection.begin():
                return self._connection.execute(statement).all()
        except SQLAlchemyError as error:
            raise ReviewUnavailableError(
                self.path, database.reason(error), database.next_step(error)
            ) from error

    def _check_last(self, study_key: str, expected: int) -> None:
        from review import tables

        found = self._connection.execute(tables.last_number(study_key)).scalar() or 0
        if found != expected:
            raise JournalMovedError(expected, int(found))

    def _insert(self, entry: JournalEntry) -> JournalEntry:
        from review import tables

        result = self._connection.execute(
            tables.journal.insert().values(
                study_key=entry.study_key,
                at=entry.at.isoformat(),
                reader=entry.reader,
                action=entry.action.value,
                finding_uid=entry.finding_uid,
                payload=json.dumps(dict(entry.payload), allow_nan=False),
            )
        )
        key = result.inserted_primary_key
        if key is None:
            raise TypeError("SQLite gave no key")
        return replace(entry, number=int(key[0]))

    def _insert_analysis(self, key: str, analysis: Analysis) -> None:
        from review import tables

        body, heatmaps = analysis_to_record(analysis)
        self._connection.execute(
            tables.analyses.insert().values(
                study_key=key,
                model_id=analysis.model.model_id,
                sha256=analysis.model.sha256,
                body=body,
                heatmaps=heatmaps,
            )
        )


def _to_entry(row: Row[Any]) -> JournalEntry:
    return JournalEntry(
        study_key=row.study_key,
        at=datetime.fromisoformat(row.at),
        reader=row.reader,
        action=Action(row.action),
        finding_uid=row.finding_uid,
        payload=json.loads(row.payload),
        number=row.number,
    )
