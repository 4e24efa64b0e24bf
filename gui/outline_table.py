"""The table over an `OutlineModel`: indented, folded and copied by keys."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QPoint, QRect, QRectF, Signal
from PySide6.QtGui import QColor, QGuiApplication, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from gui import icons, list_look, tokens
from gui.findings_model import Index
from gui.key_claims import KeyClaims
from gui.outline_model import DepthRole, FoldRole, HitRole, OutlineModel

_INDENT = 14
_CHEVRON = 16
_HIT = QColor("#2B2810")


class OutlineTable(list_look.RowTable):
    """A table of rows with depths.

    Left and Right fold and open, Ctrl+C copies the chosen rows as text, Enter
    activates.

    Signals
    -------
    row_changed(int)
        Row of the source that is current, -1 for none.
    """

    row_changed = Signal(int)

    def __init__(self, model: OutlineModel, name: str) -> None:
        super().__init__(name)
        self._outline = model
        self.setModel(model)
        self.setItemDelegate(_Delegate(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.selectionModel().currentRowChanged.connect(self._on_row_changed)
        self._claims = KeyClaims(
            self,
            {
                "Left": self.fold,
                "Right": self.unfold,
                "Ctrl+C": self.copy_rows,
                "Ctrl+A": self.selectAll,
            },
            moving=True,
        )

    @property
    def current_row(self) -> int:
        """The current row of the source, -1 for none."""
        place = self.currentIndex().row()
        return self._outline.source_row(place) if place >= 0 else -1

    def go_to(self, row: int) -> None:
        """Make a row of the source the current one, if it is on screen."""
        place = self._outline.visible_row(row)
        if place is None:
            return
        self.selectionModel().setCurrentIndex(
            self._outline.index(place, 0),
            QItemSelectionModel.SelectionFlag.ClearAndSelect
            | QItemSelectionModel.SelectionFlag.Rows,
        )
        self.scrollTo(self._outline.index(place, 0))

    def unfold(self) -> None:
        """Open the current row."""
        row = self.current_row
        if row >= 0 and self._outline.set_folded(row, folded=False):
            self.go_to(row)

    def fold(self) -> None:
        """Fold the current row; where there is nothing to fold, go to its parent."""
        row = self.current_row
        if row < 0:
            return
        if self._outline.set_folded(row, folded=True):
            self.go_to(row)
        elif (parent := self._outline.parent_of(row)) is not None:
            self.go_to(parent)

    def copy_rows(self) -> None:
        """Put the chosen rows on the clipboard: a line each, cells between tabs."""
        places = sorted({index.row() for index in self.selectedIndexes()})
        columns = range(self._outline.columnCount())
        lines = (
            "\t".join(
                str(self._outline.index(place, column).data() or "")
                for column in columns
            )
            for place in places
        )
        QGuiApplication.clipboard().setText("\n".join(lines))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        """Fold or open by a click on the arrow."""
        index = self.indexAt(event.position().toPoint())
        there = index.column() == self._outline.outlined
        folded = index.data(FoldRole) if there else None
        super().mousePressEvent(event)
        if folded is not None and self._on_arrow(index, event.position().toPoint()):
            row = self._outline.source_row(index.row())
            if self._outline.set_folded(row, folded=not folded):
                self.go_to(row)

    def _on_arrow(self, index: Index, at: QPoint) -> bool:
        left = self.visualRect(index).left() + _INDENT * int(index.data(DepthRole))
        return left <= at.x() < left + _CHEVRON + 8

    def _on_row_changed(self) -> None:
        self.row_changed.emit(self.current_row)


class _Delegate(QStyledItemDelegate):
    """Indents the outlined column, draws its arrows, tints what matches a filter."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """Paint one cell."""
        if index.data(HitRole) and not _is_selected(option):
            painter.fillRect(option.rect, _HIT)
        if index.data(DepthRole) is not None:
            self._paint_arrow(painter, option, index)
        super().paint(painter, option, index)

    def initStyleOption(  # noqa: N802 (Qt's name)
        self, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """Leave room for the arrow; draw no focus box around a single cell."""
        super().initStyleOption(option, index)
        option.state &= ~QStyle.StateFlag.State_HasFocus
        if index.data(DepthRole) is not None:
            option.rect = option.rect.adjusted(_left(index) + _CHEVRON, 0, 0, 0)

    def _paint_arrow(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index
    ) -> None:
        rect: QRect = option.rect
        gap = QRect(rect.left(), rect.top(), _left(index) + _CHEVRON, rect.height())
        if _is_selected(option):
            painter.fillRect(gap, QColor(list_look.SELECTED))
        folded = index.data(FoldRole)
        if folded is None:
            return
        name = "chevron-right" if folded else "chevron-down"
        middle = rect.center().y() - 6
        place = QRectF(rect.left() + _left(index) + 4, middle, 12, 12)
        icons.paint(painter, name, tokens.TEXT_2, place)


def _left(index: Index) -> int:
    return _INDENT * int(index.data(DepthRole))


def _is_selected(option: QStyleOptionViewItem) -> bool:
    state: QStyle.StateFlag = option.state
    return bool(state & QStyle.StateFlag.State_Selected)
