"""Asks the index of studies, off the main thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QObject, Signal, SignalInstance

from gui.errands import Errands, Stopped
from studies.indexed_study import IndexedStudy, SortKey

if TYPE_CHECKING:
    from datetime import datetime

    from studies.index import StudyIndex
    from studies.model import Discovery, Patient, Study

RECENT = 8
StudyKey: TypeAlias = tuple[str, "Patient"]


def key_of(study: IndexedStudy) -> StudyKey:
    """Return what tells a study from others: two patients' may share a UID."""
    return study.study_instance_uid, study.patient


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
    """The index of studies for the main thread, which never waits for it.

    Of the questions of one kind only the latest is answered.

    Parameters
    ----------
    index
        Returns the index, opening it at the first call; called in the threads of
        the desk. Whoever made the index closes it, after `stop`.

    Signals
    -------
    page_found(Page)
    recent_found(tuple[IndexedStudy, ...])
        The studies opened last.
    priors_found(Priors)
    loaded(Discovery)
        A study with its images.
    load_progressed(int, int)
    missing_found(frozenset[StudyKey])
        Those asked about none of whose files is there.
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
        index: Callable[[], StudyIndex],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._index = index
        self._errands = Errands("study index", self)
        # A study of thousands of files must not hold up the searches, nor must a
        # network folder that does not answer.
        self._loads = Errands("study load", self)
        self._looks = Errands("study files", self)

    def find(self, query: Query, *, offset: int = 0, limit: int = 200) -> None:
        """Ask for a part of the list; an earlier question for this part is dropped."""

        def work(_: Stopped) -> object:
            index = self._index()
            found = index.search(
                query.text,
                sort=query.sort,
                descending=query.descending,
                limit=limit,
                offset=offset,
            )
            return Page(query, index.count(query.text), offset, found)

        self._ask(f"page {offset}", work, self.page_found)

    def forget_questions(self) -> None:
        """Drop the questions for parts of the list: the list shows something else."""
        self._errands.drop_matching("page ")

    def find_recent(self) -> None:
        """Ask for the studies opened last."""

        def work(_: Stopped) -> object:
            found = self._index().search(sort=SortKey.OPENED, limit=RECENT)
            return tuple(one for one in found if one.last_opened is not None)

        self._ask("recent", work, self.recent_found)

    def find_priors(self, patient: Patient, study_instance_uid: str) -> None:
        """Ask for a patient's other studies, and for patients of the same ID."""

        def work(_: Stopped) -> object:
            index = self._index()
            others = tuple(
                one
                for one in index.studies_of(patient)
                if one.study_instance_uid != study_instance_uid
            )
            return Priors(patient, others, index.similar_patients(patient))

        self._ask("priors", work, self.priors_found)

    def load(self, study: IndexedStudy) -> None:
        """Ask for a study's images."""

        def work(stopped: Stopped) -> Discovery:
            return self._index().load(
                study, progress=self.load_progressed.emit, cancelled=stopped
            )

        self._loads.ask("load", work, self.loaded.emit, self._on_failed)

    def cancel_load(self) -> None:
        """Load no longer; nothing is answered."""
        self._loads.drop("load")

    def note_opened(self, study: Study, at: datetime) -> None:
        """Remember when a study was opened."""

        def work(_: Stopped) -> object:
            self._index().opened(study, at)
            return None

        topic = f"opened {study.study_instance_uid}"
        self._errands.ask(topic, work, _ignored, self._on_failed, keep=True)

    def forget(self, study: IndexedStudy) -> None:
        """Take a study out of the index; its files stay."""

        def work(_: Stopped) -> object:
            self._index().forget(study)
            return None

        # A topic of its own: no later one may drop it.
        topic = f"forget {study.study_instance_uid}"
        self._errands.ask(topic, work, self._on_forgotten, self._on_failed, keep=True)

    def look_for_files(self, studies: Sequence[IndexedStudy]) -> None:
        """Look whether the files of studies are still there."""

        def work(stopped: Stopped) -> object:
            return frozenset(
                key_of(one)
                for one in studies
                if not stopped() and not any(root.exists() for root in one.roots)
            )

        if studies:
            first = studies[0].study_instance_uid
            self._looks.ask(f"look {first}", work, self.missing_found.emit)

    def stop(self) -> None:
        """End the threads, once what changes the index is done."""
        for errands in (self._loads, self._errands, self._looks):
            errands.close()

    def _ask(
        self, topic: str, work: Callable[[Stopped], object], told: SignalInstance
    ) -> None:
        self._errands.ask(topic, work, told.emit, self._on_failed)

    def _on_forgotten(self, _: object) -> None:
        self.forgotten.emit()

    def _on_failed(self, error: object) -> None:
        self.failed.emit(type(error).__name__)


def _ignored(_: object) -> None:
    """Nothing comes back from what is only written."""
