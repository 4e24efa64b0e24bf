"""Findings -> rows of the index: files, their objects, and the studies of these."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from studies.grouping import Finding
from studies.identity import StudyFacts
from studies.index_tables import files, objects, roots, snapshots, studies, words
from studies.index_words import folded, words_of
from studies.model import Patient, Problem
from studies.record import ImageRecord, OtherRecord
from studies.walk import Stamp

StudyKey: TypeAlias = tuple[str, Patient]
"""Study Instance UID and whose it is."""

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Learned:
    """A file, the stamp it had, and its findings as they are and as text."""

    location: str
    stamp: Stamp
    findings: Sequence[Finding]
    text: str


def study_key(record: ImageRecord | OtherRecord) -> StudyKey:
    """Return which study of whom a record belongs to."""
    if isinstance(record, ImageRecord):
        return record.study.study_instance_uid, record.patient
    return record.study_instance_uid, record.patient


def patient_columns(patient: Patient) -> dict[str, str]:
    """Return a patient as the columns of a study's row."""
    born = patient.birth_date
    return {
        "patient_id": patient.patient_id,
        "issuer": patient.issuer,
        "name": patient.name,
        "birth_date": born.isoformat() if born else "",
        "sex": patient.sex,
    }


def learn(connection: Connection, learned: Sequence[Learned]) -> None:
    """Write files, in place of what was known of them."""
    touched: set[int] = set()
    for some in chunks(learned):
        touched |= forget_files(connection, [one.location for one in some])
        touched |= _write_files(connection, some)
    refresh(connection, touched)


def forget_files(connection: Connection, locations: Sequence[str]) -> set[int]:
    """Delete files; return the studies that they held something of."""
    touched: set[int] = set()
    for some in chunks(locations):
        held = (
            select(objects.c.study_id)
            .join(files, files.c.id == objects.c.file_id)
            .where(files.c.location.in_(some))
            .distinct()
        )
        touched |= set(connection.scalars(held))
        connection.execute(delete(files).where(files.c.location.in_(some)))
    return touched


def forget_study(connection: Connection, key: StudyKey) -> None:
    """Delete a study, and have the files that held it read again if asked for."""
    number = study_numbers(connection, [key]).get(key)
    if number is None:
        return
    held = select(objects.c.file_id).where(objects.c.study_id == number)
    unread = update(files).where(files.c.id.in_(held))
    connection.execute(unread.values(size=-1, findings="[]"))
    connection.execute(delete(studies).where(studies.c.id == number))
    connection.execute(delete(words).where(words.c.rowid == number))
    orphaned = files.c.id.not_in(select(objects.c.file_id))
    connection.execute(delete(files).where((files.c.size == -1) & orphaned))
    connection.execute(delete(snapshots))


def add_roots(connection: Connection, found: dict[StudyKey, set[str]]) -> None:
    """Note from where studies were opened."""
    known = {(row.study_id, row.location) for row in connection.execute(select(roots))}
    numbers = study_numbers(connection, found)
    rows = [
        {"study_id": numbers[key], "location": location}
        for key, locations in found.items()
        for location in locations
        if key in numbers and (numbers[key], location) not in known
    ]
    if rows:
        connection.execute(insert(roots), rows)


def study_numbers(
    connection: Connection, keys: Iterable[StudyKey]
) -> dict[StudyKey, int]:
    """Return the rows of studies by whose they are."""
    wanted = {
        (uid, *patient_columns(patient).values()): (uid, patient)
        for uid, patient in keys
    }
    found: dict[StudyKey, int] = {}
    for some in chunks(sorted({uid for uid, *_ in wanted})):
        rows = connection.execute(
            select(
                studies.c.study_instance_uid,
                studies.c.patient_id,
                studies.c.issuer,
                studies.c.name,
                studies.c.birth_date,
                studies.c.sex,
                studies.c.id,
            ).where(studies.c.study_instance_uid.in_(some))
        )
        for *columns, number in rows:
            key = wanted.get(tuple(columns))
            if key is not None:
                found[key] = number
    return found


