"""A table of plain words: the twin of a diagram."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)
from PySide6.QtGui import QResizeEvent

from gui.list_look import FONT_EVENTS, RowTable

_Index = QModelIndex | QPersistentModelIndex


class PlainTableModel(QAbstractTableModel):
    """Rows of words under fixed headings."""

    def __init__(self, headings: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._headings = tuple(headings)
        self._rows: tuple[tuple[str, ...], ...] = ()

    def show(self, rows: Sequence[tuple[str, ...]]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self._rows = tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008 (Qt's)
        """Return how many rows there are."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008 (Qt's)
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(self._headings)

    def headerData(  # noqa: N802 (Qt's name)
        self, section: int, orientation: Qt.Orientation, role: int = 0
    ) -> object:
        """Return a column's heading."""
        shown = role == Qt.ItemDataRole.DisplayRole
        if orientation is Qt.Orientation.Horizontal and shown:
            return self._headings[section]
        return None

    def data(self, index: _Index, role: int = 0) -> object:
        """Return a cell's words; a screen reader hears the whole row."""
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return row[index.column()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            pairs = zip(self._headings, row, strict=True)
            return ", ".join(f"{heading} {cell}" for heading, cell in pairs if cell)
        return None


class PlainTable(RowTable):
    """Such a table, as high as its rows up to a number of them.

    Parameters
    ----------
    rest
        The column that takes the width which the others leave.
    """

    def __init__(
        self, name: str, headings: Sequence[str], rest: int, most: int = 12
    ) -> None:
        super().__init__(name)
        self._most = most
        self._rest = rest
        self.rows = PlainTableModel(headings, self)
        self.setModel(self.rows)
        self.horizontalHeader().setStretchLastSection(False)

    def show_rows(self, rows: Sequence[tuple[str, ...]]) -> None:
        """Show other rows."""
        self.rows.show(rows)
        self._settle_columns()
        self._fit()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt's name)
        """Grow with the text."""
        super().changeEvent(event)
        # Qt tells of the first font before the table has its parts.
        if event.type() in FONT_EVENTS and hasattr(self, "rows"):
            self._fit()

    def _fit(self) -> None:
        seen = min(max(self.rows.rowCount(), 1), self._most)
        height = seen * self.verticalHeader().defaultSectionSize()
        bar = self.horizontalScrollBar().sizeHint().height()
        head = self.horizontalHeader().sizeHint().height()
        self.setFixedHeight(head + height + bar + 4)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        """Let one column take what the others leave."""
        super().resizeEvent(event)
        self._settle_columns()

    def _settle_columns(self) -> None:
        """Give each column what its words need; beyond that the table scrolls."""
        header = self.horizontalHeader()
        needed = [
            max(self.sizeHintForColumn(column), header.sectionSizeHint(column)) + 6
            for column in range(header.count())
        ]
        spare = self.viewport().width() - sum(needed)
        needed[self._rest] += max(spare, 0)
        for column, width in enumerate(needed):
            self.setColumnWidth(column, width)
