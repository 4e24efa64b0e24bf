"""The sheet that lists the studies of the index: search, sort, open, forget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QPushButton,
    QStackedWidget,
    QWidget,
)

from gui import list_look, tokens, widgets
from gui.empty_page import NO_STUDIES
from gui.key_claims import KeyClaims
from gui.search_field import SearchField
from gui.sheet_head import SheetHead
from gui.study_desk import Query, StudyDesk
from gui.study_table import SORTS, Column, StudyTable, in_full
from gui.study_words import patient_name
from gui.undo_bar import UndoBar
from studies.indexed_study import SortKey

if TYPE_CHECKING:
    from studies.indexed_study import IndexedStudy

_WIDTHS = {
    Column.PATIENT: 156,
    Column.ID: 88,
    Column.DATE: 88,
    Column.MODALITY: 64,
    Column.BODY_PART: 84,
    Column.IMAGES: 56,
    Column.OPENED: 88,
}
_PAUSE_MS = 60
_FROM_A_TO_Z = frozenset(
    (SortKey.NAME, SortKey.PATIENT_ID, SortKey.MODALITY, SortKey.DESCRIPTION)
)


class StudyList(QWidget):
    """All studies seen so far.

    `/` searches, Enter opens, Del forgets (and can be undone), Alt+Left and
    Alt+Right sort by another column, Alt+Up and Alt+Down turn the order, Escape
    closes.

    Signals
    -------
    study_chosen(IndexedStudy)
    closed()
    """

    study_chosen = Signal(object)
    closed = Signal()

    def __init__(self, desk: StudyDesk) -> None:
        super().__init__()
        self._desk = desk
        self._leaving: IndexedStudy | None = None
        self._place = (Query(), 0)
        self._head = SheetHead("Studies")
        self.search = SearchField("Name, ID, description or accession number")
        self.model = StudyTable(desk)
        self.table = list_look.RowTable("Studies", 30)
        self.undo_bar = UndoBar()
        self.open = QPushButton("Open study")
        self.clear = QPushButton("Clear")
        self._empty_words = widgets.label("", "title", wrap=True)
        self._detail = widgets.ElidedLabel("", "small")
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._lay_out()
        self._connect()

    def refresh(self) -> None:
        """Ask anew; called when the sheet opens and when the index has grown."""
        self.search.show_count("Searching")
        self.model.show(self._query())

    def hideEvent(self, event: object) -> None:  # noqa: N802 (Qt's name)
        """Do what waits for its undo: the bar is out of sight."""
        self.undo_bar.settle()
        super().hideEvent(event)  # type: ignore[arg-type]

    def current(self) -> IndexedStudy | None:
        """Return the chosen study, or None."""
        row = self.table.currentIndex().row()
        return self.model.study_at(row) if row >= 0 else None

    def empty_text(self) -> str:
        """Return what is said in the list's place, "" while there is a list."""
        return "" if self._pages.currentIndex() == 0 else self._empty_words.text()

    def detail_text(self) -> str:
        """Return what is said of the chosen study."""
        return self._detail.text()

    def sort_by(self, sort: SortKey, *, descending: bool) -> None:
        """Show the list in another order."""
        column = next(column for column, key in SORTS.items() if key is sort)
        order = (
            Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        )
        self.table.horizontalHeader().setSortIndicator(column, order)
        self.refresh()

    def _query(self) -> Query:
        header = self.table.horizontalHeader()
        sort = SORTS[Column(header.sortIndicatorSection())]
        descending = header.sortIndicatorOrder() is Qt.SortOrder.DescendingOrder
        return Query(self.search.text(), sort, descending)

    def _on_header_clicked(self, section: int) -> None:
        column, shown = Column(section), self.model.query
        if column not in SORTS:
            header = self.table.horizontalHeader()
            place = next(c for c, key in SORTS.items() if key is shown.sort)
            header.setSortIndicator(place, header.sortIndicatorOrder())
            return
        sort = SORTS[column]
        if sort is shown.sort:
            self.sort_by(sort, descending=not shown.descending)
        else:
            self.sort_by(sort, descending=sort not in _FROM_A_TO_Z)

    def _step_sort(self, by: int) -> None:
        keys = list(SORTS.values())
        sort = keys[(keys.index(self.model.query.sort) + by) % len(keys)]
        self.sort_by(sort, descending=sort not in _FROM_A_TO_Z)

    def _turn(self, *, descending: bool) -> None:
        self.sort_by(self.model.query.sort, descending=descending)

    def _on_settled(self) -> None:
        count, text = self.model.count, self.model.query.text
        noun = "study" if count == 1 else "studies"
        self.search.show_count(f"{count:,} {noun}")
        self._empty_words.setText(f"No study matches '{text}'." if text else NO_STUDIES)
        self.clear.setVisible(bool(text))
        self._pages.setCurrentIndex(0 if count else 1)
        query, row = self._place
        row = min(row, count - 1) if query == self.model.query else 0
        if count:
            self.table.selectRow(row)
            self.table.scrollTo(self.model.index(row, 0))
        self._on_row()

    def _on_failed(self, kind: str) -> None:
        self.search.show_count("")
        self._empty_words.setText(
            f"The list of studies cannot be read ({kind}). Files open as before."
        )
        self.clear.hide()
        self._pages.setCurrentIndex(1)

    def _on_row(self) -> None:
        study = self.current() if self.model.count else None
        if study is not None:
            self._place = (self.model.query, self.table.currentIndex().row())
        self.open.setEnabled(study is not None)
        if study is None:
            self._detail.setText("")
        elif self.model.is_missing(study):
            self._detail.setText(f"Its files are not there: {study.roots[0]}")
        else:
            self._detail.setText(in_full(study))

    def _on_open(self) -> None:
        study = self.current()
        if study is not None:
            self.undo_bar.settle()
            self.study_chosen.emit(study)

    def _on_forget(self) -> None:
        study = self.current()
        if study is None:
            return
        self.undo_bar.settle()
        self._leaving = study
        self.model.mark_leaving(study)
        name = patient_name(study.patient)
        self.undo_bar.offer(
            f"{name}, {study.description or 'study'}: leaves the list; files stay.",
            "Forget now",
        )

    def _on_due(self) -> None:
        if self._leaving is not None:
            self._desk.forget(self._leaving)
        self._leaving = None

    def _on_undone(self) -> None:
        self._leaving = None
        self.model.mark_leaving(None)

    def _on_forgotten(self) -> None:
        self.model.mark_leaving(None)
        self.refresh()

    def _on_escaped(self) -> None:
        if self.search.text():
            self.search.set_text("")
        else:
            self.closed.emit()

    def _on_clear(self) -> None:
        self.search.set_text("")
        self.search.take_focus()

    def _focus_table(self) -> None:
        if self._pause.isActive():
            self._pause.stop()
            self.refresh()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- layout ---------------------------------------------------------------

    def _lay_out(self) -> None:
        self._arrange_table()
        layout = widgets.column(self._head, widgets.line(), self.search, spacing=0)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.table)
        self._pages.addWidget(self._empty())
        layout.addWidget(self._pages, 1)
        layout.addWidget(self.undo_bar)
        self.open.setProperty("role", "primary")
        self.open.setMinimumHeight(tokens.BUTTON_HEIGHT)
        foot = widgets.row(self._detail, self.open)
        foot.setStretch(0, 1)
        foot.setContentsMargins(16, 8, 16, 12)
        layout.addLayout(foot)
        self.setLayout(layout)
        self.setFocusProxy(self.search)

    def _arrange_table(self) -> None:
        table, header = self.table, self.table.horizontalHeader()
        table.setModel(self.model)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.setSortIndicator(Column.OPENED, Qt.SortOrder.DescendingOrder)
        table.set_columns(_WIDTHS, Column.DESCRIPTION)

    def _empty(self) -> QWidget:
        self._empty_words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        page = QWidget()
        layout = widgets.column(None, self._empty_words, 12, spacing=0)
        layout.addLayout(widgets.row(None, self.clear, None))
        layout.addStretch(2)
        layout.setContentsMargins(24, 24, 24, 24)
        page.setLayout(layout)
        return page

    def _connect(self) -> None:
        self._head.closed.connect(self.closed)
        self._pause.timeout.connect(self.refresh)
        self.search.changed.connect(self._pause.start)
        self.search.left.connect(self._focus_table)
        self.search.escaped.connect(self._on_escaped)
        self.clear.clicked.connect(self._on_clear)
        self.open.clicked.connect(self._on_open)
        self.table.doubleClicked.connect(self._on_open)
        self.table.horizontalHeader().sectionClicked.connect(self._on_header_clicked)
        self.table.selectionModel().currentRowChanged.connect(self._on_row)
        self.model.settled.connect(self._on_settled)
        self.model.dataChanged.connect(self._on_row)
        self._desk.failed.connect(self._on_failed)
        self._desk.forgotten.connect(self._on_forgotten)
        self.undo_bar.due.connect(self._on_due)
        self.undo_bar.undone.connect(self._on_undone)
        keys = {
            "/": self.search.take_focus,
            "Ctrl+F": self.search.take_focus,
            "Return": self._on_open,
            "Del": self._on_forget,
            "Ctrl+Z": self.undo_bar.take_back,
            "Alt+Left": lambda: self._step_sort(-1),
            "Alt+Right": lambda: self._step_sort(1),
            "Alt+Up": lambda: self._turn(descending=False),
            "Alt+Down": lambda: self._turn(descending=True),
            "Esc": self.closed.emit,
        }
        self._keys = KeyClaims(self.table, keys, moving=True)
