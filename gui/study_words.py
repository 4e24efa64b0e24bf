"""A patient, a study, an image in a few words. No Qt."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from studies.model import ImageHeader, Patient, Study


def patient_name(patient: Patient) -> str:
    """Return the name, or the ID where there is no name."""
    return patient.name or patient.patient_id or "Name unknown"


def patient_line(patient: Patient) -> str:
    """Return a patient as told apart from another: name, ID, birth date, sex."""
    parts = [patient_name(patient)]
    parts.append(f"ID {patient.patient_id}" if patient.patient_id else "no ID")
    if patient.birth_date is not None:
        parts.append(f"born {patient.birth_date.isoformat()}")
    else:
        parts.append("birth date unknown")
    if patient.sex:
        parts.append(patient.sex)
    return "   ".join(parts)


def about(study: Study, header: ImageHeader) -> str:
    """Return ``F  54 y · CHEST PA · 12 Mar 2026, 07:31``."""
    age = "" if header.age_years is None else age_text(header.age_years)
    who = "  ".join(part for part in (study.patient.sex, age) if part)
    parts = [who, description(study, header), moment(study.started_at)]
    return " · ".join(part for part in parts if part)


def age_text(years: float) -> str:
    """Return an age as read aloud: days and months for infants."""
    if years >= 2:
        return f"{int(years)} y"
    if years >= 1 / 12:
        return f"{int(years * 12)} mo"
    return f"{int(years * 365.25)} d"


def description(study: Study, header: ImageHeader) -> str:
    """Return the study's description, else what the image shows."""
    shown = " ".join(part for part in (header.body_part, header.view_position) if part)
    return study.description or shown or header.modality


def is_later(other: datetime | None, current: datetime | None) -> bool:
    """Return whether another study was made after the current one: it is no prior."""
    return other is not None and current is not None and other > current


def moment(at: datetime | None) -> str:
    """Return ``12 Mar 2026, 07:31``; the time is left out where it is midnight."""
    if at is None:
        return ""
    day = f"{at.day} {_MONTHS[at.month - 1]} {at.year}"
    return day if (at.hour, at.minute) == (0, 0) else f"{day}, {at:%H:%M}"


_MONTHS = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)
