"""Asking the index: words and orders -> studies."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from studies.index_tables import roots, studies, words
from studies.indexed_study import IndexedStudy, SortKey
from studies.model import Patient

_WORD = re.compile(r"\w", re.UNICODE)


_ORDERS = {
    SortKey.OPENED: (studies.c.last_opened, studies.c.started_at),
    SortKey.DATE: (studies.c.started_at,),
    SortKey.NAME: (studies.c.sort_name,),
    SortKey.PATIENT_ID: (studies.c.sort_id,),
    SortKey.DESCRIPTION: (studies.c.sort_description,),
    SortKey.MODALITY: (studies.c.modalities,),
}
_SHOWN = studies.c.images > 0


def matching(text: str) -> ColumnElement[bool]:
    """Return the condition that a study holds words beginning with each word."""
    said = [word for word in text.split() if _WORD.search(word)]
    if not said:
        return _SHOWN
    quoted = " ".join('"' + word.replace('"', " ") + '"*' for word in said)
    found = select(words.c.rowid).where(words.c.said.op("MATCH")(quoted))
    return _SHOWN & studies.c.id.in_(found)


def ordered(
    condition: ColumnElement[bool], sort: SortKey, descending: bool
) -> Select[Any]:
    """Select studies in an order; equal ones by the order they came in."""
    columns = (*_ORDERS[sort], studies.c.id)
    order = [one.desc() if descending else one.asc() for one in columns]
    return select(studies).where(condition).order_by(*order)


def counted(condition: ColumnElement[bool]) -> Select[Any]:
    """Count studies."""
    return select(func.count()).select_from(studies).where(condition)


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
    connection: Connection, query: Select[Any]
) -> tuple[IndexedStudy, ...]:
    """Return the studies that a query selects."""
    rows = connection.execute(query).all()
    places: dict[int, list[Path]] = defaultdict(list)
    numbers = [row.id for row in rows]
    held = select(roots).where(roots.c.study_id.in_(numbers))
    for row in connection.execute(held.order_by(roots.c.location)):
        places[row.study_id].append(Path(row.location))
    return tuple(_study(row, places[row.id]) for row in rows)


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
