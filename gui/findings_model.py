"""The table behind the findings panel."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from gui.claim_words import figure
from gui.finding_rows import FindingRow, decision_look, spoken

Index = QModelIndex | QPersistentModelIndex
RowRole = Qt.ItemDataRole.UserRole + 1


class Column(IntEnum):
    """Columns of the table."""

    NUMBER = 0
    FINDING = 1
    AI = 2
    DECISION = 3


class FindingsModel(QAbstractTableModel):
    """Rows of findings; the delegate paints them, this says what they are."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[FindingRow, ...] = ()

    def show(self, rows: tuple[FindingRow, ...]) -> None:
        """Replace the rows; a change of the same findings keeps the selection."""
        same = [row.finding.finding_uid for row in rows] == [
            row.finding.finding_uid for row in self._rows
        ]
        if same:
            self._rows = rows
            if rows:
                self.dataChanged.emit(
                    self.index(0, 0), self.index(len(rows) - 1, len(Column) - 1)
                )
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def row_at(self, index: int) -> FindingRow:
        """Return a row by its place."""
        return self._rows[index]

    def place_of(self, finding_uid: str) -> int | None:
        """Return the place of a finding, or None."""
        for place, row in enumerate(self._rows):
            if row.finding.finding_uid == finding_uid:
                return place
        return None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 (Qt)
        """Return the number of findings."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 (Qt)
        """Return the number of columns."""
        return 0 if parent.isValid() else len(Column)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell's text, its spoken form, or the row itself."""
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == RowRole:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return _text(row, Column(index.column()))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return spoken(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{spoken(row)}\n{row.finding.comment}".strip()
        return None

    def headerData(  # noqa: N802 (Qt's name)
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        """Name the columns, for screen readers."""
        if role == Qt.ItemDataRole.DisplayRole and orientation.value == 1:
            return ("Number", "Finding", "AI", "Decision")[section]
        return None


def _text(row: FindingRow, column: Column) -> str:
    finding = row.finding
    if column is Column.NUMBER:
        return str(row.number)
    if column is Column.FINDING:
        return finding.name
    if column is Column.DECISION:
        return decision_look(finding).word
    return figure(finding)
