"""The findings of the export sheet: number, name, AI, trust, decision, time."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    Qt,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from gui import icons, theme
from gui.claim_words import figure
from gui.finding_rows import (
    FindingRow,
    check_look,
    decision_look,
    spoken,
)
from review.decision import Origin

_Index = QModelIndex | QPersistentModelIndex
_ROW_HEIGHT = 32
_MOST_ROWS = 8


class Column(IntEnum):
    """Columns, from the left."""

    NUMBER = 0
    FINDING = 1
    AI = 2
    TRUST = 3
    DECISION = 4
    TIME = 5


_WIDTHS = {
    Column.NUMBER: 44,
    Column.AI: 84,
    Column.TRUST: 110,
    Column.DECISION: 224,
    Column.TIME: 84,
}
_HEADINGS = ("", "Finding", "AI", "Trust", "Your decision", "Time")


class ExportTableModel(QAbstractTableModel):
    """Rows of the table; each cell has a word, the glyphs come with it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[FindingRow, ...] = ()

    def show_rows(self, rows: Sequence[FindingRow]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self._rows = tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008 (Qt's)
        """Return how many findings there are."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008 (Qt's)
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(Column)

    def headerData(  # noqa: N802 (Qt's name)
        self, section: int, orientation: Qt.Orientation, role: int = 0
    ) -> object:
        """Return a column's heading."""
        if orientation is Qt.Orientation.Horizontal and role == 0:
            return _HEADINGS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: _Index, role: int = 0) -> object:
        """Return a cell's word, glyph, or what a screen reader says of the row."""
        if not index.isValid():
            return None
        row, column = self._rows[index.row()], Column(index.column())
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.ToolTipRole:
                return _word(row, column)
            case Qt.ItemDataRole.DecorationRole:
                return _glyph(row, column)
            case Qt.ItemDataRole.AccessibleTextRole:
                return spoken(row)
            case Qt.ItemDataRole.TextAlignmentRole if column is Column.NUMBER:
                return Qt.AlignmentFlag.AlignCenter
            case Qt.ItemDataRole.FontRole if column is Column.FINDING:
                return theme.font(weight=600)
        return None


class ExportTable(QTableView):
    """Read-only: decisions are made on the film."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = ExportTableModel(self)
        self.setModel(self.rows)
        self.setAccessibleName("Findings to export")
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setIconSize(QSize(16, 16))
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        head = self.horizontalHeader()
        head.setSectionsClickable(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head.setSectionResizeMode(Column.FINDING, QHeaderView.ResizeMode.Stretch)
        for column, width in _WIDTHS.items():
            self.setColumnWidth(column, width)
        head.setHighlightSections(False)

    def show_rows(self, rows: Sequence[FindingRow]) -> None:
        """Show other rows; up to eight are seen without scrolling."""
        self.rows.show_rows(rows)
        seen = min(max(len(rows), 1), _MOST_ROWS)
        height = self.horizontalHeader().sizeHint().height() + seen * _ROW_HEIGHT
        self.setFixedHeight(height + 2 * self.frameWidth())


def _word(row: FindingRow, column: Column) -> str:
    finding, decision = row.finding, row.finding.decision
    match column:
        case Column.NUMBER:
            return str(row.number or "")
        case Column.FINDING:
            return f"{finding.name}  {row.where}" if row.where else finding.name
        case Column.AI:
            return "none" if finding.origin is Origin.READER else figure(finding)
        case Column.TRUST:
            return "" if row.trust is None else check_look(row.trust).word
        case Column.DECISION:
            return decision_look(finding).word
        case Column.TIME:
            return "" if decision is None else f"{decision.at.astimezone():%H:%M:%S}"


def _glyph(row: FindingRow, column: Column) -> object:
    if column is Column.TRUST and row.trust is not None:
        look = check_look(row.trust)
        return icons.pixmap(look.icon, look.color, 16)
    if column is Column.DECISION:
        look = decision_look(row.finding)
        return icons.pixmap(look.icon, look.color, 16)
    return None
