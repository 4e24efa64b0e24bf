"""The last change in words, and the button that takes it back."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from gui import tokens, widgets
from gui.actions import ActionRegistry


class LastAction(QWidget):
    """``Confirmed finding 4 at 07:41:58`` and Undo."""

    def __init__(self, actions: ActionRegistry) -> None:
        super().__init__()
        self._words = widgets.ElidedLabel("", "small")
        self._at = widgets.label("", "small")
        self.button = QPushButton("Undo")
        self.button.setProperty("role", "flat")
        self.button.setAutoDefault(False)
        self.button.setToolTip(actions["undo"].toolTip())
        self.button.clicked.connect(actions["undo"].trigger)
        self.button.setMinimumHeight(tokens.MINIMUM_TARGET)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 4, 10, 4)
        layout.setSpacing(8)
        layout.addWidget(widgets.icon_label("undo", tokens.TEXT_3, 16))
        layout.addWidget(self._words, 0)
        layout.addWidget(self._at)
        layout.addStretch(1)
        layout.addWidget(widgets.key_hint(actions.hint("undo")))
        layout.addWidget(self.button)
        self.show_last("")

    def show_last(self, words: str, at: str = "") -> None:
        """Show the last change and its time; "" hides the row."""
        self._words.setText(words)
        self._at.setText(f"at {at}" if at else "")
        self.setVisible(bool(words))

    def text(self) -> str:
        """Return the words shown."""
        return f"{self._words.text()} {self._at.text()}".strip()
