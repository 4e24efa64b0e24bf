"""Asks who is reading; the name stands in every decision and export."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QLineEdit, QPushButton, QWidget

from gui import tokens, widgets
from gui.settings import clean_name


class NameDialog(QDialog):
    """One field; an empty name cannot be kept."""

    named = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Reader")
        self.setMinimumWidth(420)
        self.field = QLineEdit(name)
        self.field.setMaxLength(64)
        self.field.setAccessibleName("Reader's name")
        self.field.selectAll()
        self.keep = QPushButton("Keep")
        self.keep.setProperty("role", "primary")
        self.keep.setDefault(True)
        cancel = QPushButton("Cancel")
        for button in (self.keep, cancel):
            button.setMinimumHeight(tokens.MINIMUM_TARGET)
        self.keep.clicked.connect(self._on_keep)
        cancel.clicked.connect(self.reject)
        self.field.textChanged.connect(self._on_text)
        layout = widgets.column(
            widgets.label("Who is reading?", "title"),
            widgets.label(
                "The name stands beside every decision and in every exported object.",
                "small",
                wrap=True,
            ),
            self.field,
            spacing=10,
        )
        layout.setContentsMargins(20, 18, 20, 18)
        layout.addLayout(widgets.row(None, cancel, self.keep))
        self.setLayout(layout)

    def _on_text(self, text: str) -> None:
        self.keep.setEnabled(bool(clean_name(text)))

    def _on_keep(self) -> None:
        self.named.emit(clean_name(self.field.text()))
        self.accept()
