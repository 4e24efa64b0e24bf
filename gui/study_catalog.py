"""What the study list asks of the index of studies. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from studies.model import Discovery, Patient


class SortKey(StrEnum):
    """What the index sorts by."""

    NAME = "name"
    DATE = "date"
    OPENED = "opened"
    MODALITY = "modality"
    DESCRIPTION = "description"


class IndexedStudy(Protocol):
    """A study as the index knows it, without its images."""

    @property
    def study_instance_uid(self) -> str:
        """Study Instance UID (0020,000D)."""

    @property
    def patient(self) -> Patient:
        """Whose it is."""

    @property
    def description(self) -> str:
        """Study Description (0008,1030)."""

    @property
    def started_at(self) -> datetime | None:
        """Study Date and Time."""

    @property
    def accession_number(self) -> str:
        """Accession Number (0008,0050)."""

    @property
    def modalities(self) -> tuple[str, ...]:
        """Of its series, each once."""

    @property
    def body_parts(self) -> tuple[str, ...]:
        """Body Part Examined (0018,0015) of its series, each once."""

    @property
    def images(self) -> int:
        """Number of images."""

    @property
    def series(self) -> int:
        """Number of series."""

    @property
    def roots(self) -> tuple[Path, ...]:
        """Folders and files it was found under."""

    @property
    def last_opened(self) -> datetime | None:
        """When it was last on screen, or None."""


class StudyCatalog(Protocol):
    """The index; made, asked and closed in one thread."""

    def search(
        self,
        text: str = "",
        *,
        sort: Any = ...,
        descending: bool = True,
        limit: int = 200,
        offset: int = 0,
    ) -> tuple[Any, ...]:
        """Return the studies that hold all words of a text, sorted, a page of them."""

    def count(self, text: str = "") -> int:
        """Return how many studies `search` finds."""

    def studies_of(self, patient: Patient) -> tuple[Any, ...]:
        """Return the studies of one patient, the newest first."""

    def similar_patients(self, patient: Patient) -> tuple[Patient, ...]:
        """Return patients of the same ID whose other facts differ."""

    def load(
        self,
        study: Any,
        *,
        progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Discovery:
        """Return a study with its images, as discovery would find it."""

    def forget(self, study: Any) -> None:
        """Take a study out of the index; its files stay."""