def refresh(connection: Connection, numbers: Collection[int]) -> None:
    """Count anew what studies hold; those that hold nothing go."""
    for some in chunks(sorted(numbers)):
        held: dict[int, dict[str, Any]] = defaultdict(lambda: defaultdict(set))
        rows = connection.execute(select(objects).where(objects.c.study_id.in_(some)))
        for row in rows:
            study = held[row.study_id]
            study["sops"].add((row.sop_instance_uid, row.images))
            if row.images:
                study["series"].add(row.series_instance_uid)
                study["modalities"].add(row.modality)
                study["body_parts"].add(row.body_part)
        gone = [number for number in some if number not in held]
        connection.execute(delete(studies).where(studies.c.id.in_(gone)))
        connection.execute(delete(words).where(words.c.rowid.in_(some)))
        counts = [{"number": number, **_counts(held[number])} for number in held]
        if counts:
            counted = update(studies).where(studies.c.id == bindparam("number"))
            connection.execute(counted, counts)
        write_words(connection, list(held))


def write_words(connection: Connection, numbers: Sequence[int]) -> None:
    """Write the words that studies are found by."""
    for some in chunks(numbers):
        rows = connection.execute(select(studies).where(studies.c.id.in_(some)))
        said = [{"rowid": row.id, "said": words_of(row)} for row in rows if row.images]
        if said:
            connection.execute(insert(words), said)


def chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Yield values in pieces that SQLite takes as parameters of one statement."""
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]


def _write_files(connection: Connection, learned: Sequence[Learned]) -> set[int]:
    rows = [
        {
            "location": one.location,
            "size": one.stamp[0],
            "changed_ns": one.stamp[1],
            "entry_changed_ns": one.stamp[2],
            "findings": one.text,
        }
        for one in learned
    ]
    connection.execute(insert(files), rows)
    locations = [one.location for one in learned]
    held = select(files.c.location, files.c.id).where(files.c.location.in_(locations))
    numbers = {row.location: row.id for row in connection.execute(held)}
    keys = _ensured(connection, learned)
    found = [
        {"file_id": numbers[one.location], **row}
        for one in learned
        for row in _objects(one.findings, keys)
    ]
    if found:
        connection.execute(insert(objects), found)
    return set(keys.values())


def _ensured(connection: Connection, learned: Sequence[Learned]) -> dict[StudyKey, int]:
    """Return the rows of the studies in files, made where there are none."""
    said: dict[StudyKey, StudyFacts] = {}
    for one in learned:
        for record in records(one.findings):
            key = study_key(record)
            if isinstance(record, ImageRecord):
                said[key] = record.study
            else:
                said.setdefault(key, StudyFacts(key[0], "", None, ""))
    numbers = study_numbers(connection, said)
    new = [_new_study(key, said[key]) for key in said if key not in numbers]
    if new:
        connection.execute(insert(studies), new)
        numbers = study_numbers(connection, said)
    return numbers


def records(findings: Sequence[Finding]) -> Iterator[ImageRecord | OtherRecord]:
    """Yield the records among findings."""
    for finding in findings:
        if not isinstance(finding, Problem):
            yield finding[1]


def _new_study(key: StudyKey, said: StudyFacts) -> dict[str, object]:
    uid, patient = key
    return {
        "study_instance_uid": uid,
        **patient_columns(patient),
        "description": said.description,
        "started_at": said.started_at.isoformat() if said.started_at else "",
        "accession_number": said.accession_number,
        "sort_name": folded(patient.name),
        "sort_id": folded(patient.patient_id),
        "sort_description": folded(said.description),
    }


def _objects(
    findings: Sequence[Finding], keys: dict[StudyKey, int]
) -> Iterator[dict[str, object]]:
    for record in records(findings):
        row: dict[str, object] = {"study_id": keys[study_key(record)]}
        if isinstance(record, ImageRecord):
            first = record.headers[0]
            row["sop_instance_uid"] = first.sop_instance_uid
            row["series_instance_uid"] = first.series_instance_uid
            row["modality"], row["body_part"] = first.modality, first.body_part
            row["images"] = len(record.headers)
        else:
            row["sop_instance_uid"] = record.sop_instance_uid
            row |= {"series_instance_uid": "", "modality": "", "body_part": ""}
            row["images"] = 0
        yield row


def _counts(study: dict[str, Any]) -> dict[str, object]:
    images = dict(study["sops"])
    return {
        "images": sum(images.values()),
        "series": len(study["series"]),
        "modalities": json.dumps(sorted(study["modalities"] - {""})),
        "body_parts": json.dumps(sorted(study["body_parts"] - {""})),
    }
