"""The tables of the index (SQLAlchemy Core); all in it can be made anew."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    column,
    table,
    text,
)

metadata = MetaData()

_HAS_IMAGES = text("images > 0")
ORDERS = {
    "opened": ("last_opened", "started_at"),
    "date": ("started_at",),
    "name": ("sort_name",),
    "patient id": ("sort_id",),
    "description": ("sort_description",),
    "modality": ("modalities",),
}
"""The columns of each order in which studies are listed."""

studies = Table(
    "studies",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("study_instance_uid", String, nullable=False),
    Column("patient_id", String, nullable=False),
    Column("issuer", String, nullable=False),
    Column("name", String, nullable=False),
    Column("birth_date", String, nullable=False),
    Column("sex", String, nullable=False),
    Column("description", String, nullable=False),
    Column("started_at", String, nullable=False),
    Column("accession_number", String, nullable=False),
    Column("modalities", String, nullable=False, default="[]"),
    Column("body_parts", String, nullable=False, default="[]"),
    Column("images", Integer, nullable=False, default=0),
    Column("series", Integer, nullable=False, default=0),
    Column("last_opened", String, nullable=False, default=""),
    # What the lists are sorted by: without case and accents.
    Column("sort_name", String, nullable=False, default=""),
    Column("sort_id", String, nullable=False, default=""),
    Column("sort_description", String, nullable=False, default=""),
    Index(
        "studies_of_patient",
        "study_instance_uid",
        "patient_id",
        "issuer",
        "name",
        "birth_date",
        "sex",
        unique=True,
    ),
    Index("studies_by_patient_id", "patient_id"),
    *(
        # Partial, so that a page far down a list is counted off in the index alone.
        Index(f"studies_by_{name}", *columns, "id", sqlite_where=_HAS_IMAGES)
        for name, columns in ORDERS.items()
    ),
)
"""A study of one patient. Times are ISO 8601, empty where unknown."""

files = Table(
    "files",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("location", String, nullable=False, unique=True),
    Column("size", Integer, nullable=False),
    Column("changed_ns", Integer, nullable=False),
    Column("entry_changed_ns", Integer, nullable=False),
    Column("findings", Text, nullable=False),
)
"""A file or zip, the stamp that it had, and what was found in it."""

objects = Table(
    "objects",
    metadata,
    Column(
        "file_id",
        ForeignKey("files.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column(
        "study_id",
        ForeignKey("studies.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("sop_instance_uid", String, nullable=False),
    Column("series_instance_uid", String, nullable=False),
    Column("modality", String, nullable=False),
    Column("body_part", String, nullable=False),
    Column("images", Integer, nullable=False),
)
"""What a file holds of a study; `images` is 0 for an object without pixels."""

roots = Table(
    "roots",
    metadata,
    Column("study_id", ForeignKey("studies.id", ondelete="CASCADE"), primary_key=True),
    Column("location", String, primary_key=True),
)
"""The folders and files that a user opened and that held a study."""

snapshots = Table(
    "snapshots",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("paths", String, nullable=False, unique=True),
    Column("listing", String, nullable=False),
    Column("head", Text, nullable=False),
)
"""What a choice of paths held, and a digest of the files that it held it in."""

snapshot_series = Table(
    "snapshot_series",
    metadata,
    Column(
        "snapshot_id",
        ForeignKey("snapshots.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("position", Integer, primary_key=True),
    Column("images", Text, nullable=False),
)

facts = Table(
    "facts",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)
"""What must be known of the file itself: which code wrote it."""

words = table("words", column("rowid"), column("said"), column("words"))
"""Full text (SQLite FTS5) of the studies that have images, by their id.

The column of the table's own name stands for all of it where something is matched.
"""

_WORDS = (
    "CREATE VIRTUAL TABLE words USING fts5(said,"
    " tokenize='unicode61 remove_diacritics 2', prefix='1 2 3 4', detail=none)"
)


def create(connection: Connection) -> None:
    """Make the tables of a new file."""
    metadata.create_all(connection)
    connection.exec_driver_sql(_WORDS)
