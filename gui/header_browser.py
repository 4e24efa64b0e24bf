"""The sheet that shows every element of a file, and searches in them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from gui import widgets
from gui.detail_text import DetailText
from gui.errands import Errands, Stopped, breathe
from gui.header_model import Column, Dump, HeaderModel, HeaderTable, read_table, spoken
from gui.key_claims import KeyClaims
from gui.outline_table import OutlineTable
from gui.search_field import SearchField
from gui.sheet_head import SheetHead
from gui.tick_box import TickBox
from studies.header_dump import dump_header

_WIDTHS = {Column.TAG: 96, Column.NAME: 256, Column.VR: 36, Column.BYTES: 72}
_PAUSE_MS = 80
_dump_politely = partial(dump_header, pause=breathe)


class HeaderBrowser(QWidget):
    """All elements of one file; read in a thread of its own.

    `/` searches, F3 and Shift+F3 go from hit to hit, Ctrl+C copies the chosen
    rows, Left and Right fold and open, Escape closes. `stop` ends the thread.

    Parameters
    ----------
    dump
        Reads a file's rows; called in the thread.
    """

    closed = Signal()

    def __init__(self, dump: Dump = _dump_politely) -> None:
        super().__init__()
        self._dump = dump
        self._errands = Errands("header", self)
        self._path: Path | None = None
        self._head = SheetHead("Header")
        self.search = SearchField("Tag, name or value", steps=True)
        self.differences = TickBox("Only what differs from the image before")
        self.model = HeaderModel()
        self.table = OutlineTable(self.model, "Elements of the file")
        self.detail = DetailText("The chosen element, in full")
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._lay_out()
        self._connect()

    def show_file(
        self, path: Path, frame: int = 0, previous: Path | None = None
    ) -> None:
        """Show a file's elements; what is searched for stays.

        Parameters
        ----------
        frame
            Counted from 0.
        previous
            The file of the image before, to compare with.
        """
        self._path = path
        title = path.name if frame == 0 else f"{path.name}, frame {frame + 1}"
        self._head.set_title(title)
        self.differences.setVisible(previous is not None)
        if previous is None:
            self.differences.setChecked(False)
        self.model.show(HeaderTable())
        self.detail.clear()
        self.search.show_count("Reading")

        def read(_: Stopped) -> object:
            return read_table(self._dump, path, frame, previous)

        self._errands.ask("file", read, self._on_read)

    def stop(self) -> None:
        """End the thread; the sheet is not used any more."""
        self._errands.close()

    def go_to_hit(self, by: int) -> None:
        """Go to the next (1) or previous (-1) hit, around the end if need be."""
        self._search_now()
        wanted = self.model.hit_beside(self.table.current_row, by)
        if wanted is not None:
            self.table.go_to(wanted)
            self._tell()

    def _search_now(self) -> None:
        """Apply a text whose pause has not run out yet."""
        if self._pause.isActive():
            self._pause.stop()
            self._on_search()

    def _on_read(self, table: object) -> None:
        assert isinstance(table, HeaderTable)
        self.model.show(table)
        self._on_search()

    def _on_search(self) -> None:
        table, text = self.model.table, self.search.text()
        hits = table.matching(text) if text else None
        changed = table.changed if self.differences.isChecked() else None
        if changed is not None:
            found = range(len(table.rows)) if hits is None else hits
            hits = [row for row in found if row in changed]
        if hits is not None or self.model.filtered:
            self.model.set_hits(hits)
        if self.model.rowCount():
            first = self.model.hits[0] if self.model.hits else self.model.source_row(0)
            self.table.go_to(first)
        self._tell()

    def _tell(self) -> None:
        if self._errands.busy:
            return
        hits = self.model.hits
        if not self.model.filtered:
            words = f"{self.model.table.elements:,} elements"
        elif not hits:
            words = "No hit"
        else:
            noun = "hit" if len(hits) == 1 else "hits"
            number = self.model.hit_number(self.table.current_row)
            at = f"{number:,} of " if number else ""
            words = f"{at}{len(hits):,} {noun}"
        self.search.show_count(words)
        for button in (self.search.previous, self.search.next):
            button.setEnabled(bool(hits))

    def _on_row(self, row: int) -> None:
        shown = self.model.table.rows[row] if row >= 0 else None
        self.detail.setPlainText("" if shown is None else spoken(shown))
        self._tell()

    def _on_escaped(self) -> None:
        if self.search.text():
            self.search.set_text("")
        else:
            self.closed.emit()

    def _focus_table(self) -> None:
        self._search_now()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _lay_out(self) -> None:
        self.table.set_columns(_WIDTHS, Column.VALUE)
        layout = widgets.column(self._head, widgets.line(), self.search, spacing=0)
        row = widgets.row(self.differences, None)
        row.setContentsMargins(16, 0, 16, 4)
        layout.addLayout(row)
        layout.addWidget(self.table, 1)
        foot = widgets.row(self.detail)
        foot.setContentsMargins(16, 8, 16, 12)
        layout.addLayout(foot)
        self.setLayout(layout)
        self.differences.hide()
        self.setFocusProxy(self.table)

    def _connect(self) -> None:
        self._head.closed.connect(self.closed)
        self._pause.timeout.connect(self._on_search)
        self.search.changed.connect(self._pause.start)
        self.search.next_asked.connect(lambda: self.go_to_hit(1))
        self.search.previous_asked.connect(lambda: self.go_to_hit(-1))
        self.search.left.connect(self._focus_table)
        self.search.escaped.connect(self._on_escaped)
        self.differences.toggled.connect(self._on_search)
        self.table.row_changed.connect(self._on_row)
        keys = {
            "/": self.search.take_focus,
            "Ctrl+F": self.search.take_focus,
            "F3": lambda: self.go_to_hit(1),
            "Shift+F3": lambda: self.go_to_hit(-1),
            "Esc": self.closed.emit,
        }
        self._keys = KeyClaims(self.table, keys)
        self._detail_keys = KeyClaims(self.detail, {"Esc": self.closed.emit})
