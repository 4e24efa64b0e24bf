"""The SQLite file under the decisions: opening, locking, what its errors mean."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from review.errors import ReviewUnavailableError

if TYPE_CHECKING:
    from sqlalchemy import Connection

SCHEMA_VERSION = 2
"""2 has measurements, key images, layouts and views in the journal; its tables are
those of 1. An Overread of version 1 must not open it: it could not read them."""
BUSY_TIMEOUT_S = 1.5
"""How long another window's write is waited for; a message within 2 s."""

SALVAGE = "Nothing in it was changed. Move the file aside to start a new one."


def create_private(path: Path) -> None:
    """Make an empty file that only its owner can read, before SQLite opens it.

    SQLite gives its ``-wal`` and ``-shm`` files the same permissions.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
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
    from sqlalchemy import URL, create_engine, event
    from sqlalchemy.exc import SQLAlchemyError
    from sqlalchemy.pool import StaticPool

    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=StaticPool,
        connect_args={"timeout": BUSY_TIMEOUT_S, "isolation_level": None},
    )
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
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


@contextmanager
def writing(connection: Connection) -> Iterator[None]:
    """Run one transaction that takes the write lock at its beginning."""
    connection.info["writes"] = True
    with connection.begin():
        yield


def _set_pragmas(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]  # sqlite3's connection
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A plain BEGIN would take the lock at the first write only, too late for the
    # comparison of `expected` with the last row. Readers never lock.
    writes = connection.info.pop("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _check_schema(path: Path, connection: Connection) -> None:
    """Make the tables in a new file; refuse a file of a newer version."""
    from review import tables

    with writing(connection):
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
