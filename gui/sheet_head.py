"""The head of a sheet: its title, and the way back to the film."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from gui import icons, widgets


class SheetHead(QWidget):
    """Title at the left, close at the right."""

    closed = Signal()

    def __init__(self, title: str) -> None:
        super().__init__()
        close = QPushButton()
        close.setProperty("role", "flat")
        close.setIcon(icons.icon("cross"))
        close.setFixedSize(32, 32)
        close.setAccessibleName("Back to film")
        close.setToolTip("Back to film  Esc")
        close.clicked.connect(self.closed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 8, 8, 8)
        self._title = widgets.label(title, "page")
        layout.addWidget(self._title, 1)
        layout.addWidget(close)

    def set_title(self, title: str) -> None:
        """Show another title."""
        self._title.setText(title)
