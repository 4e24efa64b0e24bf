"""The SQLite file under the decisions: opening, locking, what its errors mean."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from review.errors import ReviewUnavailableError
from studies import sqlite_file

if TYPE_CHECKING:
    from sqlalchemy import Connection

SCHEMA_VERSION = 3
"""2 has measurements, key images, layouts and views in the journal, 3 severities,
segments and boxes; the tables are those of 1. An older Overread must not open it: it
could not read them, or would take a severity for a finding without a number."""
SALVAGE = "Nothing in it was changed. Move the file aside to start a new one."


def create_private(path: Path) -> None:
    """Make an empty file that only its owner can read.

    Raises
    ------
    ReviewUnavailableError
        If it cannot be made.
    """
    try:
        sqlite_file.create_private(path)
    except OSError as error:
        raise ReviewUnavailableError(
            path,
            f"it cannot be made ({error.strerror})",
            "Choose another folder for decisions.",
        ) from error


def connect(path: Path) -> Connection:
    """Open a file of decisions, making its tables if it is new.

    Raises
    ------
    ReviewUnavailableError
        If it is damaged, not ours, locked, or of a newer version.
    """
    from sqlalchemy.exc import SQLAlchemyError

    engine = sqlite_file.new_engine(path, "FULL")
    try:
        connection = engine.connect()
        _check_schema(path, connection)
    except SQLAlchemyError as error:
        engine.dispose()
        raise ReviewUnavailableError(path, reason(error), next_step(error)) from error
    except ReviewUnavailableError:
        engine.dispose()
        raise
    return connection


def _check_schema(path: Path, connection: Connection) -> None:
    """Make the tables in a new file; refuse a file of a newer version."""
    from review import tables

    with sqlite_file.writing(connection):
        version = int(connection.exec_driver_sql("PRAGMA user_version").scalar() or 0)
        if version > SCHEMA_VERSION:
            raise ReviewUnavailableError(
                path,
                f"a newer Overread wrote it (version {version}, this one reads"
                f" {SCHEMA_VERSION})",
                "Update Overread; nothing in the file was changed.",
            )
        if version == 0:
            tables.create(connection)
        if version < SCHEMA_VERSION:
            connection.exec_driver_sql(f"PRAGMA user_version={SCHEMA_VERSION}")
    with connection.begin():
        # Also finds a file whose header is sound and whose first pages are not.
        connection.execute(tables.last_number(""))


_REASONS = {
    5: ("another window holds the file", "Close the other window and try again."),
    6: ("another window holds the file", "Close the other window and try again."),
    8: ("the file is read-only", "Make it writable or choose another folder."),
    10: ("the disk reports an error", "Check the disk or choose another folder."),
    11: ("the file is damaged", SALVAGE),
    13: ("disk is full", "Free some space or choose another folder."),
    14: ("the file cannot be opened", "Check the folder or choose another one."),
    26: ("it is not a file of decisions", SALVAGE),
}
"""By SQLite's primary result code: 5 BUSY, 6 LOCKED, 8 READONLY, 10 IOERR,
11 CORRUPT, 13 FULL, 14 CANTOPEN, 26 NOTADB."""


def reason(error: Exception) -> str:
    """Say in a few words why SQLite failed."""
    return _describe(error)[0]


def next_step(error: Exception) -> str:
    """Say what the user can do about it."""
    return _describe(error)[1]


def _describe(error: Exception) -> tuple[str, str]:
    original = getattr(error, "orig", None)
    code = getattr(original, "sqlite_errorcode", 0) & 0xFF
    unknown = (f"the file cannot be used ({original or error})", SALVAGE)
    return _REASONS.get(code, unknown)
