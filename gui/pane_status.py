"""What the AI is doing with this film, said in the pane itself.

Waiting, running and hidden stand in a card where the legend will be, so that
the film does not move; refused and failed take a band below the film.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gui import tokens
from gui.backing import paint_backing
from gui.legend import WIDTH
from gui.widgets import clear, column, icon_label, label, row, show_icon

Level: TypeAlias = Literal[
    "none", "waiting", "running", "refused", "failed", "quiet", "hidden", "reading"
]
CARD_LEVELS: tuple[Level, ...] = ("waiting", "running", "hidden", "reading")
BAND_LEVELS: tuple[Level, ...] = ("refused", "failed", "quiet")
CANCEL = "cancel"

_BAND = {
    "refused": ("refused", tokens.WARNING, ""),
    "failed": ("failed", tokens.FAILED, "failed"),
    "quiet": ("undecided", tokens.TEXT_2, "quiet"),
}


class StatusBand(QWidget):
    """A band below the film: a refusal or a failure, and what to do next.

    Signals
    -------
    action(str)
        The id of the button pressed.
    """

    action = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("band")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("AI status of this film")
        self._icon = icon_label("refused", tokens.WARNING, 20)
        self._title = label("", "title", wrap=True)
        self._text = label("", "muted", wrap=True)
        texts = column(self._title, self._text, None, spacing=4)
        self._buttons = column(spacing=8)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(16)
        layout.addLayout(column(2, self._icon, None, spacing=0))
        layout.addLayout(texts, 1)
        layout.addLayout(self._buttons)
        self.setMinimumHeight(88)

    def show_state(
        self, level: Level, title: str, text: str, actions: Sequence[tuple[str, str]]
    ) -> None:
        """Show a refusal or a failure with its buttons, each (label, id)."""
        name, color, tone = _BAND[level]
        show_icon(self._icon, name, color, 20)
        self.setProperty("tone", tone)
        self.style().unpolish(self)
        self.style().polish(self)
        self._title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self.setAccessibleDescription(f"{title}. {text}")
        clear(self._buttons)
        for word, identifier in actions:
            self._buttons.addWidget(self._button(word, identifier))
        self._buttons.addStretch(1)

    def _button(self, word: str, identifier: str) -> QPushButton:
        button = QPushButton(word)
        button.setAccessibleName(word)
        button.setMinimumWidth(132)
        button.clicked.connect(lambda: self.action.emit(identifier))
        return button


class StatusCard(QWidget):
    """A small card at the right edge: waiting, running with progress, or hidden.

    Signals
    -------
    action(str)
        "cancel" while running, or the id of the button pressed.
    """

    action = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.backed = False
        self.setFixedWidth(WIDTH)
        self.setAccessibleName("AI status of this film")
        self._tag = label("AI", "ai-tag")
        self._off = icon_label("eye-off", tokens.TEXT_1, 16)
        self._title = label("", "strong", wrap=True)
        self._text = label("", "small", wrap=True)
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        self._progress.setRange(0, 1000)
        self._progress.setAccessibleName("Progress of the AI")
        self._buttons = column(spacing=6)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(6)
        layout.addLayout(row(self._tag, self._off, None, spacing=6))
        for part in (self._title, self._text, self._progress):
            layout.addWidget(part)
        layout.addLayout(self._buttons)

    def show_state(
        self,
        level: Level,
        title: str,
        text: str,
        actions: Sequence[tuple[str, str]],
        progress: float | None,
    ) -> None:
        """Show a state; `progress` is 0 to 1, or None where it is not known."""
        self._tag.setVisible(level not in ("hidden", "reading"))
        self._off.setVisible(level == "hidden")
        self._title.setText(title)
        clear(self._buttons)
        if level == "running" and not any(CANCEL in pair for pair in actions):
            actions = (*actions, ("Cancel", CANCEL))
        for word, identifier in actions:
            self._buttons.addWidget(self._button(word, identifier))
        self._progress.setVisible(level == "running")
        self.set_progress(progress, text)

    def set_progress(self, progress: float | None, text: str) -> None:
        """Move the bar and name the step, all else as it is."""
        if progress is None:
            self._progress.setRange(0, 0)
        else:
            self._progress.setRange(0, 1000)
            self._progress.setValue(round(progress * 1000))
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self.setAccessibleDescription(f"{self._title.text()}. {text}")
        self.adjustSize()

    def set_text_scale(self, scale: float) -> None:
        """Grow with the text, 1.0 to 2.0."""
        self.setFixedWidth(round(WIDTH * scale))

    def set_backed(self, backed: bool) -> None:
        """Darken what lies behind, where the film reaches under the card."""
        if backed != self.backed:
            self.backed = backed
            self.update()

    def _button(self, word: str, identifier: str) -> QPushButton:
        button = QPushButton(word)
        button.setAccessibleName(word)
        button.clicked.connect(lambda: self.action.emit(identifier))
        return button

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """Paint the backing."""
        super().paintEvent(event)
        if self.backed:
            paint_backing(self)
