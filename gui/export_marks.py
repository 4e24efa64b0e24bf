"""Measurements and key images of the export sheet: a line each, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from gui import mark_words, tokens, widgets
from review.measurement import KeyImage, Measurement

WhereOf = Callable[[str, int], str]
"""Names the image of a UID and frame; "" where there is only one."""


class MarkTable(QWidget):
    """What the reader measured and marked, as it will leave."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Measurements and key images to export")
        self.lines: tuple[str, ...] = ()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(16, 6, 16, 6)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(2, 1)

    def show_marks(
        self,
        measurements: Sequence[Measurement],
        key_images: Sequence[KeyImage],
        where_of: WhereOf,
    ) -> None:
        """Show other marks."""
        rows = [
            *(_measured(item, where_of) for item in measurements),
            *(_marked(item, where_of) for item in key_images),
        ]
        told = tuple(", ".join(filter(None, row[1:])) for row in rows)
        if told == self.lines:
            return
        self.lines = told
        self._clear()
        for number, (icon, name, detail, at) in enumerate(rows):
            self._add(number, icon, name, detail, at)
        self.setAccessibleDescription(". ".join(told))

    def _add(self, number: int, icon: str, name: str, detail: str, at: str) -> None:
        top = Qt.AlignmentFlag.AlignTop
        glyph = widgets.icon_label(icon, tokens.TEXT_2, 16)
        title = widgets.label(name, "strong")
        words = widgets.label(detail, "small", wrap=True)
        for column, part in enumerate(
            (glyph, title, words, widgets.label(at, "small"))
        ):
            self._grid.addWidget(part, number, column, top)

    def _clear(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()


def _measured(item: Measurement, where_of: WhereOf) -> tuple[str, str, str, str]:
    where = where_of(item.sop_instance_uid, item.frame)
    if item.reformatted:
        where = "on a reformatted plane"
    told = (mark_words.all_values(item), item.label, where)
    at = "" if item.at is None else f"{item.at.astimezone():%H:%M:%S}"
    name = mark_words.kind_word(item.kind)
    return "pencil", name, "  ".join(filter(None, told)), at


def _marked(item: KeyImage, where_of: WhereOf) -> tuple[str, str, str, str]:
    where = where_of(item.sop_instance_uid, item.frame)
    told = "  ".join(filter(None, (where, item.comment)))
    return "image", "Key image", told, f"{item.at.astimezone():%H:%M:%S}"
