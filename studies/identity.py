"""Whose image it is and which one: patient, study and UIDs of a header."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime

from studies.elements import Elements
from studies.errors import UnsupportedImageError
from studies.model import Patient

_SAFE_UID = re.compile(r"[0-9.]{1,64}")
_STRICT_UID = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*))+")
_AGE = re.compile(r"(\d{1,3})([DWMY])")
_PER_YEAR = {"D": 365.25, "W": 52.18, "M": 12.0, "Y": 1.0}


@dataclass(frozen=True, slots=True)
class StudyFacts:
    """What a header says of its study."""

    study_instance_uid: str
    description: str
    started_at: datetime | None
    accession_number: str


@dataclass(frozen=True, slots=True)
class Uids:
    """The UIDs that place an image; missing ones are derived and told."""

    sop_class_uid: str
    sop_instance_uid: str
    series_instance_uid: str
    study_instance_uid: str


def read_patient(elements: Elements) -> Patient:
    """Read whose image it is; spaces and case as the header has them."""
    patient = Patient(
        patient_id=elements.text("PatientID"),
        name=display_name(elements.text("PatientName")),
        birth_date=elements.day("PatientBirthDate"),
        sex=elements.text("PatientSex").upper(),
        issuer=elements.text("IssuerOfPatientID"),
    )
    if not patient.patient_id and not patient.name:
        elements.note("No patient name or ID in the header")
    return patient


def display_name(person_name: str) -> str:
    """Return a person's name (VR PN) as it is read: ``"Doe, Jane Q."``.

    Of the three groups the alphabetic comes first, the ideographic behind it in
    brackets; the phonetic one is left out.

    References
    ----------
    DICOM PS3.5 6.2.1.
    """
    groups = [_one_group(group) for group in person_name.split("=")[:2]]
    named = [group for group in groups if group]
    return f"{named[0]} ({named[1]})" if len(named) == 2 else "".join(named)


def read_study(elements: Elements, uids: Uids) -> StudyFacts:
    """Read what the header says of the study."""
    return StudyFacts(
        study_instance_uid=uids.study_instance_uid,
        description=elements.text("StudyDescription"),
        started_at=elements.moment("StudyDate", "StudyTime"),
        accession_number=elements.text("AccessionNumber"),
    )


def read_uids(elements: Elements, fingerprint: str) -> Uids:
    """Read the UIDs; one that is missing is derived from `fingerprint` and told.

    Raises
    ------
    UnsupportedImageError
        If one is there but longer than 64 characters or not of digits and dots:
        nothing could ever refer to it, and it may be meant as a file's path.

    References
    ----------
    DICOM PS3.5 9.1; derived ones by B.2.
    """
    sop = _uid(elements, "SOPInstanceUID") or derived_uid(
        fingerprint or elements.text("SeriesInstanceUID"), "sop"
    )
    study = _uid(elements, "StudyInstanceUID")
    study = study or derived_uid(sop, "study")
    series = _uid(elements, "SeriesInstanceUID")
    series = series or derived_uid(study, "series")
    return Uids(elements.text("SOPClassUID"), sop, series, study)


def derived_uid(fingerprint: str, what: str) -> str:
    """Return a UID under 2.25 made from a text; the same text, the same UID."""
    digest = hashlib.sha256(f"{what}:{fingerprint}".encode()).digest()
    return f"2.25.{int.from_bytes(digest[:15], 'big')}"


def age_years(elements: Elements) -> float | None:
    """Return Patient's Age, else birth date at the study's date, in years."""
    stated = elements.text("PatientAge").upper()
    if found := _AGE.fullmatch(stated):
        return int(found[1]) / _PER_YEAR[found[2]]
    if stated:
        elements.note("Patient's Age cannot be read")
    born, studied = elements.day("PatientBirthDate"), elements.day("StudyDate")
    if born is None or studied is None:
        return None
    if studied < born:
        elements.note("The study is dated before the patient's birth")
        return None
    return float(_whole_years(born, studied))


def _whole_years(born: date, studied: date) -> int:
    before_birthday = (studied.month, studied.day) < (born.month, born.day)
    return studied.year - born.year - before_birthday


def _one_group(group: str) -> str:
    parts = [part.strip() for part in group.split("^")]
    family, given = parts[0], " ".join(part for part in parts[1:5] if part)
    return ", ".join(part for part in (family, given) if part)


def _uid(elements: Elements, keyword: str) -> str:
    uid = elements.text(keyword)
    if not uid:
        elements.note(f"No {keyword} in the header")
        return ""
    if not _SAFE_UID.fullmatch(uid):
        found = f"{len(uid)} characters" if len(uid) > 64 else "other characters"
        raise UnsupportedImageError(
            keyword, found, "at most 64 characters, digits and dots"
        )
    if not _STRICT_UID.fullmatch(uid):
        elements.note(f"{keyword} is not a valid UID")
    return uid
