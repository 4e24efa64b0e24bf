"""The blocking question when a folder holds several patients: never both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gui import icons, tokens, widgets
from gui.study_words import patient_line

if TYPE_CHECKING:
    from studies.model import Patient

_WORDS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


class PatientChoice(QWidget):
    """``Two patients found. Choose one.``; the film's page stays away meanwhile."""

    chosen = Signal(int)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("emptyPage")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._title = widgets.label("", "page")
        self._detail = widgets.label(
            "Overread shows one patient at a time and never mixes two.", "muted"
        )
        self.list = QListWidget()
        self.list.setFixedWidth(560)
        self.list.setAccessibleName("Patients")
        self.list.itemActivated.connect(self._on_activated)
        self.open = QPushButton("Open this patient")
        self.open.setProperty("role", "primary")
        self.open.clicked.connect(self._on_activated)
        self.cancel = QPushButton("Open nothing")
        self.cancel.clicked.connect(self.left)
        for button in (self.open, self.cancel):
            button.setMinimumHeight(tokens.BUTTON_HEIGHT)
        card = QWidget()
        card.setProperty("role", "card")
        card.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        inner = widgets.column(self._title, self._detail, 8, self.list, 8, spacing=6)
        inner.setContentsMargins(24, 20, 24, 20)
        inner.addLayout(widgets.row(None, self.cancel, self.open))
        card.setLayout(inner)
        layout = QVBoxLayout(self)
        layout.addStretch(1)
        layout.addWidget(card, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(2)

    def ask(self, patients: Sequence[tuple[Patient, int]]) -> None:
        """List the patients, each with the number of studies; none is chosen."""
        count = len(patients)
        number = _WORDS[count] if count < len(_WORDS) else str(count)
        self._title.setText(f"{number} patients found. Choose one.")
        self.list.clear()
        for patient, studies in patients:
            noun = "study" if studies == 1 else "studies"
            item = QListWidgetItem(f"{patient_line(patient)}\n{studies} {noun}")
            item.setIcon(icons.icon("user"))
            self.list.addItem(item)
        self.list.setFixedHeight(min(count, 6) * 52 + 4)
        self.list.setCurrentRow(0)

    def take_focus(self) -> None:
        """Put the focus on the list, so that arrows and Enter answer."""
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def text(self) -> str:
        """Return the question."""
        return self._title.text()

    def _on_activated(self) -> None:
        if self.list.currentRow() >= 0:
            self.chosen.emit(self.list.currentRow())
