"""The table of unseen sources, with a column in which the intervals are drawn."""

from __future__ import annotations

from enum import IntEnum

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QPainter, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QStyledItemDelegate, QStyleOptionViewItem

from gui import theme, tokens
from gui.evidence_rows import Evidence, EvidenceRow, spoken
from gui.facts_words import NOT_MEASURED
from gui.forest import ForestAxis, paint_axis, paint_row
from gui.list_look import FONT_EVENTS, RowTable, text_scale

_Index = QModelIndex | QPersistentModelIndex
_NOTHING = Evidence((), "AUROC", 0.5, 1.0, 0.5, "", "")
_ROW_HEIGHT = 30
_MEAN_BACK = QColor("#16303A")


class Column(IntEnum):
    """Columns, from the left."""

    TITLE = 0
    FILMS = 1
    SHARE = 2
    FIGURE = 3
    INTERVAL = 4
    FOREST = 5


_TITLE, _FOREST = 260, 96
"""Most width of the titles, least of the drawn column, at the usual text size."""
_RIGHT = (Column.FILMS, Column.SHARE, Column.FIGURE, Column.INTERVAL)


class EvidenceModel(QAbstractTableModel):
    """Rows of the table; the drawn column has the figure in words too."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.evidence = _NOTHING

    def show(self, evidence: Evidence) -> None:
        """Show other rows."""
        self.beginResetModel()
        self.evidence = evidence
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008 (Qt's)
        """Return how many rows there are."""
        return 0 if parent.isValid() else len(self.evidence.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008 (Qt's)
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(Column)

    def headerData(  # noqa: N802 (Qt's name)
        self, section: int, orientation: Qt.Orientation, role: int = 0
    ) -> object:
        """Return a column's heading."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return _heading(Column(section), self.evidence)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(Column(section))
        return None

    def data(self, index: _Index, role: int = 0) -> object:
        """Return a cell's text, look, or what a screen reader says of the row."""
        if not index.isValid():
            return None
        row, column = self.evidence.rows[index.row()], Column(index.column())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return _text(row, column, self.evidence)
            case Qt.ItemDataRole.AccessibleTextRole:
                return spoken(row, self.evidence)
            case Qt.ItemDataRole.ToolTipRole:
                return row.note
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(column)
            case Qt.ItemDataRole.ForegroundRole if row.kind == "random":
                return QColor(tokens.TEXT_3)
            case Qt.ItemDataRole.BackgroundRole if row.kind == "mean":
                return _MEAN_BACK
            case Qt.ItemDataRole.FontRole if _is_bold(row, column):
                return theme.font(round(tokens.BODY * text_scale()), weight=600)
        return None


class EvidenceTable(RowTable):
    """The rows with their drawn intervals, as high as they are many."""

    def __init__(self) -> None:
        super().__init__("On sources it never saw", _ROW_HEIGHT)
        self.rows = EvidenceModel(self)
        self.setModel(self.rows)
        self._axis = ForestHeader(self.rows)
        self.setHorizontalHeader(self._axis)
        self._delegate = ForestDelegate(self.rows, self)
        self.setItemDelegateForColumn(Column.FOREST, self._delegate)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._axis.setStretchLastSection(False)

    def show_evidence(self, evidence: Evidence) -> None:
        """Show other rows."""
        self.rows.show(evidence)
        self.setAccessibleDescription(evidence.caption)
        self.fit()

    def fit(self) -> None:
        """Be as high as the rows; titles get the width that they need."""
        scale = text_scale()
        has_films = any(row.films is not None for row in self.rows.evidence.rows)
        has_share = any(row.share_text() for row in self.rows.evidence.rows)
        self.setColumnHidden(Column.FILMS, not has_films)
        self.setColumnHidden(Column.SHARE, not has_share)
        for column in (Column.TITLE, *_RIGHT):
            wanted = max(
                self.sizeHintForColumn(column), self._axis.sectionSizeHint(column)
            )
            most = round(_TITLE * scale) if column is Column.TITLE else wanted + 4
            self.setColumnWidth(column, min(wanted + 4, most))
        self._settle_forest()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt's name)
        """Grow with the text."""
        super().changeEvent(event)
        # Qt tells of the first font before the table has its parts.
        if event.type() in FONT_EVENTS and hasattr(self, "_axis"):
            self.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        """Let the drawn column follow the width."""
        super().resizeEvent(event)
        self._settle_forest()

    def _settle_forest(self) -> None:
        """Give the drawn column what the others leave."""
        others = sum(self.columnWidth(column) for column in (Column.TITLE, *_RIGHT))
        least = round(_FOREST * text_scale())
        room = self.viewport().width() - others
        self.setColumnWidth(Column.FOREST, max(room, least))
        rows = self.rows.rowCount() * self.verticalHeader().defaultSectionSize()
        bar = self._bar() if room < least else 0
        self.setFixedHeight(self._axis.sizeHint().height() + rows + bar + 4)

    def _bar(self) -> int:
        return self.horizontalScrollBar().sizeHint().height()


