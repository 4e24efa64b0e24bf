"""A field to search in, with the number of hits and the way from one to the next."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget

from gui import icons, tokens, widgets
from gui.key_claims import KeyClaims


class SearchField(QWidget):
    """The text, and beside it what was found.

    Enter or Down leaves for the list, F3 and Shift+F3 go to the next and the
    previous hit, Escape steps back.

    Signals
    -------
    changed(str)
        What is searched for, without spaces around it.
    next_asked(), previous_asked()
    left()
        The list is to have the focus.
    escaped()
    """

    changed = Signal(str)
    next_asked = Signal()
    previous_asked = Signal()
    left = Signal()
    escaped = Signal()

    def __init__(self, placeholder: str, *, steps: bool = False) -> None:
        super().__init__()
        self.field = QLineEdit()
        self.field.setPlaceholderText(placeholder)
        self.field.setAccessibleName(placeholder)
        self.field.setMaxLength(200)
        self.field.setClearButtonEnabled(True)
        self.field.addAction(
            icons.icon("search", tokens.TEXT_3, 16),
            QLineEdit.ActionPosition.LeadingPosition,
        )
        self.count = widgets.label("", "small")
        self.count.setMinimumWidth(96)
        self.count.setAlignment(
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        )
        hint = widgets.key_hint("/")
        self.previous = _step("chevron-left", "Previous hit", "Shift F3")
        self.next = _step("chevron-right", "Next hit", "F3")
        self.previous.clicked.connect(self.previous_asked)
        self.next.clicked.connect(self.next_asked)
        layout = widgets.row(self.field, hint, self.count, self.previous, self.next)
        layout.setContentsMargins(16, 8, 16, 8)
        layout.setStretch(0, 1)
        self.setLayout(layout)
        for button in (self.previous, self.next):
            button.setVisible(steps)
        self.setFocusProxy(self.field)
        self.field.textChanged.connect(self._on_text)
        self._claims = KeyClaims(
            self.field,
            {
                "Return": self.left.emit,
                "Down": self.left.emit,
                "F3": self.next_asked.emit,
                "Shift+F3": self.previous_asked.emit,
                "Esc": self.escaped.emit,
            },
        )

    def text(self) -> str:
        """Return what is searched for."""
        return self.field.text().strip()

    def set_text(self, text: str) -> None:
        """Search for another text."""
        self.field.setText(text)

    def take_focus(self) -> None:
        """Put the cursor into the field, its text chosen."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def show_count(self, words: str) -> None:
        """Show what was found, such as ``3 hits``."""
        self.count.setText(words)
        self.count.setAccessibleName(words)

    def _on_text(self) -> None:
        self.changed.emit(self.text())


def _step(icon: str, name: str, key: str) -> QPushButton:
    made = QPushButton()
    made.setProperty("role", "flat")
    made.setIcon(icons.icon(icon, size=16))
    made.setFixedSize(tokens.MINIMUM_TARGET, tokens.MINIMUM_TARGET)
    made.setAccessibleName(name)
    made.setToolTip(f"{name}  {key}")
    return made
