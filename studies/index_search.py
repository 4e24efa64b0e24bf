"""Asking the index: words and orders -> studies."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, literal_column, select, text

from studies.index_tables import ORDERS, roots, studies, words
from studies.index_words import joined, split_words
from studies.indexed_study import IndexedStudy, SortKey
from studies.model import Patient

_HAS_IMAGES = text("images > 0")
# With more matches than this it is quicker to go through the order and ask of each
# study whether it matches than to sort all that match.
_MANY = 3000


def find(
    connection: Connection,
    said: str,
    sort: SortKey,
    descending: bool,
    limit: int,
    offset: int,
) -> tuple[IndexedStudy, ...]:
    """Return the studies that words match, in an order; equal ones as they came."""
    columns = [studies.c[name] for name in (*ORDERS[sort.value], "id")]
    order = [one.desc() if descending else one.asc() for one in columns]
    page = select(studies.c.id).where(_HAS_IMAGES).order_by(*order)
    match = _match(said)
    if match is not None:
        matching = select(words.c.rowid).where(match)
        some = select(func.count()).select_from(matching.limit(_MANY).subquery())
        number: ColumnElement[Any] = studies.c.id
        if (connection.scalar(some) or 0) >= _MANY:
            # The plus keeps SQLite from looking each of them up.
            number = literal_column("+studies.id")
        page = page.where(number.in_(matching))
    numbers = connection.scalars(page.limit(limit).offset(offset)).all()
    found = read_studies(connection, studies.c.id.in_(numbers))
    return tuple(found[number] for number in numbers)


def count(connection: Connection, said: str) -> int:
    """Return how many studies words match."""
    match = _match(said)
    table = studies if match is None else words
    condition = _HAS_IMAGES if match is None else match
    query = select(func.count()).select_from(table).where(condition)
    return int(connection.scalar(query) or 0)


def _match(said: str) -> ColumnElement[bool] | None:
    """Return the condition that a word begins with each word; None without any."""
    asked = [f'"{joined(word)}"*' for word in split_words(said)]
    return words.c.words.op("MATCH")(" ".join(asked)) if asked else None


def of_patient(patient: Patient) -> ColumnElement[bool]:
    """Return the condition that a study is of exactly this patient."""
    born = patient.birth_date.isoformat() if patient.birth_date else ""
    return (
        (studies.c.patient_id == patient.patient_id)
        & (studies.c.issuer == patient.issuer)
        & (studies.c.name == patient.name)
        & (studies.c.birth_date == born)
        & (studies.c.sex == patient.sex)
    )


def read_studies(
    connection: Connection, condition: ColumnElement[bool]
) -> dict[int, IndexedStudy]:
    """Return the studies that meet a condition by their rows, newest first."""
    query = select(studies).where(condition)
    rows = connection.execute(query.order_by(studies.c.started_at.desc())).all()
    places: dict[int, list[Path]] = defaultdict(list)
    held = select(roots).where(roots.c.study_id.in_([row.id for row in rows]))
    for row in connection.execute(held.order_by(roots.c.location)):
        places[row.study_id].append(Path(row.location))
    return {row.id: _study(row, places[row.id]) for row in rows}


def patient_of(row: Any) -> Patient:
    """Return whose study a row is."""
    born = date.fromisoformat(row.birth_date) if row.birth_date else None
    return Patient(row.patient_id, row.name, born, row.sex, row.issuer)


def _study(row: Any, places: Sequence[Path]) -> IndexedStudy:
    return IndexedStudy(
        row.study_instance_uid,
        patient_of(row),
        row.description,
        _moment(row.started_at),
        row.accession_number,
        tuple(json.loads(row.modalities)),
        tuple(json.loads(row.body_parts)),
        row.images,
        row.series,
        tuple(places),
        _moment(row.last_opened),
    )


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
