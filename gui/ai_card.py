"""What AI did with the image on screen: a card a model, progress and retry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QProgressBar, QPushButton, QVBoxLayout, QWidget

from gui import tokens, widgets
from gui.ai_state import SUCCEEDED, UNDER_WAY, AiState, Phase

GLYPHS = {
    Phase.NOT_ATTEMPTED: ("undecided", tokens.TEXT_3),
    Phase.WAITING: ("queue", tokens.TEXT_2),
    Phase.RUNNING: ("queue", tokens.FOCUS),
    Phase.SUCCEEDED: ("passed", tokens.CONFIRMED),
    Phase.REFUSED: ("refused", tokens.WARNING),
    Phase.FAILED: ("failed", tokens.FAILED),
    Phase.CANCELLED: ("cross", tokens.TEXT_2),
    Phase.HIDDEN: ("eye-off", tokens.TEXT_1),
}
"""Glyph and colour of each phase; the word stands beside it."""


class AiCard(QWidget):
    """One block per state that has something to say; hidden when there is none."""

    retry_asked = Signal()
    cancel_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._shown: tuple[tuple[AiState, ...], str] | None = None
        self._made: list[_Block] = []
        self._blocks: list[_Block] = []
        self.show_states((), "")

    def show_states(self, states: Sequence[AiState], headline: str) -> None:
        """Show the states; a finished one only with its `headline`."""
        wanted = (tuple(states), headline)
        if wanted == self._shown:
            return
        finished = [_finished(state, headline) for state in states]
        shown = [
            state
            for state in finished
            if state.phase is not Phase.SUCCEEDED
            or state.title != SUCCEEDED
            or state.detail
        ]
        # Progress comes many times a second, and making widgets anew takes longer
        # than showing a film: change words, keep the widgets (and with them the
        # focus on Cancel), hide what is too many.
        self._make(len(shown))
        self._blocks = self._made[: len(shown)]
        for block, state in zip(self._blocks, shown, strict=True):
            block.show_state(state)
            block.setVisible(True)
        for block in self._made[len(shown) :]:
            block.setVisible(False)
        self._shown = wanted
        self.setVisible(bool(shown))

    def text(self) -> str:
        """Return all that is shown, for tests and screen readers."""
        return "\n".join(block.text() for block in self._blocks)

    def _make(self, count: int) -> None:
        while len(self._made) < count:
            block = _Block()
            block.retry.clicked.connect(self.retry_asked)
            block.cancel.clicked.connect(self.cancel_asked)
            self._made.append(block)
            self._layout.addWidget(block)


def _finished(state: AiState, headline: str) -> AiState:
    """Say of a model that looked for findings that there is none."""
    if state.phase is not Phase.SUCCEEDED or not state.searched or not headline:
        return state
    return replace(state, title=headline)


class _Block(QWidget):
    """Glyph, title, detail, a progress line and at most one button."""

    def __init__(self) -> None:
        super().__init__()
        self._glyph = widgets.icon_label("undecided", tokens.TEXT_3, 20)
        self._title = widgets.label("", "strong", wrap=True)
        self._detail = widgets.label("", "small", wrap=True)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setRange(0, 1000)
        self.retry = QPushButton("Run again")
        self.cancel = QPushButton("Cancel")
        words = widgets.column(self._title, self._detail, self._bar, spacing=3)
        top = widgets.row(spacing=12)
        top.addWidget(self._glyph, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(words, 1)
        for button in (self.retry, self.cancel):
            button.setAutoDefault(False)
            top.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        top.setContentsMargins(16, 12, 16, 12)
        layout.addLayout(top)
        layout.addWidget(widgets.line())

    def show_state(self, state: AiState) -> None:
        """Show another state in the same place."""
        icon, color = GLYPHS[state.phase]
        widgets.show_icon(self._glyph, icon, color, 20)
        self._title.setText(state.title)
        self._detail.setText(state.explained)
        self._detail.setVisible(bool(self._detail.text()))
        self._bar.setVisible(state.phase is Phase.RUNNING)
        self._bar.setValue(round(state.fraction * 1000))
        self.retry.setVisible(state.can_retry)
        self.cancel.setVisible(state.phase in UNDER_WAY)
        self.setAccessibleName(self.text())

    def text(self) -> str:
        """Return title and detail."""
        return f"{self._title.text()}\n{self._detail.text()}".strip()
