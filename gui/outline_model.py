"""Rows with depths as one flat table that folds and filters, without stalls.

A tree view asks its model for every node when it unfolds; twenty thousand of them
stop the window for a moment. Here the rows on screen are a list of numbers, made
in one pass, and a table asks only for those that it paints.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence

from PySide6.QtCore import QAbstractTableModel, Qt

from gui.findings_model import Index

DepthRole = Qt.ItemDataRole.UserRole + 1
FoldRole = Qt.ItemDataRole.UserRole + 2
HitRole = Qt.ItemDataRole.UserRole + 3


class OutlineModel(QAbstractTableModel):
    """The rows, which of them are folded, and which match a filter.

    A child class says what stands in a cell of a row of the source:
    `cell(row, column, role)`.

    In the outlined column `DepthRole` is how deep a row lies, in others None.
    `FoldRole` is True (folded), False (open) or None (nothing beneath the row),
    `HitRole` whether the row itself matches the filter.
    """

    titles: tuple[str, ...] = ()
    outlined = 0
    """The column that is indented."""

    def __init__(self) -> None:
        super().__init__()
        self._depths: Sequence[int] = ()
        self._folded: set[int] = set()
        self._parents: list[int] = []
        self._hits: tuple[int, ...] | None = None
        self._visible: list[int] = []

    # --- what is on screen ----------------------------------------------------

    def set_depths(self, depths: Sequence[int], folded: Collection[int] = ()) -> None:
        """Replace the rows.

        Parameters
        ----------
        depths
            Of each row; the rows beneath one are those that follow and lie deeper.
        folded
            Rows whose children are hidden at first.
        """
        self.beginResetModel()
        self._depths = depths
        self._parents = _parents_of(depths)
        self._folded = {row for row in folded if self.has_children(row)}
        self._hits = None
        self._visible = self._unfolded()
        self.endResetModel()

    def set_hits(self, hits: Sequence[int] | None) -> None:
        """Show only these rows, given in order, and those above them; None: all."""
        self.beginResetModel()
        self._hits = None if hits is None else tuple(hits)
        self._visible = self._unfolded() if hits is None else self._matching(hits)
        self.endResetModel()

    @property
    def hits(self) -> tuple[int, ...]:
        """The rows that match the filter, in order; empty without a filter."""
        return self._hits or ()

    @property
    def filtered(self) -> bool:
        """Whether a filter hides rows."""
        return self._hits is not None

    def hit_number(self, row: int) -> int:
        """Return which hit a row is, counted from 1, or 0."""
        place = bisect_left(self.hits, row)
        there = place < len(self.hits) and self.hits[place] == row
        return place + 1 if there else 0

    def hit_beside(self, row: int, by: int) -> int | None:
        """Return the hit after (1) or before (-1) a row, around the end; or None."""
        if not self.hits:
            return None
        if by > 0:
            return self.hits[bisect_right(self.hits, row) % len(self.hits)]
        return self.hits[bisect_left(self.hits, row) - 1]

    def source_row(self, visible: int) -> int:
        """Return the row of the source that stands at a place on screen."""
        return self._visible[visible]

    def visible_row(self, row: int) -> int | None:
        """Return where a row of the source stands on screen, or None."""
        place = bisect_left(self._visible, row)
        there = place < len(self._visible) and self._visible[place] == row
        return place if there else None

    def has_children(self, row: int) -> bool:
        """Return whether rows lie beneath a row of the source."""
        return row + 1 < len(self._depths) and self._depths[row + 1] > self._depths[row]

    def parent_of(self, row: int) -> int | None:
        """Return the row above that a row of the source belongs to."""
        return self._parents[row] if self._parents[row] >= 0 else None

    def set_folded(self, row: int, *, folded: bool) -> bool:
        """Fold or open a row of the source; False if that changes nothing.

        While a filter is set nothing folds: all that matches is to be seen.
        """
        if self._hits is not None or not self.has_children(row):
            return False
        if folded is (row in self._folded):
            return False
        self.beginResetModel()
        (self._folded.add if folded else self._folded.remove)(row)
        self._visible = self._unfolded()
        self.endResetModel()
        return True

    def _unfolded(self) -> list[int]:
        visible, hidden_below = [], None
        for row, depth in enumerate(self._depths):
            if hidden_below is not None and depth > hidden_below:
                continue
            hidden_below = depth if row in self._folded else None
            visible.append(row)
        return visible

    def _matching(self, hits: Sequence[int]) -> list[int]:
        wanted = bytearray(len(self._depths))
        for hit in hits:
            row = hit
            while row >= 0 and not wanted[row]:
                wanted[row] = 1
                row = self._parents[row]
        return [row for row, shown in enumerate(wanted) if shown]

    # --- Qt -------------------------------------------------------------------

    def cell(self, row: int, column: int, role: int) -> object:
        """Return what stands in a cell, for a role of Qt."""
        raise NotImplementedError

    def rowCount(self, parent: Index | None = None) -> int:  # noqa: N802 (Qt's name)
        """Return the number of rows on screen."""
        return 0 if parent is not None and parent.isValid() else len(self._visible)

    def columnCount(self, parent: Index | None = None) -> int:  # noqa: N802 (Qt's name)
        """Return the number of columns."""
        return 0 if parent is not None and parent.isValid() else len(self.titles)

    def headerData(  # noqa: N802 (Qt's name)
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        """Return a column's title."""
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if orientation is Qt.Orientation.Horizontal:
            return self.titles[section]
        return section + 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a cell is, for a role of Qt or one of ours."""
        if not index.isValid():
            return None
        row = self._visible[index.row()]
        if role == DepthRole:
            return self._depths[row] if index.column() == self.outlined else None
        if role == HitRole:
            return bool(self.hit_number(row))
        if role == FoldRole:
            if not self.has_children(row):
                return None
            return self._hits is None and row in self._folded
        return self.cell(row, index.column(), role)


def _parents_of(depths: Sequence[int]) -> list[int]:
    """Return the row above that each row belongs to, -1 where there is none."""
    above: list[int] = []
    parents = []
    for row, depth in enumerate(depths):
        while above and depths[above[-1]] >= depth:
            above.pop()
        parents.append(above[-1] if above else -1)
        above.append(row)
    return parents
