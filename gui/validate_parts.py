"""The parts of the validation sheet above the result: folder, what it holds, how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QWidget,
)

from gui import tokens, widgets
from gui.choice_box import ChoiceBox
from gui.detail_text import DetailText
from gui.plain_table import PlainTable

if TYPE_CHECKING:
    from pathlib import Path

    from gui.validation_preview import Preview

FORM = (
    "A folder with labels.csv and the films beside it, in folders or zips. Columns:"
    " file, source, and one for each finding with 1, 0 or nothing; patient_id and"
    " split where you have them. Drop it here, or choose it."
)
SENSITIVITIES = (0.80, 0.85, 0.90, 0.95)
_ALL = "All films"
_HEADINGS = ("Finding", "Column", "With", "Without", "Unknown")


class FolderBox(QWidget):
    """Which folder, and the way to choose another."""

    choose_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.line = widgets.ElidedLabel("No folder chosen", "strong")
        self.choose = QPushButton("Choose…")
        self.choose.setAccessibleName("Choose the folder of labelled films")
        self.choose.clicked.connect(self.choose_asked)
        self.form = widgets.label(FORM, "small", wrap=True)
        head = widgets.row(widgets.icon_label("folder", tokens.TEXT_1, 20), spacing=8)
        head.addWidget(self.line, 1)
        head.addWidget(self.choose)
        layout = widgets.column(spacing=6)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.addLayout(head)
        layout.addWidget(self.form)
        self.setLayout(layout)

    def show_folder(self, folder: Path) -> None:
        """Show which folder was chosen."""
        self.line.setText(str(folder))


class PreviewView(QWidget):
    """Films, sources, columns matched to findings, what is left out and why.

    Signals
    -------
    split_chosen(str)
        Only the films of a split are to be used; "" for all.
    """

    split_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.summary = widgets.label("", wrap=True)
        self.advice = widgets.label("", "warning", wrap=True)
        self.split = ChoiceBox("Which films")
        self.split.currentIndexChanged.connect(self._on_split)
        self.table = PlainTable("Columns matched to findings", _HEADINGS, 0, 8)
        self.missing = widgets.label("", "small", wrap=True)
        self.trouble = widgets.label("", "warning", wrap=True)
        self.problems = DetailText("What is left out, line by line")
        self.problems.setFixedHeight(96)
        self._splits: tuple[str, ...] = ()
        parts = (self.summary, self.advice, self.split, self.table, self.missing)
        layout = widgets.column(*parts, self.trouble, self.problems, spacing=6)
        self.setLayout(layout)
        self.hide()

    def show_preview(self, found: Preview, split: str) -> None:
        """Show what was found."""
        self.summary.setText(found.summary())
        self.advice.setText(found.advice())
        self.advice.setVisible(bool(found.advice()))
        self._offer(found, split)
        self.table.show_rows([one.row() for one in found.findings])
        self.table.setVisible(bool(found.findings))
        missing = ", ".join(found.missing)
        self.missing.setText(f"No labels of: {missing}." if missing else "")
        self.missing.setVisible(bool(missing))
        self.show_problems(found.problems)
        self.show()

    def show_problems(self, problems: Sequence[str]) -> None:
        """List rows, cells or films that are left out."""
        count = len(problems)
        self.trouble.setText(f"Left out, {count:,} in all:" if count else "")
        self.problems.setPlainText("\n".join(problems))
        for part in (self.trouble, self.problems):
            part.setVisible(bool(count))

    def _offer(self, found: Preview, split: str) -> None:
        blocked = self.split.blockSignals(True)
        self._splits = ("", *(name for name, _ in found.splits))
        self.split.clear()
        self.split.addItem(_ALL)
        self.split.addItems([f"Split {name}: {n:,}" for name, n in found.splits])
        here = self._splits.index(split) if split in self._splits else 0
        self.split.setCurrentIndex(here)
        self.split.blockSignals(blocked)
        self.split.setVisible(bool(found.splits))

    def _on_split(self, place: int) -> None:
        if 0 <= place < len(self._splits):
            self.split_chosen.emit(self._splits[place])


class Options(QWidget):
    """How the threshold is chosen, and what is written beside the figures."""

    def __init__(self, reader: str, site: str) -> None:
        super().__init__()
        self.rule = ChoiceBox("Threshold")
        self.rule.addItem("Keep the model's own")
        for share in SENSITIVITIES:
            self.rule.addItem(
                f"Find at least {share * 100:.0f} % of films with the finding"
            )
        self.site = QLineEdit(site)
        self.site.setMaxLength(120)
        self.site.setPlaceholderText("Name of this site")
        self.site.setAccessibleName("Name of this site")
        self.reader = widgets.label(reader, "muted")
        layout = QFormLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        layout.addRow(widgets.label("Threshold", "small"), self.rule)
        layout.addRow(widgets.label("Site", "small"), self.site)
        layout.addRow(widgets.label("Validated by", "small"), self.reader)

    @property
    def sensitivity(self) -> float | None:
        """The share that a threshold must find; None keeps the model's."""
        place = self.rule.currentIndex()
        return SENSITIVITIES[place - 1] if place > 0 else None


class RunRow(QWidget):
    """Run, how far it is, and Cancel."""

    run_asked = Signal()
    cancel_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.words = widgets.label("", "small", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 1000)
        self.bar.setAccessibleName("Validation progress")
        self.go = QPushButton("Run")
        self.go.setProperty("role", "primary")
        self.stop = QPushButton("Cancel")
        for button, signal in (
            (self.go, self.run_asked),
            (self.stop, self.cancel_asked),
        ):
            button.setMinimumHeight(tokens.BUTTON_HEIGHT)
            button.clicked.connect(signal)
        row = widgets.row(self.words, self.stop, self.go)
        row.setStretch(0, 1)
        layout = widgets.column(self.bar, spacing=6)
        layout.addLayout(row)
        self.setLayout(layout)
        self.show_idle(ready=False)

    def show_idle(self, *, ready: bool, words: str = "", role: str = "small") -> None:
        """Offer Run where all is there that it needs."""
        self._say(words, role)
        self.bar.hide()
        self.stop.hide()
        self.go.show()
        self.go.setEnabled(ready)

    def show_running(self, fraction: float, words: str) -> None:
        """Show how far it is."""
        self._say(words, "small")
        self.bar.setValue(round(1000 * fraction))
        self.bar.show()
        self.stop.show()
        self.go.hide()

    def _say(self, words: str, role: str) -> None:
        widgets.set_role(self.words, role)
        self.words.setText(words)


def time_left(fraction: float, elapsed_s: float) -> str:
    """Return e.g. ``about 3 min left``; "" until that can be said."""
    if fraction <= 0.02 or elapsed_s < 3.0:
        return ""
    left = elapsed_s * (1.0 - fraction) / fraction
    if left < 60.0:
        return f"about {max(round(left / 5) * 5, 5)} s left"
    return f"about {round(left / 60)} min left"
