"""What the study list asks of the index of studies. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from studies.indexed_study import IndexedStudy as IndexedStudy
from studies.indexed_study import SortKey as SortKey

if TYPE_CHECKING:
    from datetime import datetime

    from studies.model import Discovery, Patient, Study


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

    def opened(self, study: Study, at: datetime) -> None:
        """Remember when a study was opened."""

    def forget(self, study: Any) -> None:
        """Take a study out of the index; its files stay."""
