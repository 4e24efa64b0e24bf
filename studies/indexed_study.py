"""A study as the index knows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from studies.model import Patient


class SortKey(StrEnum):
    """What the list of studies is sorted by."""

    OPENED = "opened"
    DATE = "date"
    NAME = "name"
    PATIENT_ID = "patient id"
    DESCRIPTION = "description"
    MODALITY = "modality"


@dataclass(frozen=True, slots=True)
class IndexedStudy:
    """A study as the index knows it; its files may have changed since.

    Attributes
    ----------
    images
        How many there are, frames counted.
    roots
        The paths that were opened and held it.
    last_opened
        With its time zone (UTC), or None.
    """

    study_instance_uid: str
    patient: Patient
    description: str
    started_at: datetime | None
    accession_number: str
    modalities: tuple[str, ...]
    body_parts: tuple[str, ...]
    images: int
    series: int
    roots: tuple[Path, ...]
    last_opened: datetime | None
