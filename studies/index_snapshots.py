"""Whole searches kept, so that an unchanged folder is listed without any sorting."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select

from studies.index_tables import snapshot_series, snapshots
from studies.model import Discovery
from studies.stored_discovery import read_discovery, write_discovery
from studies.walk import Candidate

_MOST_KEPT = 50


def listing_of(listed: Sequence[Candidate]) -> str:
    """Return a digest of which files there are and how they are stamped."""
    said = [(one.location, one.stamp, one.named, one.refusal) for one in listed]
    text = json.dumps(said)
    return hashlib.blake2b(text.encode()).hexdigest()


def recall(
    connection: Connection, paths: Sequence[Path], listing: str
) -> Discovery | None:
    """Return what the paths held if all of it is as it was, else None."""
    held = connection.execute(
        select(snapshots).where(snapshots.c.paths == _key(paths))
    ).first()
    if held is None or held.listing != listing:
        return None
    bodies = connection.scalars(
        select(snapshot_series.c.images)
        .where(snapshot_series.c.snapshot_id == held.id)
        .order_by(snapshot_series.c.position)
    ).all()
    try:
        return read_discovery(held.head, bodies)
    except (
        ValueError,
        TypeError,
        LookupError,
    ):  # written over by something: the files are read again
        return None


def keep(
    connection: Connection, paths: Sequence[Path], listing: str, found: Discovery
) -> None:
    """Keep what the paths hold, in place of what they held; the oldest go."""
    key = _key(paths)
    connection.execute(delete(snapshots).where(snapshots.c.paths == key))
    head, bodies = write_discovery(found)
    made = connection.execute(
        insert(snapshots).values(paths=key, listing=listing, head=head)
    )
    (number,) = made.inserted_primary_key or (0,)
    rows = [
        {"snapshot_id": number, "position": position, "images": body}
        for position, body in enumerate(bodies)
    ]
    if rows:
        connection.execute(insert(snapshot_series), rows)
    newest = select(snapshots.c.id).order_by(snapshots.c.id.desc()).limit(_MOST_KEPT)
    connection.execute(delete(snapshots).where(snapshots.c.id.not_in(newest)))


def forget(connection: Connection) -> None:
    """Forget all."""
    connection.execute(delete(snapshots))


def _key(paths: Sequence[Path]) -> str:
    return json.dumps([str(path) for path in paths])
