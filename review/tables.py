"""The tables of the file of decisions (SQLAlchemy Core)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Select,
    String,
    Table,
    Text,
    func,
    select,
)

metadata = MetaData()

journal = Table(
    "journal",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("study_key", String, nullable=False),
    Column("at", String, nullable=False),
    Column("reader", String, nullable=False),
    Column("action", String, nullable=False),
    Column("finding_uid", String, nullable=False),
    Column("payload", Text, nullable=False),
    Index("journal_by_study", "study_key", "number"),
    sqlite_autoincrement=True,
)

analyses = Table(
    "analyses",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("study_key", String, nullable=False),
    Column("model_id", String, nullable=False),
    Column("sha256", String, nullable=False),
    Column("body", Text, nullable=False),
    Column("heatmaps", LargeBinary, nullable=False),
    Index("analyses_by_study", "study_key", "number"),
    sqlite_autoincrement=True,
)


def create(connection: Connection) -> None:
    """Make the tables, and triggers that refuse to change or delete a row."""
    metadata.create_all(connection)
    for table in (journal, analyses):
        for verb in ("UPDATE", "DELETE"):
            connection.exec_driver_sql(
                f"CREATE TRIGGER IF NOT EXISTS {table.name}_no_{verb.lower()}"
                f" BEFORE {verb} ON {table.name}"
                f" BEGIN SELECT RAISE(ABORT, 'append-only'); END"
            )


def select_entries(study_key: str) -> Select[Any]:
    """Select all entries of a study, oldest first."""
    return (
        select(journal)
        .where(journal.c.study_key == study_key)
        .order_by(journal.c.number)
    )


def select_analyses(study_key: str) -> Select[Any]:
    """Select all analyses of a study, oldest first."""
    return (
        select(analyses)
        .where(analyses.c.study_key == study_key)
        .order_by(analyses.c.number)
    )


def select_bodies(key_end: str, model_id: str, sha256: str) -> Select[Any]:
    """Select what a model said, without maps and masks, oldest first.

    Of the studies whose keys end so; all of a patient's end with the digest of the
    patient (`review.store.study_key`).
    """
    return (
        select(analyses.c.body)
        .where(analyses.c.study_key.endswith(key_end, autoescape=True))
        .where(analyses.c.model_id == model_id)
        .where(analyses.c.sha256 == sha256)
        .order_by(analyses.c.number)
    )


def select_studies_since(day: str) -> Select[Any]:
    """Select the studies into which claims were brought on or after a day."""
    return (
        select(journal.c.study_key)
        .where(journal.c.action == "adopt", journal.c.at >= day)
        .distinct()
    )


def last_number(study_key: str) -> Select[Any]:
    """Select the number of a study's newest entry; NULL if there is none."""
    return select(func.max(journal.c.number)).where(journal.c.study_key == study_key)
