"""A SQLite file of ours: private, with a write-ahead log, locked by who writes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

BUSY_TIMEOUT_S = 1.5
"""How long another window's write is waited for; a message within 2 s."""


def create_private(path: Path) -> None:
    """Make an empty file that only its owner can read, before SQLite opens it.

    SQLite gives its ``-wal`` and ``-shm`` files the same permissions.

    Raises
    ------
    OSError
        If it cannot be made; one that is there already stays as it is.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def new_engine(
    path: Path, synchronous: Literal["FULL", "NORMAL"], *, any_thread: bool = False
) -> Engine:
    """Return an engine of one connection, for `writing`.

    Parameters
    ----------
    synchronous
        FULL keeps what is committed even if the power fails; NORMAL may lose
        the last transactions then, never the file
        (https://www.sqlite.org/pragma.html#pragma_synchronous).
    any_thread
        Leave it to the caller that one thread at a time is in it.
    """
    from sqlalchemy import URL, create_engine, event
    from sqlalchemy.pool import StaticPool

    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=StaticPool,
        connect_args={
            "timeout": BUSY_TIMEOUT_S,
            "isolation_level": None,
            "check_same_thread": not any_thread,
        },
    )

    def on_connect(connection: object, _record: object) -> None:
        _set_pragmas(connection, synchronous)

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def writing(connection: Connection) -> Iterator[None]:
    """Run one transaction that takes the write lock at its beginning."""
    connection.info["writes"] = True
    with connection.begin():
        yield


def _set_pragmas(connection: object, synchronous: str) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]  # sqlite3's connection
    for pragma in ("journal_mode=WAL", f"synchronous={synchronous}", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A plain BEGIN would take the lock at the first write only, too late for what
    # was read before it. Readers never lock.
    writes = connection.info.pop("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
