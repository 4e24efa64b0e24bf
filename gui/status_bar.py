"""The status bar: the keys that matter now, the value under the pointer."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QStatusBar, QWidget

from gui import theme, tokens, widgets
from gui.layout_rule import COMPACT_STATUS

Hint = tuple[tuple[str, ...], str]
"""Key caps and what they do."""

_SHOWN_MS = 6000

READING: tuple[Hint, ...] = (
    (("J", "K"), "Next, previous finding"),
    (("M",), "Map"),
    (("Space",), "Hold to see beneath"),
    (("T",), "Trust"),
    (("Ctrl ↵",), "Export"),
    (("F1",), "All keys"),
)
SLICES: tuple[Hint, ...] = (
    (("Wheel",), "Slice"),
    (("Tab",), "Next pane"),
    (("D",), "Enlarge pane"),
    (("O",), "Layout"),
    (("R",), "Play"),
    (("V",), "Others' marks"),
    (("F1",), "All keys"),
)
SHEET: tuple[Hint, ...] = (
    (("Esc",), "Back to film, nothing lost"),
    (("Ctrl Z",), "Undo last decision"),
    (("Ctrl ↵",), "Export"),
)
FACTS: tuple[Hint, ...] = (
    (("Esc",), "Back to film"),
    (("←", "→"), "Other model"),
    (("F1",), "All keys"),
)
VALIDATING: tuple[Hint, ...] = ((("Esc",), "Close; a run under way goes on"),)
EMPTY: tuple[Hint, ...] = ((("Ctrl O",), "Open files"), (("F1",), "All keys"))
DRAWING: tuple[Hint, ...] = (
    ((), "Draw a box around the finding"),
    (("Esc",), "Stop drawing"),
)


class StatusBar(QStatusBar):
    """Hints at the left; pointer, messages and model at the right."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizeGripEnabled(False)
        self.setAccessibleName("Status")
        self._hints = QWidget()
        self._layout = QHBoxLayout(self._hints)
        self._layout.setContentsMargins(12, 0, 0, 0)
        self._layout.setSpacing(6)
        self._shown: tuple[Hint, ...] = ()
        self.message = widgets.ElidedLabel("", "small")
        self.pointer = widgets.label("", "small")
        self.model = widgets.label("", "small")
        right = QWidget()
        layout = QHBoxLayout(right)
        layout.setContentsMargins(0, 0, 12, 0)
        layout.setSpacing(24)
        for part in (self.message, self.pointer, self.model):
            layout.addWidget(part)
        self.addWidget(self._hints)
        self.addPermanentWidget(right)
        self._fade = QTimer(self)
        self._fade.setSingleShot(True)
        self._fade.setInterval(_SHOWN_MS)
        self._fade.timeout.connect(self._on_faded)
        self.set_compact(compact=False)

    def set_compact(self, *, compact: bool, text_scale: float = 1.0) -> None:
        """Take less room on a small screen, more for large text."""
        height = COMPACT_STATUS if compact else tokens.STATUS_BAR_HEIGHT
        self.setFixedHeight(theme.grown(height, text_scale))

    def show_hints(self, hints: Sequence[Hint]) -> None:
        """Show other keys."""
        if tuple(hints) == self._shown:
            return
        self._shown = tuple(hints)
        widgets.clear(self._layout)
        for caps, words in hints:
            for cap in caps:
                self._layout.addWidget(widgets.key_hint(cap))
            self._layout.addWidget(widgets.label(words, "small"))
            self._layout.addSpacing(12)

    def say(self, words: str) -> None:
        """Show a short message for some seconds; "" takes it away."""
        self.message.setText(words)
        self.message.setVisible(bool(words))
        if words:
            self._fade.start()
        else:
            self._fade.stop()

    def _on_faded(self) -> None:
        self.say("")
