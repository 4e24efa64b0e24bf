"""The tree of marks: an eye, a letter, a name and who made it, in each row."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
)

from gui import icons, theme, tokens
from gui.mark_looks import MarkLook, looks
from studies.mark_model import Mark, MarkSet

_KEY, _SET, _MARK = (Qt.ItemDataRole.UserRole + n for n in (1, 2, 3))
_ROW, _SET_ROW = 44, 34
_EYE, _CHIP = 28, 28


class MarksTree(QTreeWidget):
    """Sets of marks; a check mark, drawn as an eye, says what is shown.

    Space turns the eye of the current row, as a click on it does; the eye of a
    set turns all of its marks.
    """

    toggled = Signal()
    set_chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[str, QTreeWidgetItem] = {}
        self._delegate = _RowDelegate(self)
        self.setItemDelegate(self._delegate)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Marks of others")
        self.looks: dict[str, MarkLook] = {}
        self.itemChanged.connect(self._on_item_changed)
        self.currentItemChanged.connect(self._on_current_changed)

    def show_sets(self, sets: Sequence[MarkSet], hidden: frozenset[str]) -> None:
        """List sets and their marks; those of `hidden` keys with a closed eye."""
        blocked = self.blockSignals(True)
        self.clear()
        self._rows = {}
        self.looks = looks(mark for one in sets for mark in one.marks)
        for one in sets:
            self._add_set(one, hidden)
        self.expandAll()
        if (first := self.topLevelItem(0)) is not None:
            self.setCurrentItem(first)
        self.blockSignals(blocked)

    def hidden_keys(self) -> frozenset[str]:
        """Return the keys whose eye is closed."""
        return frozenset(
            key
            for key, row in self._rows.items()
            if row.checkState(0) is Qt.CheckState.Unchecked
        )

    def keys(self) -> frozenset[str]:
        """Return the keys of all marks listed."""
        return frozenset(self._rows)

    def set_all(self, *, shown: bool) -> None:
        """Open or close all eyes; tells of it once."""
        blocked = self.blockSignals(True)
        state = Qt.CheckState.Checked if shown else Qt.CheckState.Unchecked
        for row in self._rows.values():
            row.setCheckState(0, state)
        self.blockSignals(blocked)
        self.viewport().update()
        self.toggled.emit()

    def set_text_scale(self, scale: float) -> None:
        """Grow the rows with the text."""
        self._delegate.text_scale = scale
        self.scheduleDelayedItemsLayout()

    def current_set(self) -> MarkSet | None:
        """Return the set of the current row."""
        row = self.currentItem()
        while row is not None and row.parent() is not None:
            row = row.parent()
        found = None if row is None else row.data(0, _SET)
        return found if isinstance(found, MarkSet) else None

    def _add_set(self, one: MarkSet, hidden: frozenset[str]) -> None:
        marks = one.marks
        row = QTreeWidgetItem(self)
        row.setText(0, one.title)
        row.setData(0, _SET, one)
        noun = "mark" if len(marks) == 1 else "marks"
        row.setData(
            0,
            Qt.ItemDataRole.AccessibleTextRole,
            f"{one.title}, {one.source.what}, {len(marks)} {noun}. {one.made_by}",
        )
        row.setToolTip(0, f"{one.source.path.name}\n{one.made_by}".strip())
        if marks:
            row.setFlags(
                row.flags()
                | Qt.ItemFlag.ItemIsUserCheckable
                | Qt.ItemFlag.ItemIsAutoTristate
            )
        for mark in marks:
            self._add_mark(row, mark, shown=mark.key not in hidden)

    def _add_mark(self, above: QTreeWidgetItem, mark: Mark, *, shown: bool) -> None:
        row = QTreeWidgetItem(above)
        row.setText(0, mark.label)
        row.setData(0, _MARK, mark)
        row.setData(0, _KEY, mark.key)
        said = f"{mark.label}, {second_line(mark)}"
        row.setData(0, Qt.ItemDataRole.AccessibleTextRole, said)
        row.setToolTip(0, said)
        row.setFlags(row.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        state = Qt.CheckState.Checked if shown else Qt.CheckState.Unchecked
        row.setCheckState(0, state)
        self._rows[mark.key] = row

    def _on_item_changed(self, _item: QTreeWidgetItem, _column: int) -> None:
        self.toggled.emit()

    def _on_current_changed(self) -> None:
        self.set_chosen.emit(self.current_set())


def second_line(mark: Mark) -> str:
    """Return who made a mark, and what was measured."""
    maker = mark.made_by.value
    if mark.algorithm:
        maker = f"{maker}, {mark.algorithm}"
    return f"{mark.detail}; {maker}" if mark.detail else maker


class _RowDelegate(QStyledItemDelegate):
    """Paints the rows; the check indicator is an eye."""

    def __init__(self, tree: MarksTree) -> None:
        super().__init__(tree)
        self._tree = tree
        self.text_scale = 1.0

    def sizeHint(  # noqa: N802 (Qt's name)
        self,
        _option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> QSize:
        """Return the row's height: two lines for a mark, one for a set."""
        height = _SET_ROW if index.data(_MARK) is None else _ROW
        return QSize(120, theme.grown(height, self.text_scale))

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Paint one row."""
        rect: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        mark, one = index.data(_MARK), index.data(_SET)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor("#16303a"))
        elif one is not None:
            painter.fillRect(rect, QColor(tokens.RAISED))
        self._paint_eye(painter, rect, index)
        if mark is not None:
            self._paint_mark(painter, rect.adjusted(_EYE + 16, 0, -12, 0), mark)
        else:
            self._paint_set(painter, rect.adjusted(_EYE + 8, 0, -12, 0), one)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(tokens.FOCUS), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(rect).adjusted(1, 1, -1, -1), 4, 4)
        painter.restore()

    def _paint_eye(
        self,
        painter: QPainter,
        rect: QRect,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        state = index.data(Qt.ItemDataRole.CheckStateRole)
        if state is None:
            return
        shut = Qt.CheckState(state) is Qt.CheckState.Unchecked
        color = tokens.TEXT_3 if shut else tokens.TEXT_1
        box = QRectF(rect.left() + 10, rect.center().y() - 9, 18, 18)
        icons.paint(painter, "eye-off" if shut else "eye", color, box)

    def _paint_mark(self, painter: QPainter, rect: QRect, mark: Mark) -> None:
        look = self._tree.looks[mark.key]
        color = QColor(*look.colour)
        chip = QRectF(rect.left(), rect.center().y() - 10, 22, 20)
        painter.setPen(QPen(color, 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(chip, 4, 4)
        small = theme.font(round(tokens.SMALL * self.text_scale), weight=600)
        painter.setFont(small)
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, look.tag)
        words = rect.adjusted(_CHIP + 4, 4, 0, -4)
        body = theme.font(round(tokens.BODY * self.text_scale))
        upper = QRect(words.left(), words.top(), words.width(), words.height() // 2)
        lower = upper.translated(0, words.height() // 2)
        _line(painter, upper, mark.label, body, tokens.TEXT_1)
        small = theme.font(round(tokens.SMALL * self.text_scale))
        _line(painter, lower, second_line(mark), small, tokens.TEXT_2)

    def _paint_set(self, painter: QPainter, rect: QRect, one: MarkSet) -> None:
        small = theme.font(round(tokens.SMALL * self.text_scale))
        width = QFontMetrics(small).horizontalAdvance(one.made_by)
        width = min(width + 2, rect.width() // 2)
        right = QRect(rect.right() - width, rect.top(), width + 1, rect.height())
        _line(painter, right, one.made_by, small, tokens.TEXT_2)
        strong = theme.font(round(tokens.BODY * self.text_scale), weight=600)
        left = rect.adjusted(0, 0, -width - 8, 0)
        _line(painter, left, one.title, strong, tokens.TEXT_1)

    def editorEvent(  # noqa: N802 (Qt's name)
        self,
        event: QEvent,
        model: QAbstractItemModel,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> bool:
        """Turn the eye at a click on it; Qt's own does so at Space."""
        if not isinstance(event, QMouseEvent):
            return super().editorEvent(event, model, option, index)
        if index.data(Qt.ItemDataRole.CheckStateRole) is None:
            return False
        on_eye = event.position().x() < option.rect.left() + _EYE + 8
        if on_eye and event.type() is QEvent.Type.MouseButtonRelease:
            shown = index.data(Qt.ItemDataRole.CheckStateRole)
            shut = Qt.CheckState(shown) is Qt.CheckState.Unchecked
            state = Qt.CheckState.Checked if shut else Qt.CheckState.Unchecked
            return model.setData(index, state.value, Qt.ItemDataRole.CheckStateRole)
        return False


def _line(painter: QPainter, rect: QRect, text: str, font: QFont, color: str) -> None:
    painter.setFont(font)
    shown = QFontMetrics(font).elidedText(
        text, Qt.TextElideMode.ElideRight, rect.width()
    )
    painter.setPen(QColor(color))
    flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(rect, int(flags | Qt.TextFlag.TextSingleLine), shown)
