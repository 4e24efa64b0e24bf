"""What stands in the film's place while there is no film."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QProgressBar, QPushButton, QVBoxLayout, QWidget

from gui import tokens, widgets
from gui.key_claims import KeyClaims
from gui.recent_list import MOST, RecentList

if TYPE_CHECKING:
    from studies.indexed_study import IndexedStudy

NO_STUDIES = "No studies. Drop a folder here or press Ctrl+O."


class EmptyPage(QWidget):
    """No study, reading under way, or nothing could be opened.

    Signals
    -------
    open_asked(), sample_asked(), cancel_asked()
    recent_chosen(IndexedStudy)
        One of the studies opened last, by a click, its number or Enter.
    """

    open_asked = Signal()
    sample_asked = Signal()
    cancel_asked = Signal()
    recent_chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("emptyPage")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._logo = widgets.icon_label("logo", tokens.TEXT_3, 56)
        self._title = widgets.label("", "title")
        self._detail = widgets.label("", "muted", wrap=True)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(320)
        self.open = QPushButton("Open files")
        self.sample = QPushButton("Open the sample studies")
        self.cancel = QPushButton("Cancel")
        self.open.setProperty("role", "primary")
        for button, signal in (
            (self.open, self.open_asked),
            (self.sample, self.sample_asked),
            (self.cancel, self.cancel_asked),
        ):
            button.setMinimumHeight(tokens.BUTTON_HEIGHT)
            button.clicked.connect(signal)
        for text in (self._title, self._detail):
            text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._detail.setFixedWidth(560)
        self._busy = False
        self.recent = RecentList()
        self.recent.chosen.connect(self.recent_chosen)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addStretch(1)
        for part in (self._logo, self._title, self._detail, self._bar):
            layout.addWidget(part, 0, Qt.AlignmentFlag.AlignHCenter)
        buttons = widgets.row(None, self.open, self.sample, self.cancel, None)
        layout.addLayout(buttons)
        layout.addSpacing(20)
        layout.addWidget(self.recent, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(2)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._claim_numbers((self, self.open, self.sample))
        self.show_empty()

    def show_empty(self, title: str = NO_STUDIES, detail: str = "") -> None:
        """Say that there is nothing, and offer what to do."""
        self._title.setText(title)
        self._detail.setText(detail)
        self._settle(busy=False)

    def show_recent(self, studies: Sequence[IndexedStudy]) -> None:
        """Offer the studies opened last; the page is the place to begin from."""
        self.recent.show_studies(studies)
        self._claim_numbers(self.recent.rows)
        self._settle(busy=self._busy)

    def show_reading(self, done: int, total: int) -> None:
        """Show ``Reading 112 of 240 files``."""
        self._title.setText(
            f"Reading {done} of {total} files" if total else "Looking for files"
        )
        self._detail.setText("")
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        self._settle(busy=True)

    def text(self) -> str:
        """Return the words shown."""
        return f"{self._title.text()} {self._detail.text()}".strip()

    def _claim_numbers(self, parts: Sequence[QWidget]) -> None:
        """Let `1` to `8` open a study wherever the focus is on this page."""
        keys = {str(n): partial(self._on_number, n - 1) for n in range(1, MOST + 1)}
        for part in parts:
            KeyClaims(part, keys)

    def _on_number(self, place: int) -> None:
        if not self._busy:
            self.recent.choose(place)

    def _settle(self, *, busy: bool) -> None:
        self._busy = busy
        self.recent.setVisible(not busy and bool(self.recent.rows))
        self._detail.setVisible(bool(self._detail.text()))
        self._bar.setVisible(busy)
        self.cancel.setVisible(busy)
        self._logo.setVisible(not busy)
        self.open.setVisible(not busy)
        self.sample.setVisible(not busy)
