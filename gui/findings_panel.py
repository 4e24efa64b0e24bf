"""The findings panel: what AI did, the list, and what lies below threshold."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QSizePolicy,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from gui import ai_telling, widgets
from gui.ai_card import AiCard
from gui.ai_state import AiState
from gui.claim_words import probability_text
from gui.finding_delegate import FindingDelegate
from gui.finding_rows import Arrangement, FindingRow
from gui.findings_model import Column, FindingsModel
from gui.fold_row import FoldRow

_MOST_ROWS = 8
_DENSE_FROM = 1.25
_LEAST_ROWS = 2
"""So many stay in sight where the dock is low; the rest is scrolled to."""

_COLUMN_WIDTHS = {Column.NUMBER: 32, Column.AI: 112, Column.DECISION: 40}
_DENSE_WIDTHS = {Column.NUMBER: 28, Column.AI: 84, Column.DECISION: 34}


class FindingsPanel(QWidget):
    """List of findings; `selected` follows the reader's choice."""

    selected = Signal(str)
    retry_asked = Signal()
    cancel_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._shown = Arrangement()
        self._unfolded = False
        self.card = AiCard()
        self.table = FindingsTable()
        self.fold = FoldRow()
        self.quiet = widgets.label("", "small", wrap=True)
        self.quiet.setContentsMargins(16, 8, 16, 8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for part in (self.card, self.table, self.fold, self.quiet):
            layout.addWidget(part)
        layout.addStretch(1)
        # Not Maximum: that would hold the panel to the height of unwrapped words.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.card.retry_asked.connect(self.retry_asked)
        self.card.cancel_asked.connect(self.cancel_asked)
        self.fold.toggled.connect(self._on_fold_toggled)
        self.table.chosen.connect(self.selected)
        self.setAccessibleName("Findings")
        self.show_findings(Arrangement(), "")

    def show_findings(self, arrangement: Arrangement, selected_uid: str) -> None:
        """Show the rows, with one of them selected."""
        self._shown = arrangement
        below_uids = {row.finding.finding_uid for row in arrangement.below}
        if selected_uid in below_uids:
            self._unfolded = True
        self._refresh(selected_uid)

    def show_states(self, states: Sequence[AiState], headline: str) -> None:
        """Say what AI did with the image on screen.

        Parameters
        ----------
        headline
            The sentence for a finished run in which nothing was flagged, or "".
        """
        told, aside = ai_telling.parted(states)
        self.card.show_states(told, headline)
        reasons = "\n".join(f"{one.model}. {one.title}. {one.detail}" for one in aside)
        self.fold.show_note(ai_telling.aside_words(aside), reasons)

    def set_text_scale(self, scale: float) -> None:
        """Grow the rows with the text."""
        self.table.set_text_scale(scale)
        self.fold.set_stacked(stacked=self.table.is_dense)
        self._fit_table()

    def set_dense(self, *, dense: bool) -> None:
        """Take less room, in a narrow dock."""
        self.table.set_dense(dense=dense)
        self.fold.set_stacked(stacked=self.table.is_dense)

    def unfold(self, *, on: bool) -> None:
        """Show or fold the findings below their threshold."""
        self._unfolded = on
        self._refresh(self.table.selected_uid())

    def _refresh(self, selected_uid: str) -> None:
        below = self._shown.below
        rows = self._shown.listed + (below if self._unfolded else ())
        self.table.show_rows(rows, selected_uid)
        self.table.setVisible(bool(rows))
        self.fold.show_count(len(below), unfolded=self._unfolded)
        self.quiet.setText(
            " ".join(
                f"Label “{finding.name}”:"
                f" {probability_text(finding.probability or 0.0)}."
                for finding in self._shown.quiet
            )
            + (" Not a normal report." if self._shown.quiet else "")
        )
        self.quiet.setVisible(bool(self._shown.quiet))
        self._fit_table()

    def _fit_table(self) -> None:
        self.table.fit(_MOST_ROWS)

    def _on_fold_toggled(self) -> None:
        self.unfold(on=not self._unfolded)


class FindingsTable(QTableView):
    """The rows themselves; one is always selected while there are any."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._model = FindingsModel()
        self._delegate = FindingDelegate(self)
        self.setModel(self._model)
        self.setItemDelegate(self._delegate)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(1)
        header = self.horizontalHeader()
        header.hide()
        header.setMinimumSectionSize(16)
        for column in _COLUMN_WIDTHS:
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
        self._dense = False
        self._wished = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._set_widths()
        header.setSectionResizeMode(Column.FINDING, QHeaderView.ResizeMode.Stretch)
        self.setAccessibleName("Findings list")
        self.selectionModel().currentRowChanged.connect(self._on_current_changed)

    def show_rows(self, rows: tuple[FindingRow, ...], selected_uid: str) -> None:
        """Replace the rows and select one, without telling of it."""
        blocked = self.selectionModel().blockSignals(True)
        self._model.show(rows)
        place = self._model.place_of(selected_uid)
        self.clearSelection()
        if place is not None:
            self.selectionModel().setCurrentIndex(
                self._model.index(place, Column.FINDING),
                QItemSelectionModel.SelectionFlag.ClearAndSelect
                | QItemSelectionModel.SelectionFlag.Rows,
            )
            self.scrollTo(self._model.index(place, Column.FINDING))
        self.selectionModel().blockSignals(blocked)
        self.viewport().update()

    def selected_uid(self) -> str:
        """Return the uid of the selected finding, or ""."""
        place = self.currentIndex().row()
        if not 0 <= place < self._model.rowCount():
            return ""
        return self._model.row_at(place).finding.finding_uid

    def set_text_scale(self, scale: float) -> None:
        """Grow the rows with the text."""
        self._delegate.text_scale = scale
        self._set_widths()

    def set_dense(self, *, dense: bool) -> None:
        """Leave more room for the names, in a narrow dock."""
        self._dense = dense
        self._set_widths()

    @property
    def is_dense(self) -> bool:
        """Whether names need the room more than the drawn scale: large text too."""
        return self._dense or self._delegate.text_scale > _DENSE_FROM

    def _set_widths(self) -> None:
        widths = _DENSE_WIDTHS if self.is_dense else _COLUMN_WIDTHS
        for column, width in widths.items():
            grown = width * self._delegate.text_scale if column is Column.AI else width
            self.setColumnWidth(column, round(grown))

    def fit(self, most_rows: int) -> None:
        """Wish to be as high as the rows, up to `most_rows` of them."""
        height = self._delegate.row_height()
        self.verticalHeader().setDefaultSectionSize(height)
        rows = self._model.rowCount()
        for place in range(rows):
            self.setRowHeight(place, height)
        self._wished = min(rows, most_rows) * height + 2
        self.setMaximumHeight(self._wished)
        self.setMinimumHeight(min(rows, _LEAST_ROWS) * height + 2)
        self.updateGeometry()

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        """Return a height that shows the rows; less makes them scroll."""
        return QSize(super().sizeHint().width(), self._wished)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        """Keep the selected row in sight."""
        super().resizeEvent(event)
        self.scrollTo(self.currentIndex())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt's name)
        """Leave Space to the film (hold to see beneath) and letters to the keys."""
        if event.key() == Qt.Key.Key_Space or event.text().isalnum():
            event.ignore()
            return
        super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt's name)
        """Leave Space to the film."""
        if event.key() == Qt.Key.Key_Space:
            event.ignore()
            return
        super().keyReleaseEvent(event)

    def _on_current_changed(self, current: QModelIndex) -> None:
        if current.isValid():
            self.chosen.emit(self._model.row_at(current.row()).finding.finding_uid)
