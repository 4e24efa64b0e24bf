"""The look that lists share: their focus ring, their rows."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QTableView

from gui import tokens

SELECTED = "#16303A"


def ring(view: QAbstractItemView) -> None:
    """Give a list a border that is there without the focus too.

    Where only the focus brings the border, Qt does not move the rows out of its
    way, and they cover it.
    """
    kind = "QTableView" if isinstance(view, QTableView) else "QListView"
    view.setStyleSheet(
        f"{kind} {{ border: 2px solid {tokens.PANEL}; }}"
        f"{kind}:focus {{ border: 2px solid {tokens.FOCUS}; }}"
    )


def plain_rows(table: QTableView, height: int = tokens.MINIMUM_TARGET) -> None:
    """Make a table a list of whole rows of one height."""
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTabKeyNavigation(False)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    rows = table.verticalHeader()
    rows.hide()
    rows.setDefaultSectionSize(height)
    rows.setSectionResizeMode(rows.ResizeMode.Fixed)
    header = table.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
    header.setHighlightSections(False)
    header.setStretchLastSection(True)
    ring(table)
