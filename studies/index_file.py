"""The SQLite file under the index: opening it, and what to do if it is unsound.

Nothing in it is dear: a file that is damaged or not ours is set aside under
another name, never deleted, and a new one is made from the studies' own files.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from studies import sqlite_file
from studies.errors import OverreadError
from studies.stored import reader_version

if TYPE_CHECKING:
    from sqlalchemy import Connection

SCHEMA_VERSION = 1
APPLICATION_ID = 0x4F565249  # "OVRI"
_CORRUPT, _NOT_A_DATABASE = 11, 26
_ERROR = 1  # a table that is not there
_MOST_ASIDE = 100


class IndexUnavailableError(OverreadError):
    """The index cannot be had: its folder, its disk or another program forbids it."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"the index {path.name} cannot be used: {reason}")


class UnsoundIndexError(OverreadError):
    """A file that is damaged, of another version or not an index at all."""


def connect(path: Path) -> Connection:
    """Open the index, made anew where it is missing or unsound.

    Raises
    ------
    IndexUnavailableError
        If there can be none at this place.
    """
    from sqlalchemy.exc import SQLAlchemyError

    _create_private(path)
    try:
        try:
            return _open(path)
        except UnsoundIndexError:
            set_aside(path)
            _create_private(path)
            return _open(path)
    except (SQLAlchemyError, UnsoundIndexError) as error:
        raise IndexUnavailableError(path, reason_of(error)) from error


def set_aside(path: Path) -> None:
    """Give an unsound file another name, its own companions with it.

    Raises
    ------
    IndexUnavailableError
        If it cannot be renamed.
    """
    for number in range(1, _MOST_ASIDE + 1):
        aside = path.with_name(f"{path.name}.aside-{number}")
        if not aside.exists():
            break
    try:
        path.replace(aside)
        for ending in ("-wal", "-shm"):
            with suppress(FileNotFoundError):
                path.with_name(path.name + ending).replace(f"{aside}{ending}")
    except OSError as error:
        why = f"it is unsound and cannot be renamed ({error.strerror})"
        raise IndexUnavailableError(path, why) from error


def is_unsound(error: Exception) -> bool:
    """Return whether an error of SQLite says that the file itself is bad."""
    return _code(error) in (_CORRUPT, _NOT_A_DATABASE)


def reason_of(error: Exception) -> str:
    """Say why SQLite failed; its own words name no patient."""
    return str(getattr(error, "orig", None) or error)


def _create_private(path: Path) -> None:
    try:
        sqlite_file.create_private(path)
    except OSError as error:
        why = f"it cannot be made ({error.strerror})"
        raise IndexUnavailableError(path, why) from error


def _open(path: Path) -> Connection:
    from sqlalchemy.exc import DatabaseError

    # The index itself lets one thread in.
    engine = sqlite_file.new_engine(path, "NORMAL", any_thread=True)
    try:
        connection = engine.connect()
        _check(connection)
    except DatabaseError as error:
        engine.dispose()
        if is_unsound(error) or _code(error) == _ERROR:
            raise UnsoundIndexError(reason_of(error)) from error
        raise
    except UnsoundIndexError:
        engine.dispose()
        raise
    return connection


def _check(connection: Connection) -> None:
    """Make the tables in a new file; refuse one that is not ours or of another age."""
    from studies import index_tables as tables

    with sqlite_file.writing(connection):
        owner = _pragma(connection, "application_id")
        if owner == 0 and _is_empty(connection):
            tables.create(connection)
            connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")
            connection.exec_driver_sql(f"PRAGMA user_version={SCHEMA_VERSION}")
        elif owner != APPLICATION_ID:
            raise UnsoundIndexError("it is not an index of studies")
        elif _pragma(connection, "user_version") != SCHEMA_VERSION:
            raise UnsoundIndexError("another version of Overread wrote it")
        _forget_other_readers(connection)


def _forget_other_readers(connection: Connection) -> None:
    """Have all files read again if another version of the code read them."""
    from sqlalchemy import delete, insert, select, update

    from studies.index_tables import facts, files, snapshots

    # This also finds a file whose header is sound and whose tables are not.
    held = connection.execute(select(facts.c.value)).scalar()
    if held == reader_version():
        return
    connection.execute(delete(snapshots))
    connection.execute(update(files).values(size=-1, findings="[]"))
    connection.execute(delete(facts))
    connection.execute(insert(facts).values(name="reader", value=reader_version()))


def _is_empty(connection: Connection) -> bool:
    found = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar()
    return not found


def _pragma(connection: Connection, name: str) -> int:
    return int(connection.exec_driver_sql(f"PRAGMA {name}").scalar() or 0)


def _code(error: Exception) -> int:
    original = getattr(error, "orig", None)
    return int(getattr(original, "sqlite_errorcode", 0)) & 0xFF
