"""The chosen row of a list in full: plain text that can be marked and copied."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QPlainTextEdit

from gui import list_look

_HEIGHT = 92


class DetailText(QPlainTextEdit):
    """A few lines that cannot be changed; higher where the text is larger."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setAccessibleName(name)
        self._settle()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt's name)
        """Grow with the text."""
        super().changeEvent(event)
        if event.type() in list_look.FONT_EVENTS:
            self._settle()

    def _settle(self) -> None:
        self.setFixedHeight(round(_HEIGHT * list_look.text_scale()))
