"""Asks the index of studies, off the main thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, SignalInstance

from gui.errands import Errands, Stopped
from gui.study_catalog import IndexedStudy, SortKey, StudyCatalog

if TYPE_CHECKING:
    from datetime import datetime

    from studies.model import Discovery, Patient, Study

RECENT = 8


@dataclass(frozen=True, slots=True)
class Query:
    """What the list shows: a text, and in which order."""

    text: str = ""
    sort: SortKey = SortKey.OPENED
    descending: bool = True


@dataclass(frozen=True, slots=True)
class Page:
    """A part of the answer: `studies` begin at `offset`; `count` is of all."""

    query: Query
    count: int
    offset: int
    studies: tuple[IndexedStudy, ...]


@dataclass(frozen=True, slots=True)
class Priors:
    """Other studies of a patient, and patients that may or may not be the same."""

    patient: Patient
    studies: tuple[IndexedStudy, ...]
    similar: tuple[Patient, ...]


class StudyDesk(QObject):
    """The index of studies for the main thread; the index itself lives in another.

    Of the questions of one kind only the latest is answered.

    Parameters
    ----------
    make
        Makes or opens the index; called in its thread, at the first question.
    dispose
        Closes it, in the same thread.
    sort_keys
        The enumeration that the index sorts by; its names are those of `SortKey`.

    Signals
    -------
    page_found(Page)
    recent_found(tuple[IndexedStudy, ...])
        The studies opened last.
    priors_found(Priors)
    loaded(Discovery)
        A study with its images.
    load_progressed(int, int)
    missing_found(frozenset[str])
        Study Instance UIDs of those asked about none of whose files is there.
    forgotten()
    failed(str)
        The index could not answer; the kind of error, no patient's name.
    """

    page_found = Signal(object)
    recent_found = Signal(object)
    priors_found = Signal(object)
    loaded = Signal(object)
    load_progressed = Signal(int, int)
    missing_found = Signal(object)
    forgotten = Signal()
    failed = Signal(str)

    def __init__(
        self,
        make: Callable[[], StudyCatalog],
        parent: QObject | None = None,
        *,
        dispose: Callable[[StudyCatalog], None] | None = None,
        sort_keys: type[Enum] = SortKey,
    ) -> None:
        super().__init__(parent)
        self._make = make
        self._dispose = dispose
        self._sort_keys = sort_keys
        self._catalog: StudyCatalog | None = None
        self._errands = Errands("study index", self)
        # A network folder that does not answer must not hold up the searches.
        self._looks = Errands("study files", self)

    def find(self, query: Query, *, offset: int = 0, limit: int = 200) -> None:
        """Ask for a part of the list; an earlier question for this part is dropped."""

        def work(_: Stopped) -> object:
            catalog = self._open()
            found = catalog.search(
                query.text,
                sort=self._sort_keys[query.sort.name],
                descending=query.descending,
                limit=limit,
                offset=offset,
            )
            return Page(query, catalog.count(query.text), offset, tuple(found))

        self._ask(f"page {offset}", work, self.page_found)

    def forget_questions(self) -> None:
        """Drop the questions for parts of the list: the list shows something else."""
        self._errands.drop_matching("page ")

    def find_recent(self) -> None:
        """Ask for the studies opened last."""

        def work(_: Stopped) -> object:
            opened = self._sort_keys[SortKey.OPENED.name]
            found = self._open().search(sort=opened, descending=True, limit=RECENT)
            return tuple(one for one in found if one.last_opened is not None)

        self._ask("recent", work, self.recent_found)

    def find_priors(self, patient: Patient, study_instance_uid: str) -> None:
        """Ask for a patient's other studies, and for patients of the same ID."""

        def work(_: Stopped) -> object:
            catalog = self._open()
            others = tuple(
                one
                for one in catalog.studies_of(patient)
                if one.study_instance_uid != study_instance_uid
            )
            return Priors(patient, others, tuple(catalog.similar_patients(patient)))

        self._ask("priors", work, self.priors_found)

    def load(self, study: IndexedStudy) -> None:
        """Ask for a study's images."""

        def work(stopped: Stopped) -> Discovery:
            return self._open().load(
                study, progress=self.load_progressed.emit, cancelled=stopped
            )

        self._ask("load", work, self.loaded)

    def cancel_load(self) -> None:
        """Load no longer; nothing is answered."""
        self._errands.drop("load")

    def note_opened(self, study: Study, at: datetime) -> None:
        """Remember when a study was opened."""

        def work(_: Stopped) -> object:
            self._open().opened(study, at)
            return None

        topic = f"opened {study.study_instance_uid}"
        self._errands.ask(topic, work, _ignored, self._on_failed, keep=True)

    def forget(self, study: IndexedStudy) -> None:
        """Take a study out of the index; its files stay."""

        def work(_: Stopped) -> object:
            self._open().forget(study)
            return None

        # A topic of its own: no later one may drop it.
        topic = f"forget {study.study_instance_uid}"
        self._errands.ask(topic, work, self._on_forgotten, self._on_failed, keep=True)

    def look_for_files(self, studies: Sequence[IndexedStudy]) -> None:
        """Look whether the files of studies are still there."""

        def work(stopped: Stopped) -> object:
            return frozenset(
                one.study_instance_uid
                for one in studies
                if not stopped() and not any(root.exists() for root in one.roots)
            )

        if studies:
            first = studies[0].study_instance_uid
            self._looks.ask(f"look {first}", work, self.missing_found.emit)

    def stop(self) -> None:
        """Close the index and end the threads."""
        self._errands.close(self._close)
        self._looks.close()

    def _ask(
        self, topic: str, work: Callable[[Stopped], object], told: SignalInstance
    ) -> None:
        self._errands.ask(topic, work, told.emit, self._on_failed)

    def _open(self) -> StudyCatalog:
        """Return the index; called in its thread alone."""
        if self._catalog is None:
            self._catalog = self._make()
        return self._catalog

    def _close(self) -> None:
        if self._catalog is not None and self._dispose is not None:
            self._dispose(self._catalog)
        self._catalog = None

    def _on_forgotten(self, _: object) -> None:
        self.forgotten.emit()

    def _on_failed(self, error: object) -> None:
        self.failed.emit(type(error).__name__)


def _ignored(_: object) -> None:
    """Nothing comes back from what is only written."""
