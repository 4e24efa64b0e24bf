"""The look that lists share: their focus ring, their rows, their size with the text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QAbstractItemView, QApplication, QTableView

from gui import tokens

SELECTED = "#16303A"
FONT_EVENTS = (
    QEvent.Type.ApplicationFontChange,
    QEvent.Type.FontChange,
    QEvent.Type.StyleChange,
)
"""Events after which what depends on the text's size is worked out anew."""


def text_scale() -> float:
    """Return how large the text is: 1.0 to 2.0, as the reader has set it."""
    pixels = QApplication.font().pixelSize()
    return pixels / tokens.BODY if pixels > 0 else 1.0


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


class RowTable(QTableView):
    """A list of whole rows of one height, which grows with the text.

    Parameters
    ----------
    name
        For screen readers.
    row_height
        In logical pixels at the usual text size.
    """

    def __init__(self, name: str, row_height: int = tokens.MINIMUM_TARGET) -> None:
        super().__init__()
        self._row_height = row_height
        self._widths: dict[int, int] = {}
        self._stretched = -1
        self._scale = 0.0
        self.setAccessibleName(name)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(rows.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        header.setHighlightSections(False)
        ring(self)
        self._settle()

    def set_columns(self, widths: Mapping[Any, int], stretched: int) -> None:
        """Give columns their widths at the usual text size; one takes the rest.

        Parameters
        ----------
        widths
            Column, as int or IntEnum -> logical pixels.
        """
        self._widths, self._stretched, self._scale = dict(widths), stretched, 0.0
        header = self.horizontalHeader()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(stretched, header.ResizeMode.Stretch)
        self._settle()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt's name)
        """Grow with the text."""
        super().changeEvent(event)
        if event.type() in FONT_EVENTS:
            self._settle()

    def _settle(self) -> None:
        scale = text_scale()
        if scale == self._scale:
            return
        self._scale = scale
        self.verticalHeader().setDefaultSectionSize(round(self._row_height * scale))
        for column, width in self._widths.items():
            self.setColumnWidth(column, round(width * scale))
