"""What stands in the pane while there is no film."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from gui.widgets import label, row

NOTHING = "Nothing is shown here"


class PaneEmpty(QWidget):
    """No image, an image on its way, or one that could not be shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("reading")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._title = label("", "title", wrap=True)
        self._text = label("", "muted", wrap=True)
        self._busy = QProgressBar()
        self._busy.setTextVisible(False)
        self._busy.setFixedWidth(240)
        self._busy.setRange(0, 0)
        self._busy.setAccessibleName("Loading")
        layout = QVBoxLayout(self)
        layout.setSpacing(16)
        layout.addStretch(1)
        for text in (self._title, self._text):
            text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            layout.addWidget(text)
        layout.addLayout(row(None, self._busy, None))
        layout.addStretch(1)
        self.show_note(NOTHING, "")

    def show_loading(self, text: str) -> None:
        """Say what is being read, e.g. ``"Reading 112 of 240 files"``."""
        self._say(text, "", busy=True)

    def show_note(self, title: str, text: str) -> None:
        """Say why no image is shown, and what to do next."""
        self._say(title, text, busy=False)

    def text(self) -> str:
        """Return the words on the pane."""
        return f"{self._title.text()} {self._text.text()}".strip()

    def _say(self, title: str, text: str, *, busy: bool) -> None:
        self._title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self._busy.setVisible(busy)
        self.setAccessibleName(self.text())
