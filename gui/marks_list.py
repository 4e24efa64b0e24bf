"""Marks of others in the dock: what is shown, who made it, what is not drawn."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QPlainTextEdit,
    QScrollArea,
    QSizePolicy,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from gui import tokens, widgets
from gui.mark_looks import MarkLook
from gui.marks_item import DEFAULT_OPACITY
from gui.marks_tree import MarksTree
from studies.mark_model import MarkSet, TextLines

_REPORT_HEIGHT = 240
_NOT_DRAWN_HEIGHT = 132


class MarksList(QWidget):
    """Lists the marks of a study's objects, and reads its reports.

    Signals
    -------
    changed()
        What is shown or how strongly it is filled: ask `visible`, `fill`.
    presentation_asked(MarkSet)
        The reader wants images shown as a presentation state has them.
    """

    changed = Signal()
    presentation_asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._remembered: frozenset[str] = frozenset()
        self._sets: tuple[MarkSet, ...] = ()
        self._count = widgets.label("", "small")
        self.all_button = widgets.HintButton("Hide all", "V", "eye-off")
        self.tree = MarksTree()
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.not_drawn = _NotDrawnList()
        self.report = _Report()
        self.read_button = widgets.HintButton("Read the report")
        self.view_button = widgets.HintButton("Show its view")
        self._lay_out()
        self._connect()
        self.setAccessibleName("Marks of others")
        self.show_sets(())

    @property
    def visible(self) -> frozenset[str]:
        """Keys of the marks to be drawn."""
        return self.tree.keys() - self.tree.hidden_keys()

    @property
    def looks(self) -> dict[str, MarkLook]:
        """Letter and colour of each key."""
        return dict(self.tree.looks)

    @property
    def fill(self) -> float:
        """How strongly areas are filled, 0 to 1."""
        return self.slider.value() / 100.0

    def show_sets(self, sets: Sequence[MarkSet], failures: Sequence[str] = ()) -> None:
        """List the objects of a study.

        Parameters
        ----------
        failures
            A sentence for each object that could not be read at all.
        """
        self._sets = tuple(sets)
        self.tree.show_sets(self._sets, self._remembered)
        lines = [
            f"{one.title}: {line}" if len(self._sets) > 1 else line
            for one in self._sets
            for line in one.not_drawn
        ]
        self.not_drawn.show_lines([*failures, *lines])
        self.report.hide()
        self._settle()

    def toggle_all(self) -> None:
        """Hide all marks; where all are hidden, show them again (key V)."""
        self.tree.set_all(shown=not self.visible)

    def set_text_scale(self, scale: float) -> None:
        """Grow the rows with the text."""
        self.tree.set_text_scale(scale)

    def _lay_out(self) -> None:
        title = widgets.label("Marks of others", "strong")
        head = widgets.row(title, self._count, None)
        head.addWidget(self.all_button)
        head.setContentsMargins(16, 8, 12, 8)
        self.slider.setRange(0, 100)
        self.slider.setValue(round(DEFAULT_OPACITY * 100))
        self.slider.setSingleStep(10)
        self.slider.setAccessibleName("Fill of marks, percent")
        self.slider.setStyleSheet(_SLIDER)
        self.slider.setMinimumHeight(tokens.MINIMUM_TARGET)
        self._fill_words = widgets.label("", "small")
        fill = widgets.row(widgets.label("Fill", "small"), self.slider)
        fill.addWidget(self._fill_words)
        fill.setContentsMargins(16, 0, 16, 4)
        buttons = widgets.row(self.read_button, self.view_button, None)
        buttons.setContentsMargins(12, 8, 12, 8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addLayout(fill)
        layout.addWidget(widgets.line())
        layout.addWidget(self.tree, 1)
        layout.addWidget(self.not_drawn)
        layout.addWidget(self.report)
        layout.addLayout(buttons)

    def _connect(self) -> None:
        self.tree.toggled.connect(self._on_toggled)
        self.tree.set_chosen.connect(self._on_set_chosen)
        self.slider.valueChanged.connect(self._on_fill_changed)
        self.all_button.clicked.connect(self.toggle_all)
        self.read_button.clicked.connect(self._on_read)
        self.view_button.clicked.connect(self._on_view)

    def _on_toggled(self) -> None:
        # Marks that are not listed now keep their state for when they are again.
        elsewhere = self._remembered - self.tree.keys()
        self._remembered = elsewhere | self.tree.hidden_keys()
        self._settle()
        self.changed.emit()

    def _on_fill_changed(self) -> None:
        self._settle()
        self.changed.emit()

    def _on_set_chosen(self) -> None:
        self.report.hide()
        self._settle()

    def _on_read(self) -> None:
        one = self.tree.current_set()
        if one is not None and self.report.isHidden():
            self.report.show_text(one)
            self.report.show()
            self.report.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.report.hide()
        self._settle()

    def _on_view(self) -> None:
        one = self.tree.current_set()
        if one is not None:
            self.presentation_asked.emit(one)

    def _settle(self) -> None:
        """Bring counts, words and buttons up to date."""
        total, shown = len(self.tree.keys()), len(self.visible)
        self._count.setText(f"{shown} of {total} shown" if total else "")
        words = ("Hide all", "eye-off") if shown or not total else ("Show all", "eye")
        self.all_button.set_word(*words)
        self.all_button.setEnabled(bool(total))
        self._fill_words.setText(f"{self.slider.value()} %")
        one = self.tree.current_set()
        self.read_button.setVisible(one is not None and bool(one.text))
        closed = self.report.isHidden()
        self.read_button.set_word("Read the report" if closed else "Close the report")
        self.view_button.setVisible(one is not None and bool(one.presentations))


class _NotDrawnList(QScrollArea):
    """Sentences with a warning sign; as high as it needs, to a limit."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setAccessibleName("What is not drawn")
        self._title = widgets.label("Not drawn", "strong")
        self.text = widgets.label("", "small", wrap=True)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        sign = widgets.icon_label("warning", tokens.WARNING, 16)
        head = widgets.row(sign, self._title, None)
        inner = QWidget()
        layout = widgets.column(spacing=4)
        layout.addLayout(head)
        layout.addWidget(self.text)
        layout.addStretch(1)
        layout.setContentsMargins(16, 8, 16, 8)
        inner.setLayout(layout)
        self.setWidget(inner)

    def show_lines(self, lines: Sequence[str]) -> None:
        """Show sentences; none hides the whole."""
        self.text.setText("\n".join(lines))
        self.text.setAccessibleName("Not drawn: " + " ".join(lines))
        self.setVisible(bool(lines))
        self.setFixedHeight(min(_NOT_DRAWN_HEIGHT, 40 + 34 * len(lines)))


class _Report(QPlainTextEdit):
    """A report as plain text, to be read and copied."""

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setFixedHeight(_REPORT_HEIGHT)
        self.hide()

    def show_text(self, one: MarkSet) -> None:
        """Show the report of an object."""
        self.setAccessibleName(f"Report: {one.title}")
        self.setPlainText(report_text(one.text))


def report_text(lines: TextLines) -> str:
    """Return the lines of a report, each indented by its depth."""
    return "\n".join(
        "\n".join("  " * depth + part for part in text.split("\n"))
        for depth, text in lines
    )


_SLIDER = f"""
QSlider {{ background: transparent; }}
QSlider::groove:horizontal {{ height: 4px; background: {tokens.CONTROL};
  border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {tokens.TEXT_2}; border-radius: 2px; }}
QSlider::handle:horizontal {{ width: 12px; height: 12px; margin: -4px 0;
  background: {tokens.TEXT_1}; border-radius: 6px; }}
QSlider:focus {{ border: 2px solid {tokens.FOCUS}; border-radius: 6px; }}
"""
