"""Measurements and key images of the export sheet: a line each, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from gui import export_words, mark_words, sheet_parts, tokens, widgets
from review.measurement import KeyImage, Measurement

WhereOf = Callable[[str, int], str]
"""Names the image of a UID and frame; "" where there is only one."""


class MarkSection(QWidget):
    """What the reader measured and marked, as it will leave; hidden if nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: tuple[str, ...] = ()
        self.summary = widgets.label("", "small")
        self.planes = widgets.label("", "warning", wrap=True)
        self.planes.setContentsMargins(16, 0, 16, 6)
        self._table = QWidget()
        self._table.setAccessibleName("Measurements and key images to export")
        self._grid = QGridLayout(self._table)
        self._grid.setContentsMargins(16, 6, 16, 6)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(2, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        head = sheet_parts.section("Measurements and key images", self.summary, None)
        for part in (head, self._table, self.planes):
            layout.addWidget(part)

    def show_marks(
        self,
        measurements: Sequence[Measurement],
        key_images: Sequence[KeyImage],
        where_of: WhereOf,
    ) -> None:
        """Show other marks."""
        self.summary.setText(export_words.marked(measurements, key_images))
        self.planes.setText(export_words.planes(measurements))
        self.planes.setVisible(bool(self.planes.text()))
        self.setVisible(bool(measurements or key_images))
        self._fill(
            [
                *(_measured(item, where_of) for item in measurements),
                *(_marked(item, where_of) for item in key_images),
            ]
        )

    def _fill(self, rows: Sequence[tuple[str, str, str, str]]) -> None:
        told = tuple(", ".join(filter(None, row[1:])) for row in rows)
        if told == self.lines:
            return
        self.lines = told
        self._table.setAccessibleDescription(". ".join(told))
        while (item := self._grid.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for number, row in enumerate(rows):
            self._add(number, *row)

    def _add(self, number: int, icon: str, name: str, detail: str, at: str) -> None:
        parts = (
            widgets.icon_label(icon, tokens.TEXT_2, 16),
            widgets.label(name, "strong"),
            widgets.label(detail, "small", wrap=True),
            widgets.label(at, "small"),
        )
        for column, part in enumerate(parts):
            self._grid.addWidget(part, number, column, Qt.AlignmentFlag.AlignTop)


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
