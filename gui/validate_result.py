"""What a validation found, and whether it is to be used from now on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from gui import local_words, tokens, widgets
from gui.choice_box import ChoiceBox
from gui.evidence_rows import evidence
from gui.evidence_table import EvidenceTable
from gui.facts_panels import BigFigures
from gui.model_entry import sound
from gui.reliability_panel import ReliabilityView
from inference.local_store import LocalState

if TYPE_CHECKING:
    from gui.model_entry import ModelEntry
    from inference.local_calibration import LocalFinding
    from inference.model_card import ModelCard
    from learning.validation_job import ValidationOutcome


class ResultView(QWidget):
    """One finding at a time: AUROC, diagram, threshold; then Save or Discard."""

    save_asked = Signal()
    discard_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.title = widgets.label("", "title", wrap=True)
        self.refused = widgets.label("", "small", wrap=True)
        self.choice = ChoiceBox("Finding")
        self.choice.currentIndexChanged.connect(self._draw)
        self.warning = widgets.label("", "warning", wrap=True)
        self.table = EvidenceTable()
        self.table.setAccessibleName("This site beside the model's own figures")
        self.view = ReliabilityView()
        self.figures = BigFigures()
        self.threshold = widgets.label("", wrap=True)
        self.why = widgets.label("", "small", wrap=True)
        self.verdict = widgets.label("", wrap=True)
        self.save = QPushButton("Save and use")
        self.discard = QPushButton("Discard")
        self.save.setProperty("role", "primary")
        self._entry: ModelEntry | None = None
        self._findings: tuple[LocalFinding, ...] = ()
        self._lay_out()
        self.hide()

    def show_outcome(self, card: ModelCard, outcome: ValidationOutcome) -> None:
        """Show the figures; nothing is in force yet."""
        made = outcome.calibration
        self._entry = sound(card, LocalState(made))
        self._findings = made.findings
        scored = made.films - made.refused
        self.title.setText(f"{scored:,} of {made.films:,} films scored")
        self._say_refused(outcome)
        blocked = self.choice.blockSignals(True)
        self.choice.clear()
        self.choice.addItems([found.name for found in made.findings])
        self.choice.blockSignals(blocked)
        self.choice.setVisible(len(made.findings) > 1)
        usable = [found.name for found in made.findings if found.usable]
        self.save.setEnabled(bool(usable))
        self.verdict.setText(_verdict(usable, len(made.findings)))
        self._draw()
        self.show()

    def take_focus(self) -> None:
        """Put the focus on Save; where there is nothing to save, on the finding."""
        there = self.choice if self.choice.isVisibleTo(self) else self.discard
        usable = self.save if self.save.isEnabled() else there
        usable.setFocus(Qt.FocusReason.OtherFocusReason)

    def _say_refused(self, outcome: ValidationOutcome) -> None:
        told = [
            f"{count:,} {'film' if count == 1 else 'films'}: {reason}"
            for reason, count in outcome.refusals
        ]
        self.refused.setText("\n".join(["Not scored:", *told]) if told else "")
        self.refused.setVisible(bool(told))

    def _draw(self, *_: object) -> None:
        place = self.choice.currentIndex()
        if self._entry is None or self._entry.card is None:
            return
        there = 0 <= place < len(self._findings)
        for part in (self.table, self.view, self.figures, self.threshold, self.why):
            part.setVisible(there)
        if not there:
            self.warning.setVisible(False)
            return
        found = self._findings[place]
        spec = self._entry.card.finding(found.key)
        self._warn(found)
        card = self._entry.card
        self.table.show_evidence(evidence(spec, self._entry.site_row(found.key), card))
        # Withheld: a diagram of too few films would be read all the same.
        self.view.setVisible(bool(found.reliability))
        self.view.show_finding(found)
        self.figures.show_figures(local_words.figures(found))
        self.threshold.setText(
            f"Threshold: {local_words.threshold_text(self._entry, spec)}"
        )
        self.why.setText(_why(found))

    def _warn(self, found: LocalFinding) -> None:
        said = [local_words.warnings(found)]
        if found.withheld:
            said.insert(0, f"Withheld: {local_words.sentence(found.withheld)}")
        self.warning.setText(" ".join(filter(None, said)))
        self.warning.setVisible(bool(self.warning.text()))

    def _lay_out(self) -> None:
        for button, signal in (
            (self.save, self.save_asked),
            (self.discard, self.discard_asked),
        ):
            button.setMinimumHeight(tokens.BUTTON_HEIGHT)
            button.clicked.connect(signal)
        layout = widgets.column(
            self.title,
            self.refused,
            self.choice,
            self.warning,
            self.table,
            self.figures,
            self.view,
            self.threshold,
            self.why,
            widgets.line(),
            spacing=8,
        )
        foot = widgets.row(self.verdict, self.discard, self.save)
        foot.setStretch(0, 1)
        layout.addLayout(foot)
        self.setLayout(layout)


def _verdict(usable: list[str], count: int) -> str:
    if not usable:
        return (
            "Too few films: nothing would change. Add labelled films and validate"
            " again."
        )
    if len(usable) == count:
        return "Saved, it is used from now on for every study on this machine."
    return f"Saved, it is used from now on for {', '.join(usable)}; the rest stays."


def _why(found: LocalFinding) -> str:
    """Return by which method, and what else is withheld."""
    said = []
    if found.method:
        method = "Platt scaling" if found.method == "platt" else "Isotonic regression"
        said.append(f"{method}. {local_words.sentence(found.why)}".strip())
    if found.conformal_withheld:
        said.append(
            "Present, absent or cannot tell: withheld."
            f" {local_words.sentence(found.conformal_withheld)}"
        )
    return " ".join(said)
