"""What stands in the film's place while there is no film."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QProgressBar, QPushButton, QVBoxLayout, QWidget

from gui import tokens, widgets

NO_STUDIES = "No studies. Drop a folder here or press Ctrl+O."


class EmptyPage(QWidget):
    """No study, reading under way, or nothing could be opened."""

    open_asked = Signal()
    sample_asked = Signal()
    cancel_asked = Signal()

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
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addStretch(1)
        for part in (self._logo, self._title, self._detail, self._bar):
            layout.addWidget(part, 0, Qt.AlignmentFlag.AlignHCenter)
        buttons = widgets.row(None, self.open, self.sample, self.cancel, None)
        layout.addLayout(buttons)
        layout.addStretch(2)
        self.show_empty()

    def show_empty(self, title: str = NO_STUDIES, detail: str = "") -> None:
        """Say that there is nothing, and offer what to do."""
        self._title.setText(title)
        self._detail.setText(detail)
        self._settle(busy=False)

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

    def _settle(self, *, busy: bool) -> None:
        self._detail.setVisible(bool(self._detail.text()))
        self._bar.setVisible(busy)
        self.cancel.setVisible(busy)
        self._logo.setVisible(not busy)
        self.open.setVisible(not busy)
        self.sample.setVisible(not busy)
