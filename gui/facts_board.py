"""The panels of the facts page and how they stand at the width there is."""

from __future__ import annotations

from enum import IntEnum

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from gui import tokens, use_words, widgets
from gui.evidence_panel import EvidencePanel
from gui.facts_panels import CheckList, FactList, Panel
from gui.list_look import text_scale
from gui.reliability_panel import ReliabilityPanel

_GAP = 12
_THREE, _TWO = 1420, 1000
"""From these widths on, at the usual text size, there are so many columns."""
_FACTS, _DIAGRAM = 340, 350
"""Least width of the column of facts and of the diagram's."""


class Columns(IntEnum):
    """How many columns stand beside each other."""

    ONE = 1
    TWO = 2
    THREE = 3


def columns_for(width: int, scale: float) -> Columns:
    """Return how many columns fit into a width of logical pixels."""
    room = width / scale
    if room >= _THREE:
        return Columns.THREE
    return Columns.TWO if room >= _TWO else Columns.ONE


class FactsPanel(Panel):
    """What the manifest says, the weights, what the model is known to get wrong."""

    def __init__(self) -> None:
        super().__init__("Facts")
        self.facts = FactList()
        self.weights = widgets.label("", "mono", wrap=True)
        self.weights.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
        )
        self.glyph = widgets.icon_label("queue", size=16)
        self.integrity = widgets.label("", "small", wrap=True)
        self.failures = CheckList()
        self.copy = QPushButton("Copy as text")
        self.save = QPushButton("Save PDF")
        for button in (self.copy, self.save):
            button.setMinimumHeight(tokens.MINIMUM_TARGET)
        self.body.addWidget(self.facts)
        self.body.addWidget(widgets.label("Weights, SHA-256", "small"))
        self.body.addWidget(self.weights)
        row = widgets.row(self.glyph, spacing=6)
        row.addWidget(self.integrity, 1)
        self.body.addLayout(row)
        self.body.addSpacing(8)
        self.body.addWidget(widgets.label("Known failures", "title"))
        self.body.addWidget(self.failures)
        self.body.addStretch(1)
        self.body.addLayout(widgets.row(self.copy, self.save, None))


class ChecksPanel(Panel):
    """A panel of lines with glyphs, and a sentence below them."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.lines = CheckList()
        self.said = widgets.label("", "small", wrap=True)
        self.body.addWidget(self.lines)
        self.body.addWidget(self.said)
        self.body.addStretch(1)

    def say(self, text: str) -> None:
        """Say something below the lines; "" for nothing."""
        self.said.setText(text)
        self.said.setVisible(bool(text))


class GroupsPanel(ChecksPanel):
    """Groups as the makers measured them, and what the model did here lately."""

    def __init__(self) -> None:
        super().__init__("Groups, as its makers measured")
        self.set_caption("On films that its makers had, not on those of this site.")
        self.use = FactList()
        place = self.body.count() - 1  # above the stretch
        self.body.insertWidget(place, self.use)
        self.body.insertWidget(place, widgets.label(use_words.TITLE, "title"))
        self.body.insertSpacing(place, 8)


class FactsBoard(QScrollArea):
    """Three columns where there is room, then two, then one; nothing is cut."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("factsBoard")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Model facts")
        self.facts = FactsPanel()
        self.reliability = ReliabilityPanel()
        self.evidence = EvidencePanel()
        self.checks = ChecksPanel("Shortcut checks")
        self.groups = GroupsPanel()
        inside = QWidget()
        self._columns = [QVBoxLayout() for _ in range(3)]
        self._pair = QWidget()
        self._beside = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._pair)
        self._beside.setContentsMargins(0, 0, 0, 0)
        self._beside.setSpacing(_GAP)
        for panel in (self.checks, self.groups):
            self._beside.addWidget(panel, 1)
        self._row = QHBoxLayout(inside)
        self._row.setContentsMargins(16, 4, 16, 16)
        self._row.setSpacing(_GAP)
        for column in self._columns:
            column.setSpacing(_GAP)
            self._row.addLayout(column)
        self.setWidget(inside)
        self._arranged: tuple[Columns, int] | None = None
        self.arrange()

    def show_pair(self, *, there: bool) -> None:
        """Show checks and groups: an input gate, which finds nothing, has none."""
        self._pair.setVisible(there)

    def arrange(self) -> None:
        """Put the panels into as many columns as fit."""
        scale = text_scale()
        wanted = columns_for(self.viewport().width(), scale)
        if self._arranged == (wanted, round(100 * scale)):
            self._set_widths(wanted, scale)
            return
        self._arranged = wanted, round(100 * scale)
        self._fill(wanted)
        self._set_widths(wanted, scale)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        """Arrange the panels anew where the width asks for it."""
        super().resizeEvent(event)
        self.arrange()

    def _fill(self, wanted: Columns) -> None:
        first, second, third = self._columns
        last = {Columns.THREE: third, Columns.TWO: second, Columns.ONE: first}[wanted]
        middle = second if wanted is not Columns.ONE else first
        for column in self._columns:
            for panel in (self.facts, self.reliability, self.evidence, self._pair):
                column.removeWidget(panel)
        first.addWidget(self.facts)
        # Where they share a column, the figures to expect come first.
        last.addWidget(self.evidence)
        middle.addWidget(self.reliability)
        last.addWidget(self._pair)
        for column in self._columns:
            for place in range(column.count()):
                column.setStretch(place, int(place == column.count() - 1))
        self._beside.setDirection(
            QBoxLayout.Direction.TopToBottom
            if wanted is Columns.ONE
            else QBoxLayout.Direction.LeftToRight
        )

    def _set_widths(self, wanted: Columns, scale: float) -> None:
        """Give text and diagram the design's widths, the table the rest."""
        shares = {
            Columns.THREE: (456, 532, 868),
            Columns.TWO: (456, 700, 0),
            Columns.ONE: (1, 0, 0),
        }[wanted]
        for place, share in enumerate(shares):
            self._row.setStretch(place, share)
        facts = round(_FACTS * scale) if wanted is not Columns.ONE else 0
        diagram = round(_DIAGRAM * scale) if wanted is Columns.THREE else 0
        self.facts.setMinimumWidth(facts)
        self.reliability.setMinimumWidth(diagram)
