"""The index as a table: read page by page, as far as it is looked at."""

from __future__ import annotations

from collections import OrderedDict
from enum import IntEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, Qt, QTimer, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from gui import icons, tokens
from gui.findings_model import Index
from gui.study_desk import Page, Query, StudyDesk, StudyKey, key_of
from gui.study_words import moment, patient_line, patient_name
from studies.indexed_study import SortKey

if TYPE_CHECKING:
    from studies.indexed_study import IndexedStudy

PAGE = 200
_MOST_PAGES = 40
_WAITING = "…"


class Column(IntEnum):
    """Columns of the table."""

    PATIENT = 0
    ID = 1
    DATE = 2
    DESCRIPTION = 3
    MODALITY = 4
    BODY_PART = 5
    IMAGES = 6
    OPENED = 7


TITLES = (
    "Patient",
    "ID",
    "Date",
    "Description",
    "Modality",
    "Body part",
    "Images",
    "Opened",
)
SORTS = {
    Column.PATIENT: SortKey.NAME,
    Column.ID: SortKey.PATIENT_ID,
    Column.DATE: SortKey.DATE,
    Column.DESCRIPTION: SortKey.DESCRIPTION,
    Column.MODALITY: SortKey.MODALITY,
    Column.OPENED: SortKey.OPENED,
}
"""Columns that sort; the others do not."""


class StudyTable(QAbstractTableModel):
    """Rows of the index that a query finds.

    Signals
    -------
    settled()
        The first part of a new query's answer is there, or the list is empty.
    """

    settled = Signal()

    def __init__(self, desk: StudyDesk) -> None:
        super().__init__()
        self._desk = desk
        self._query = Query()
        self._count = 0
        self._pages: OrderedDict[int, tuple[IndexedStudy, ...]] = OrderedDict()
        self._wanted: set[int] = set()
        self._missing: set[StudyKey] = set()
        self._leaving: IndexedStudy | None = None
        self._fetch = QTimer(self)
        self._fetch.setSingleShot(True)
        self._fetch.timeout.connect(self._on_fetch)
        desk.page_found.connect(self._on_page)
        desk.missing_found.connect(self._on_missing)

    @property
    def query(self) -> Query:
        """What the rows answer."""
        return self._query

    @property
    def count(self) -> int:
        """How many studies the query finds."""
        return self._count

    def show(self, query: Query) -> None:
        """Ask for other rows; those on screen stay until the answer is there."""
        self._query = query
        self._desk.forget_questions()
        self._wanted.clear()
        self._desk.find(query, offset=0, limit=PAGE)

    def study_at(self, row: int) -> IndexedStudy | None:
        """Return the study of a row, None while it is not read yet."""
        page = self._pages.get(row // PAGE, ())
        return page[row % PAGE] if row % PAGE < len(page) else None

    def mark_leaving(self, study: IndexedStudy | None) -> None:
        """Show one study as about to be forgotten."""
        self._leaving = study
        self._repaint()

    def _on_page(self, page: Page) -> None:
        if page.query != self._query:
            return
        if page.offset == 0:
            self.beginResetModel()
            self._pages.clear()
            self._count = page.count
            self._pages[0] = page.studies
            self.endResetModel()
            self.settled.emit()
        else:
            self._keep(page.offset // PAGE, page.studies)
        self._desk.look_for_files(page.studies)

    def _keep(self, number: int, studies: tuple[IndexedStudy, ...]) -> None:
        self._pages[number] = studies
        while len(self._pages) > _MOST_PAGES:
            self._pages.popitem(last=False)
        first = number * PAGE
        last = min(first + PAGE, self._count) - 1
        if first <= last:
            self.dataChanged.emit(
                self.index(first, 0), self.index(last, len(Column) - 1)
            )

    def _on_missing(self, missing: frozenset[StudyKey]) -> None:
        if not missing <= self._missing:
            self._missing |= missing
            self._repaint()

    def _repaint(self) -> None:
        if self._count:
            self.dataChanged.emit(
                self.index(0, 0), self.index(self._count - 1, len(Column) - 1)
            )

    def _on_fetch(self) -> None:
        """Ask for the parts that were looked at; only the last few of a long drag."""
        for number in sorted(self._wanted)[-3:]:
            if number not in self._pages:
                self._desk.find(self._query, offset=number * PAGE, limit=PAGE)
        self._wanted.clear()

    # --- Qt -------------------------------------------------------------------

    def rowCount(self, parent: Index | None = None) -> int:  # noqa: N802 (Qt's name)
        """Return the number of studies found."""
        return 0 if parent is not None and parent.isValid() else self._count

    def columnCount(self, parent: Index | None = None) -> int:  # noqa: N802 (Qt's name)
        """Return the number of columns."""
        return 0 if parent is not None and parent.isValid() else len(Column)

    def headerData(  # noqa: N802 (Qt's name)
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        """Return a column's title."""
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        horizontal = orientation is Qt.Orientation.Horizontal
        return TITLES[section] if horizontal else section + 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what stands in a cell; a row not read yet is asked for."""
        if not index.isValid():
            return None
        study = self.study_at(index.row())
        if study is None:
            self._wanted.add(index.row() // PAGE)
            if not self._fetch.isActive():
                self._fetch.start(0)
            first = index.column() == 0 and role == Qt.ItemDataRole.DisplayRole
            return _WAITING if first else None
        gone = self.is_missing(study)
        leaves = self._leaving is not None and key_of(study) == key_of(self._leaving)
        if role == Qt.ItemDataRole.DisplayRole:
            return cell_text(study, Column(index.column()))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return spoken(study, missing=gone)
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(tokens.TEXT_3) if gone or leaves else None
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 0:
            return icons.icon("warning", tokens.WARNING, 14) if gone else None
        if role == Qt.ItemDataRole.FontRole and leaves:
            return _struck()
        return None

    def is_missing(self, study: IndexedStudy) -> bool:
        """Return whether none of a study's files was there."""
        return key_of(study) in self._missing


def _struck() -> object:
    font = QApplication.font()
    font.setStrikeOut(True)
    return font


def cell_text(study: IndexedStudy, column: Column) -> str:
    """Return the text of a cell."""
    if column is Column.PATIENT:
        return patient_name(study.patient)
    if column is Column.ID:
        return study.patient.patient_id
    if column is Column.DATE:
        return moment(study.started_at).partition(",")[0]
    if column is Column.DESCRIPTION:
        return study.description
    if column is Column.MODALITY:
        return " ".join(study.modalities)
    if column is Column.BODY_PART:
        return " ".join(study.body_parts)
    if column is Column.IMAGES:
        return f"{study.images:,}"
    opened = study.last_opened
    if opened is not None and opened.tzinfo is not None:
        opened = opened.astimezone()
    return moment(opened).partition(",")[0]


def in_full(study: IndexedStudy) -> str:
    """Return a study on one line: whose, when, what, how much."""
    noun = "image" if study.images == 1 else "images"
    parts = (
        patient_line(study.patient),
        moment(study.started_at),
        study.description,
        " ".join(study.modalities),
        f"{study.images:,} {noun}, {study.series} series",
        f"Acc. {study.accession_number}" if study.accession_number else "",
    )
    return " · ".join(part for part in parts if part)


def spoken(study: IndexedStudy, *, missing: bool) -> str:
    """Return a row as one sentence, for screen readers."""
    gone = ", its files are not there" if missing else ""
    return in_full(study).replace(" · ", ", ").replace("   ", ", ") + gone
