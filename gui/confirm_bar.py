"""A bar that asks before something is taken away, and gives it back afterwards."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget

from gui import tokens, widgets


class ConfirmBar(QWidget):
    """One sentence and at most two answers; what was asked before is dropped."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "section")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.words = widgets.label("", wrap=True)
        self.yes, self.no = QPushButton(), QPushButton()
        self._on_yes: Callable[[], object] | None = None
        for button, slot in ((self.yes, self._agreed), (self.no, self.hide)):
            button.setMinimumHeight(tokens.MINIMUM_TARGET)
            button.clicked.connect(slot)
        icon = widgets.icon_label("warning", tokens.WARNING)
        row = widgets.row(icon, self.words, self.yes, self.no)
        row.setStretch(1, 1)
        row.setContentsMargins(18, 8, 18, 8)
        self.setLayout(row)
        self.hide()

    def ask(self, words: str, yes: str, no: str, agreed: Callable[[], object]) -> None:
        """Ask, or offer; `agreed` is called once if the reader agrees.

        The focus goes to the answer that changes nothing.
        """
        self.words.setText(words)
        self.setAccessibleName(words)
        self.yes.setText(yes)
        self.no.setText(no)
        self._on_yes = agreed
        self.show()
        self.no.setFocus(Qt.FocusReason.OtherFocusReason)

    def _agreed(self) -> None:
        agreed, self._on_yes = self._on_yes, None
        self.hide()
        if agreed is not None:
            agreed()
