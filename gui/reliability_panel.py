"""When it says 0.8, is it right 8 in 10 times? The diagram, or that nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from gui import local_words, tokens, widgets
from gui.facts_panels import BigFigures, Panel
from gui.local_words import bin_row
from gui.plain_table import PlainTable
from gui.reliability_plot import ReliabilityPlot

if TYPE_CHECKING:
    from gui.model_entry import ModelEntry
    from inference.local_calibration import LocalFinding
    from inference.model_outputs import FindingSpec

TITLE = "When it says 0.8, is it right 8 in 10 times?"
WHY = (
    "Nobody has compared its numbers with films of this site. About 200 labelled films"
    " of your own are already useful: they give the local AUROC with its interval,"
    " this diagram, and a threshold that is right here. Nothing leaves this machine."
)
_AS_TABLE, _AS_DIAGRAM = "Show as table", "Show as diagram"
HEADINGS = ("Says", "Films", "With finding", "Says on average", "Share, 95 % interval")


class ReliabilityView(QWidget):
    """The diagram with its twin, a table; one of them is seen."""

    def __init__(self) -> None:
        super().__init__()
        self.plot = ReliabilityPlot()
        self.plot.setAccessibleName("Reliability diagram")
        self.table = PlainTable("Reliability diagram as a table", HEADINGS, 4)
        self.table.hide()
        self.turn = QPushButton(_AS_TABLE)
        self.turn.setProperty("role", "flat")
        self.turn.setMinimumHeight(tokens.MINIMUM_TARGET)
        self.turn.clicked.connect(self._on_turn)
        layout = widgets.column(self.plot, self.table, spacing=4)
        layout.addWidget(self.turn, 0, Qt.AlignmentFlag.AlignLeft)
        self.setLayout(layout)

    def show_finding(self, found: LocalFinding) -> None:
        """Draw the bins of a finding."""
        bins = found.reliability or found.shipped_reliability
        self.plot.show_bins(bins)
        self.table.show_rows([bin_row(one) for one in bins])

    def _on_turn(self) -> None:
        to_table = self.table.isHidden()
        self.table.setVisible(to_table)
        self.plot.setVisible(not to_table)
        self.turn.setText(_AS_DIAGRAM if to_table else _AS_TABLE)


class ReliabilityPanel(Panel):
    """The diagram of the site's films, else the way to make one.

    Signals
    -------
    validate_asked(), remove_asked()
    """

    validate_asked = Signal()
    remove_asked = Signal()

    def __init__(self) -> None:
        super().__init__(TITLE)
        self.state = widgets.label("", wrap=True)
        self.view = ReliabilityView()
        self.figures = BigFigures()
        self.warning = widgets.label("", "warning", wrap=True)
        self.validate = QPushButton("Validate on local films")
        self.remove = QPushButton("Remove calibration")
        self.validate.clicked.connect(self.validate_asked)
        self.remove.clicked.connect(self.remove_asked)
        for button in (self.validate, self.remove):
            button.setMinimumHeight(tokens.MINIMUM_TARGET)
        self.buttons = QWidget()
        self.buttons.setLayout(widgets.row(self.validate, self.remove, None))
        self.why = widgets.label(WHY, "muted", wrap=True)
        for part in (
            self.state,
            self.why,
            self.view,
            self.warning,
            self.figures,
            self.buttons,
        ):
            self.body.addWidget(part)
        self.body.addStretch(1)

    def show_finding(self, entry: ModelEntry, spec: FindingSpec) -> None:
        """Show what is known here of a finding's probability."""
        self.title.setText(TITLE)
        self.setAccessibleName(TITLE)
        found = entry.local_finding(spec.key)
        drawn = found is not None and bool(found.reliability)
        self.set_caption(local_words.diagram_caption(found) if found and drawn else "")
        self.state.setText(local_words.calibration_text(entry, spec))
        self.view.setVisible(drawn)
        self.figures.setVisible(drawn)
        if found is not None and drawn:
            self.view.show_finding(found)
            self.figures.show_figures(local_words.figures(found))
        self._warn(found)
        self.why.setVisible(entry.local.calibration is None)
        there = entry.local.calibration is not None or bool(entry.local.refusal)
        self.remove.setVisible(there)
        self.validate.setText("Validate again" if there else "Validate on local films")
        self.buttons.setVisible(not entry.is_locked)

    def show_other(self, title: str, words: str) -> None:
        """Say what holds instead of a probability: a severity, a segment."""
        self.title.setText(title)
        self.setAccessibleName(title)
        self.set_caption("")
        self.state.setText(words)
        for part in (self.why, self.view, self.figures, self.warning, self.buttons):
            part.hide()

    def _warn(self, found: LocalFinding | None) -> None:
        said = local_words.warnings(found) if found is not None else ""
        self.warning.setText(said)
        self.warning.setVisible(bool(said))
