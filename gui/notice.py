"""A strip above the film that tells something once: recovered work, bad files."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from gui import icons, tokens, widgets


class Notice(QWidget):
    """One sentence and up to two answers; the first is the default."""

    answered = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "section")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._glyph = widgets.icon_label("warning", tokens.WARNING, 16)
        self._words = widgets.label("", wrap=True)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(8)
        self._close = QPushButton()
        self._close.setProperty("role", "flat")
        self._close.setIcon(icons.icon("cross", size=14))
        self._close.setAccessibleName("Close this notice")
        self._close.setFixedSize(tokens.MINIMUM_TARGET, tokens.MINIMUM_TARGET)
        self._close.clicked.connect(self._on_closed)
        self.buttons: list[QPushButton] = []
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 6, 8, 6)
        layout.setSpacing(10)
        layout.addWidget(self._glyph)
        layout.addWidget(self._words, 1)
        layout.addLayout(self._buttons)
        layout.addWidget(self._close)
        self._kind = ""
        self.hide()

    @property
    def kind(self) -> str:
        """What the notice on screen is about, "" for none."""
        return "" if self.isHidden() else self._kind

    def tell(
        self,
        kind: str,
        words: str,
        answers: Sequence[str] = (),
        *,
        icon: tuple[str, str] = ("warning", tokens.WARNING),
    ) -> None:
        """Show a notice; `answered` gives ``kind/answer``, ``kind/`` when closed."""
        self._kind = kind
        widgets.show_icon(self._glyph, icon[0], icon[1], 16)
        self._words.setText(words)
        self.setAccessibleName(words)
        widgets.clear(self._buttons)
        self.buttons = []
        for place, answer in enumerate(answers):
            button = QPushButton(answer)
            button.setAutoDefault(place == 0)
            button.setProperty("answer", answer)
            button.clicked.connect(self._on_answered)
            self._buttons.addWidget(button)
            self.buttons.append(button)
        self.show()

    def text(self) -> str:
        """Return the words shown."""
        return self._words.text()

    def _on_answered(self) -> None:
        button = self.sender()
        if isinstance(button, QPushButton):
            self._leave(str(button.property("answer")))

    def _on_closed(self) -> None:
        self._leave("")

    def _leave(self, answer: str) -> None:
        self.hide()
        self.answered.emit(f"{self._kind}/{answer}")
