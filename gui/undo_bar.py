"""A bar that says what is about to happen, and takes it back."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from gui import tokens, widgets

_PATIENCE_MS = 8_000


class UndoBar(QWidget):
    """Waits a while, then does it; a question box would stop the work instead.

    Signals
    -------
    due()
        The time is over, or the reader agreed.
    undone()
    """

    due = Signal()
    undone = Signal()

    def __init__(self, patience_ms: int = _PATIENCE_MS) -> None:
        super().__init__()
        self.setProperty("role", "section")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._words = widgets.ElidedLabel("")
        self.undo = widgets.HintButton("Undo", "Ctrl Z", "undo")
        self.agree = QPushButton("Now")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(patience_ms)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 6, 16, 6)
        layout.addWidget(widgets.icon_label("undo", tokens.TEXT_2, 16))
        layout.addWidget(self._words, 1)
        layout.addWidget(self.undo)
        layout.addWidget(self.agree)
        self._timer.timeout.connect(self.settle)
        self.undo.clicked.connect(self.take_back)
        self.agree.clicked.connect(self.settle)
        self.hide()

    @property
    def waiting(self) -> bool:
        """Whether something is about to happen."""
        return self._timer.isActive()

    def offer(self, words: str, agree: str) -> None:
        """Say what is about to happen; what waited before happens at once."""
        self.settle()
        self._words.setText(words)
        self.agree.setText(agree)
        self.setAccessibleName(words)
        self._timer.start()
        self.show()

    def settle(self) -> None:
        """Do it now, if anything waits."""
        if self._end():
            self.due.emit()

    def take_back(self) -> None:
        """Do it not."""
        if self._end():
            self.undone.emit()

    def text(self) -> str:
        """Return the words shown."""
        return self._words.text()

    def _end(self) -> bool:
        waited = not self.isHidden()
        self._timer.stop()
        self.hide()
        return waited
