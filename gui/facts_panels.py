"""The panels of the facts page that are made of lines of text."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from gui import tokens, widgets
from gui.check_words import CheckLine
from gui.finding_rows import check_look
from gui.list_look import text_scale

_TITLE_WIDTH = 112


class Panel(QWidget):
    """A framed part of a page: title, caption, and what is put below them."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(title)
        self.title = widgets.label(title, "title", wrap=True)
        self.caption = widgets.label("", "small", wrap=True)
        self.caption.hide()
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(16, 14, 16, 14)
        self.body.setSpacing(8)
        self.body.addWidget(self.title)
        self.body.addWidget(self.caption)

    def set_caption(self, text: str) -> None:
        """Say below the title what the panel rests on; "" for nothing."""
        self.caption.setText(text)
        self.caption.setVisible(bool(text))

    def text(self) -> str:
        """Return all words shown, for tests."""
        labels = self.findChildren(QLabel)
        return "\n".join(one.text() for one in labels if one.isVisibleTo(self))


class FactList(QWidget):
    """Titles at the left, texts at the right, a hairline between the lines."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self._shown: tuple[tuple[str, str], ...] = ()

    def show_rows(self, rows: Sequence[tuple[str, str]]) -> None:
        """Show other lines."""
        if tuple(rows) == self._shown:
            return
        self._shown = tuple(rows)
        widgets.clear(self._grid)
        self._grid.setColumnMinimumWidth(0, round(_TITLE_WIDTH * text_scale()))
        for number, (title, text) in enumerate(rows):
            self._add(2 * number, title, text)

    def _add(self, place: int, title: str, text: str) -> None:
        name = widgets.label(title, "small")
        said = widgets.label(text, "dense", wrap=True)
        said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        said.setAccessibleName(f"{title}: {text}")
        top = Qt.AlignmentFlag.AlignTop
        self._grid.addWidget(name, place, 0, top)
        self._grid.addWidget(said, place, 1, top)
        self._grid.addWidget(widgets.line(), place + 1, 0, 1, 2)


class CheckList(QWidget):
    """Lines with a glyph, a title, what it means, and a figure at the right."""

    def __init__(self) -> None:
        super().__init__()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(6)
        self.lines: tuple[CheckLine, ...] = ()

    def show_lines(self, lines: Sequence[CheckLine], nothing: str) -> None:
        """Show other lines; `nothing` is said where there are none."""
        self.lines = tuple(lines)
        widgets.clear(self._layout)
        for line in lines:
            self._layout.addWidget(_check_line(line))
            self._layout.addWidget(widgets.line())
        if not lines:
            self._layout.addWidget(widgets.label(nothing, "small", wrap=True))


def _check_line(line: CheckLine) -> QWidget:
    look = check_look(line.result)
    glyph = widgets.icon_label(look.icon, look.color, 16)
    glyph.setAccessibleName(look.word)
    words = widgets.column(widgets.label(line.title, wrap=True), spacing=0)
    words.addWidget(widgets.label(f"{look.word}. {line.detail}", "small", wrap=True))
    figure = widgets.label(line.figure, "strong", wrap=text_scale() > 1.25)
    figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
    shown = QWidget()
    shown.setAccessibleName(line.spoken())
    row = widgets.row(spacing=8)
    row.addWidget(glyph, 0, Qt.AlignmentFlag.AlignTop)
    row.addLayout(words, 1)
    row.addWidget(figure, 0, Qt.AlignmentFlag.AlignTop)
    shown.setLayout(row)
    return shown


class BigFigures(QWidget):
    """Three figures beside each other: title, figure, what it means."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 4, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(2)

    def show_figures(self, figures: Sequence[tuple[str, str, str]]) -> None:
        """Show other figures."""
        widgets.clear(self._grid)
        for column, (title, figure, meaning) in enumerate(figures):
            name = widgets.label(title, "small", wrap=True)
            value = widgets.label(figure, "page", wrap=True)
            value.setAccessibleName(f"{title}: {figure}, {meaning}")
            self._grid.addWidget(name, 0, column)
            self._grid.addWidget(value, 1, column)
            self._grid.addWidget(widgets.label(meaning, "small", wrap=True), 2, column)
            self._grid.setColumnStretch(column, 1)


def note(icon: str, text: str, color: str = tokens.TEXT_2) -> QWidget:
    """Return a glyph with a sentence beside it."""
    shown = QWidget()
    row = widgets.row(spacing=8)
    row.addWidget(widgets.icon_label(icon, color, 16), 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(widgets.label(text, wrap=True), 1)
    shown.setLayout(row)
    return shown
