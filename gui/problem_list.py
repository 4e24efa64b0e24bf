"""The sheet that lists the files that could not be opened, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from gui import icons, tokens, widgets
from gui.findings_model import Index
from gui.sheet_head import SheetHead

if TYPE_CHECKING:
    from studies.model import Problem


def refused_count(problems: Sequence[Problem]) -> int:
    """Return how many files were refused; a file with two problems counts once."""
    return len({p.path for p in problems if p.severity.value == "refused"})


def problem_sentence(problems: Sequence[Problem], files: int) -> str:
    """Return ``3 of 32 files could not be opened``, or "" if all were."""
    refused = refused_count(problems)
    if not refused:
        return ""
    noun = "file" if files == 1 else "files"
    return f"{refused} of {files} {noun} could not be opened"


class ProblemList(QWidget):
    """A table of file, what is wrong, what to do."""

    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._head = SheetHead("Files")
        self._head.closed.connect(self.closed)
        self.table = QTableView()
        self._model = _ProblemModel()
        self.table.setModel(self._model)
        self.table.setAccessibleName("Files that could not be opened")
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setWordWrap(True)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setTabKeyNavigation(False)
        header = self.table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        layout = widgets.column(self._head, widgets.line(), spacing=0)
        layout.addWidget(self.table, 1)
        note = widgets.label(
            "All other files were opened. Nothing was changed on disk.", "small"
        )
        note.setContentsMargins(16, 10, 16, 12)
        layout.addWidget(note)
        self.setLayout(layout)
        self.setFocusProxy(self.table)

    def show_problems(self, problems: Sequence[Problem], files: int) -> None:
        """List the problems of `files` files looked at."""
        self._head.set_title(problem_sentence(problems, files) or "Notices")
        self._model.show(tuple(problems))
        self.table.resizeRowsToContents()


class _ProblemModel(QAbstractTableModel):
    _TITLES = ("File", "What is wrong", "What to do")

    def __init__(self) -> None:
        super().__init__()
        self._problems: tuple[Problem, ...] = ()

    def show(self, problems: tuple[Problem, ...]) -> None:
        self.beginResetModel()
        self._problems = problems
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:  # noqa: N802 (Qt's name)
        return 0 if parent is not None and parent.isValid() else len(self._problems)

    def columnCount(self, parent: Index | None = None) -> int:  # noqa: N802 (Qt's name)
        return 0 if parent is not None and parent.isValid() else len(self._TITLES)

    def headerData(  # noqa: N802 (Qt's name)
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if orientation is Qt.Orientation.Horizontal:
            return self._TITLES[section]
        return section + 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        problem = self._problems[index.row()]
        refused = problem.severity.value == "refused"
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 0:
            color = tokens.FAILED if refused else tokens.WARNING
            return icons.icon("failed" if refused else "warning", color, 16)
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == 0:
            return str(problem.path)
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return (problem.path.name, problem.what, problem.next_step)[index.column()]
