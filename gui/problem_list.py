"""The sheet that lists the files that could not be opened, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton, QWidget

from gui import icons, tokens, widgets
from gui.detail_text import DetailText
from gui.key_claims import KeyClaims
from gui.outline_model import OutlineModel
from gui.outline_table import OutlineTable
from gui.problem_groups import (
    ProblemLine,
    as_text,
    lines_of,
    notice_sentence,
    problem_sentence,
    refused_count,
)
from gui.search_field import SearchField
from gui.sheet_head import SheetHead

if TYPE_CHECKING:
    from studies.model import Problem

__all__ = ["ProblemList", "problem_sentence", "refused_count"]

_WIDTHS = {0: 208, 1: 328}


class ProblemList(QWidget):
    """A table of file, what is wrong, what to do; equal problems under one line.

    `/` searches, Left and Right fold and open a group, Ctrl+C copies the chosen
    lines, Escape closes.
    """

    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._problems: tuple[Problem, ...] = ()
        self._files = 0
        self._head = SheetHead("Files")
        self.search = SearchField("File or what is wrong")
        self.model = ProblemModel()
        self.table = OutlineTable(self.model, "Files that could not be opened")
        self.detail = DetailText("The chosen file, in full")
        self.copy = QPushButton("Copy the list as text")
        self._note = widgets.label("", "small", wrap=True)
        self._lay_out()
        self._head.closed.connect(self.closed)
        self.search.changed.connect(self._on_search)
        self.search.left.connect(self._focus_table)
        self.search.escaped.connect(self._on_escaped)
        self.table.row_changed.connect(self._on_row)
        self.copy.clicked.connect(self._on_copy)
        keys = {"/": self.search.take_focus, "Ctrl+F": self.search.take_focus}
        self._keys = KeyClaims(self.table, {**keys, "Esc": self.closed.emit})
        self._detail_keys = KeyClaims(self.detail, {"Esc": self.closed.emit})

    def show_problems(self, problems: Sequence[Problem], files: int) -> None:
        """List the problems of `files` files looked at."""
        self._problems, self._files = tuple(problems), files
        title = problem_sentence(problems, files) or "Notices"
        self._head.set_title(title)
        notices = notice_sentence(problems)
        self._note.setText(
            f"{notices + '. ' if notices else ''}All other files were opened. "
            "Nothing was changed on disk."
        )
        self.model.show(lines_of(self._problems))
        self.search.set_text("")
        self._on_search()

    def _on_search(self) -> None:
        text = self.search.text()
        self.model.search(text)
        if text:
            found = len(self.model.hits)
            self.search.show_count(f"{found} of {len(self._problems)}")
        else:
            noun = "line" if len(self._problems) == 1 else "lines"
            self.search.show_count(f"{len(self._problems)} {noun}")
        if self.model.rowCount():
            self.table.go_to(self.model.source_row(0))
        else:
            self.detail.setPlainText(f"No line holds “{text}”." if text else "")

    def _on_row(self, row: int) -> None:
        self.detail.setPlainText(self.model.lines[row].in_full() if row >= 0 else "")

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(as_text(self._problems, self._files))

    def _on_escaped(self) -> None:
        if self.search.text():
            self.search.set_text("")
        else:
            self.closed.emit()

    def _focus_table(self) -> None:
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _lay_out(self) -> None:
        self.table.set_columns(_WIDTHS, 2)
        layout = widgets.column(self._head, widgets.line(), self.search, spacing=0)
        layout.addWidget(self.table, 1)
        detail = widgets.row(self.detail)
        detail.setContentsMargins(16, 8, 16, 0)
        foot = widgets.row(self._note, self.copy)
        foot.setStretch(0, 1)
        foot.setContentsMargins(16, 8, 16, 12)
        layout.addLayout(detail)
        layout.addLayout(foot)
        self.setLayout(layout)
        self.setFocusProxy(self.table)


class ProblemModel(OutlineModel):
    """The lines as a table."""

    titles = ("File", "What is wrong", "What to do")

    def __init__(self) -> None:
        super().__init__()
        self.lines: tuple[ProblemLine, ...] = ()

    def show(self, lines: tuple[ProblemLine, ...]) -> None:
        """Replace the lines; groups begin folded."""
        self.lines = lines
        groups = [place for place, line in enumerate(lines) if line.count > 1]
        self.set_depths(tuple(line.depth for line in lines), groups)

    def search(self, text: str) -> None:
        """Show only the files whose line holds a text, groups above them."""
        if text:
            found = [n for n, line in enumerate(self.lines) if line.matches(text)]
            self.set_hits(found)
        elif self.filtered:
            self.set_hits(None)

    def cell(self, row: int, column: int, role: int) -> object:
        """Return what stands in a cell."""
        line = self.lines[row]
        if role == Qt.ItemDataRole.DecorationRole and column == 0:
            color = tokens.FAILED if line.refused else tokens.WARNING
            return icons.icon("failed" if line.refused else "warning", color, 16)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            word = "not opened" if line.refused else "notice"
            return f"{line.file}, {word}, {line.problem.what} {line.problem.next_step}"
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return (line.file, line.problem.what, line.problem.next_step)[column]
