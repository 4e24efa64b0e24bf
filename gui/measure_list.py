"""The study's measurements as a list: go there, name one, delete one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from gui import tokens, widgets
from gui.findings_model import Index

_EMPTY = "No measurements. Press L for a length, N for an angle."


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """One row: the figure, where it lies, the reader's name for it."""

    uid: str
    title: str
    where: str = ""
    label: str = ""
    spoken: str = ""

    @property
    def text(self) -> str:
        """What is shown, on two lines where there is more than the figure."""
        below = "  \u00b7  ".join(part for part in (self.label, self.where) if part)
        return f"{self.title}\n{below}" if below else self.title


class MeasureList(QWidget):
    """A compact list for the dock.

    Signals
    -------
    wanted(str)
        Show this one: a click, or Enter.
    removed(str)
        Delete this one: Delete, or the button.
    labelled(str, str)
        Uid and the new name: F2, or the button.
    """

    wanted = Signal(str)
    removed = Signal(str)
    labelled = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self._rows = _Rows()
        self._rows.labelled.connect(self.labelled)
        self._title = widgets.label("Measurements", "strong")
        self._note = widgets.label(_EMPTY, "small", wrap=True)
        self.view = _View()
        self.view.setModel(self._rows)
        self.label_button = _button("Name", "Name the chosen measurement  F2")
        self.remove_button = _button("Delete", "Delete the chosen measurement  Del")
        self._arrange()
        self._connect()
        self._follow()

    def _arrange(self) -> None:
        layout = widgets.column(self._note, self.view)
        head = widgets.row(self._title, None, self.label_button, self.remove_button)
        layout.insertLayout(0, head)
        layout.setContentsMargins(16, 8, 10, 8)
        self.setLayout(layout)
        self.setAccessibleName("Measurements")

    def _connect(self) -> None:
        self.view.clicked.connect(self._on_wanted)
        self.view.activated.connect(self._on_wanted)
        self.view.remove_pressed.connect(self._on_remove)
        self.label_button.clicked.connect(self.edit_label)
        self.remove_button.clicked.connect(self._on_remove)
        self.view.selectionModel().currentChanged.connect(self._follow)
        self._rows.modelReset.connect(self._follow)

    def show_rows(self, rows: Sequence[MeasureRow]) -> None:
        """Show these; the one that was chosen stays so if it is still there."""
        chosen = self.selected()
        self._rows.show(tuple(rows))
        count = len(rows)
        self._title.setText(f"Measurements ({count})" if count else "Measurements")
        self._note.setVisible(not count)
        self.view.setVisible(bool(count))
        self.select(chosen)

    def rows(self) -> tuple[MeasureRow, ...]:
        """Return what is listed."""
        return self._rows.rows

    def selected(self) -> str | None:
        """Return the uid of the chosen row."""
        index = self.view.currentIndex()
        return self._rows.rows[index.row()].uid if index.isValid() else None

    def select(self, uid: str | None) -> None:
        """Choose a row, without asking for its image."""
        place = next((n for n, row in enumerate(self.rows()) if row.uid == uid), None)
        index = QModelIndex() if place is None else self._rows.index(place, 0)
        if index != self.view.currentIndex():
            self.view.setCurrentIndex(index)
        self._follow()

    def edit_label(self) -> None:
        """Let the reader name the chosen one, in its row."""
        index = self.view.currentIndex()
        if index.isValid():
            self.view.setFocus(Qt.FocusReason.OtherFocusReason)
            self.view.edit(index)

    def _follow(self) -> None:
        chosen = self.view.currentIndex().isValid()
        self.label_button.setEnabled(chosen)
        self.remove_button.setEnabled(chosen)

    def _on_wanted(self, index: QModelIndex) -> None:
        self.wanted.emit(self._rows.rows[index.row()].uid)

    def _on_remove(self) -> None:
        uid = self.selected()
        if uid is not None:
            self.removed.emit(uid)


def _button(text: str, tip: str) -> QPushButton:
    made = QPushButton(text)
    made.setProperty("role", "flat")
    made.setAutoDefault(False)
    made.setToolTip(tip)
    made.setAccessibleName(tip)
    made.setMinimumHeight(tokens.MINIMUM_TARGET)
    return made


class _Rows(QAbstractListModel):
    """The rows; only the name can be edited."""

    labelled = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[MeasureRow, ...] = ()

    def show(self, rows: tuple[MeasureRow, ...]) -> None:
        """Replace the rows, unless they are the same: an editor may be open."""
        if rows != self.rows:
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 (Qt)
        """Return the number of measurements."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what is shown, edited, or spoken."""
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.text
        if role == Qt.ItemDataRole.EditRole:
            return row.label
        if role in (
            Qt.ItemDataRole.AccessibleTextRole,
            Qt.ItemDataRole.ToolTipRole,
        ):
            return row.spoken or row.text
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Let every name be edited."""
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def setData(  # noqa: N802 (Qt's name)
        self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole
    ) -> bool:
        """Hand a new name over; the row changes once the review has it."""
        row = self.rows[index.row()]
        text = str(value).strip()
        if role != Qt.ItemDataRole.EditRole or text == row.label:
            return False
        self.labelled.emit(row.uid, text)
        return True


class _View(QListView):
    """A list whose Delete is its own while it has the focus."""

    remove_pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Measurements")
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setItemDelegate(_Tall(self))
        self.setMinimumHeight(60)

    def event(self, event: QEvent) -> bool:
        """Take Delete before the window's shortcut sees it."""
        is_override = event.type() == QEvent.Type.ShortcutOverride
        if is_override and isinstance(event, QKeyEvent) and _is_delete(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt's name)
        """Delete the chosen one; Enter and F2 are Qt's."""
        if _is_delete(event):
            self.remove_pressed.emit()
        else:
            super().keyPressEvent(event)


class _Tall(QStyledItemDelegate):
    """Rows with air around their lines, and never too low to be hit."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802 (Qt's name)
        """Return the size of the text, with room above and below."""
        size = super().sizeHint(option, index)
        return QSize(size.width(), max(size.height() + 10, tokens.MINIMUM_TARGET))


def _is_delete(event: QKeyEvent) -> bool:
    return Qt.Key(event.key()) == Qt.Key.Key_Delete and not event.modifiers()
