"""The rows of a header as a table: what a cell says, and what a search finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from gui import icons, list_look, theme, tokens
from gui.errands import breathe
from gui.outline_model import OutlineModel
from studies.header_dump import HeaderRow, differing

Dump = Callable[[Path], Sequence[HeaderRow]]

_PER_FRAME = "(5200,9230)"
_MOST_OPEN_ITEMS = 8
_ROWS_AT_ONCE = 256


class Column(IntEnum):
    """Columns of the table."""

    TAG = 0
    NAME = 1
    VR = 2
    VALUE = 3
    BYTES = 4


@dataclass(frozen=True, slots=True)
class HeaderTable:
    """A header made ready for the screen; built off the main thread.

    Attributes
    ----------
    searched
        Of each row all that a search looks at, folded to lower case.
    folded
        Rows that begin folded: items of long sequences.
    changed
        Rows that differ from the image before, None if there is none to compare.
    """

    rows: tuple[HeaderRow, ...] = ()
    depths: tuple[int, ...] = ()
    searched: tuple[str, ...] = ()
    folded: frozenset[int] = frozenset()
    changed: frozenset[int] | None = None

    @property
    def elements(self) -> int:
        """How many elements there are; items and remarks do not count."""
        return sum(bool(row.tag) for row in self.rows)

    def matching(self, text: str) -> list[int]:
        """Return the rows that hold a text: tag, keyword, name or value; in order."""
        wanted = text.casefold()
        return [row for row, words in enumerate(self.searched) if wanted in words]


def read_table(
    dump: Dump, path: Path, frame: int = 0, previous: Path | None = None
) -> HeaderTable:
    """Dump a file and make its rows ready for the screen; for any thread.

    Parameters
    ----------
    frame
        Counted from 0; its item of the Per-Frame Functional Groups is named.
    previous
        A file to compare with, or None.
    """
    rows = tuple(dump(path))
    changed = None if previous is None else differing(rows, dump(previous))
    here = _item_of_frame(rows, frame)
    if here is not None:
        named = replace(rows[here], name=f"{rows[here].name}, this frame")
        rows = (*rows[:here], named, *rows[here + 1 :])
    searched = []
    for place, row in enumerate(rows):
        searched.append(_searched(row))
        if place % _ROWS_AT_ONCE == 0:
            breathe()
    return HeaderTable(
        rows,
        tuple(row.depth for row in rows),
        tuple(searched),
        _long_items(rows) - {here},
        changed,
    )


def _searched(row: HeaderRow) -> str:
    digits = row.tag.strip("()").replace(",", "")
    parts = (row.tag, digits, row.keyword, row.name, row.value, row.problem)
    return "\n".join(parts).casefold()


def _item_of_frame(rows: Sequence[HeaderRow], frame: int) -> int | None:
    starts = [place for place, row in enumerate(rows) if row.tag == _PER_FRAME]
    if not starts:
        return None
    items = [
        place
        for place in range(starts[0] + 1, len(rows))
        if rows[place].depth == 1 and not rows[place].tag
    ]
    return items[frame] if frame < len(items) else None


def _long_items(rows: Sequence[HeaderRow]) -> frozenset[int]:
    """Return the items of sequences that hold many."""
    sequence: dict[int, int] = {}
    owner: dict[int, int] = {}
    for place, row in enumerate(rows):
        if row.tag:
            sequence[row.depth] = place
        elif row.name:
            owner[place] = sequence.get(row.depth - 1, -1)
    counted = Counter(owner.values())
    return frozenset(
        place for place, above in owner.items() if counted[above] > _MOST_OPEN_ITEMS
    )


class HeaderModel(OutlineModel):
    """Shows a `HeaderTable`."""

    titles = ("Tag", "Name", "VR", "Value", "Bytes")
    outlined = Column.NAME

    def __init__(self) -> None:
        super().__init__()
        self.table = HeaderTable()

    def show(self, table: HeaderTable) -> None:
        """Replace the header."""
        self.table = table
        self.set_depths(table.depths, table.folded)

    def cell(self, row: int, column: int, role: int) -> object:
        """Return what stands in a cell."""
        shown = self.table.rows[row]
        if role == Qt.ItemDataRole.DisplayRole:
            return cell_text(shown, Column(column))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return spoken(shown)
        if role == Qt.ItemDataRole.FontRole and column in (Column.TAG, Column.VR):
            size = round(tokens.SMALL * list_look.text_scale())
            return theme.font(size, mono=True)
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._color(row, Column(column))
        if role == Qt.ItemDataRole.DecorationRole and column == Column.VALUE:
            return icons.icon("warning", tokens.WARNING, 14) if shown.problem else None
        return None

    def _color(self, row: int, column: Column) -> QColor | None:
        shown = self.table.rows[row]
        if shown.problem and column is Column.VALUE:
            return QColor(tokens.WARNING)
        if self.table.changed and row in self.table.changed and shown.tag:
            return QColor(tokens.FOCUS)
        if column in (Column.NAME, Column.VALUE):
            return None
        return QColor(tokens.TEXT_2)


def cell_text(row: HeaderRow, column: Column) -> str:
    """Return the text of a cell."""
    if column is Column.TAG:
        return row.tag
    if column is Column.NAME:
        return row.name
    if column is Column.VR:
        return row.vr
    if column is Column.BYTES:
        return "" if row.length is None else f"{row.length:,}"
    return "  ".join(part for part in (row.value, row.problem) if part)


def spoken(row: HeaderRow) -> str:
    """Return a row as one sentence, for screen readers."""
    length = "" if row.length is None else f"{row.length} bytes"
    parts = (row.tag, row.name, row.vr, row.value, row.problem, length)
    return ", ".join(part for part in parts if part)