class ForestDelegate(QStyledItemDelegate):
    """Draws a figure as a dot on its interval."""

    def __init__(self, rows: EvidenceModel, parent: QObject) -> None:
        super().__init__(parent)
        self._rows = rows

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: _Index
    ) -> None:
        """Paint the row's back, the axis, the interval and the dot."""
        evidence = self._rows.evidence
        row = evidence.rows[index.row()]
        rect: QRect = option.rect
        painter.save()
        if row.kind == "mean":
            painter.fillRect(rect, _MEAN_BACK)
        paint_row(painter, rect, axis_of(evidence), row.figure, row.kind)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:  # noqa: N802 (Qt's name)
        """Leave the width to the columns."""
        return QSize(_FOREST, _ROW_HEIGHT)


class ForestHeader(QHeaderView):
    """A header whose last section carries the axis' numbers."""

    def __init__(self, rows: EvidenceModel) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._rows = rows
        self.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.setHighlightSections(False)
        self.setSectionsClickable(False)

    def paintSection(self, painter: QPainter, rect: QRect, logical: int) -> None:  # noqa: N802 (Qt's name)
        """Paint the axis' numbers in their places."""
        super().paintSection(painter, rect, logical)
        if logical == Column.FOREST:
            painter.save()
            painter.setFont(theme.font(round(tokens.SMALL * text_scale())))
            paint_axis(painter, rect, axis_of(self._rows.evidence))
            painter.restore()


def axis_of(evidence: Evidence) -> ForestAxis:
    """Return the axis that the evidence is drawn on."""
    return ForestAxis(evidence.low, evidence.high, evidence.reference)


def _heading(column: Column, evidence: Evidence) -> str:
    match column:
        case Column.TITLE:
            return "Held out" if evidence.measure == "AUROC" else "Measured on"
        case Column.FILMS:
            return "Films"
        case Column.SHARE:
            return "With finding"
        case Column.FIGURE:
            return evidence.measure
        case Column.INTERVAL:
            return "95 % interval"
        case Column.FOREST:
            return ""


def _text(row: EvidenceRow, column: Column, evidence: Evidence) -> str:
    figure = row.figure
    match column:
        case Column.TITLE:
            return row.title
        case Column.FILMS:
            return "" if row.films is None else f"{row.films:,}"
        case Column.SHARE:
            return row.share_text()
        case Column.FIGURE:
            return "" if figure is None else evidence.said(figure.value)
        case Column.INTERVAL:
            if figure is None:
                return row.instead or NOT_MEASURED
            return f"{figure.low:.2f} to {evidence.said(figure.high)}"
        case Column.FOREST:
            return ""


def _alignment(column: Column) -> Qt.AlignmentFlag:
    side = (
        Qt.AlignmentFlag.AlignRight if column in _RIGHT else Qt.AlignmentFlag.AlignLeft
    )
    return side | Qt.AlignmentFlag.AlignVCenter


def _is_bold(row: EvidenceRow, column: Column) -> bool:
    return row.kind == "mean" or (column is Column.FIGURE and row.kind != "random")
