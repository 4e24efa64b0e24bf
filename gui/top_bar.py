"""The top bar: whose film this is, what AI did, whether work is saved."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QWidget

from gui import icons, tokens, widgets
from gui.actions import ActionRegistry
from gui.place_bar import PlaceBar

_NARROW = 1500
"""Below this width the bar leaves the empty queue out."""

_LINE = 17.0
"""Height of a line at the usual text size: larger text makes the bar narrow."""


class TopBar(QWidget):
    """Left: place and patient. Right: AI, queue, saving, reader, menu."""

    retry_save_asked = Signal()
    other_folder_asked = Signal()

    def __init__(self, actions: ActionRegistry) -> None:
        super().__init__()
        self.setObjectName("topBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(tokens.TOP_BAR_HEIGHT)
        self.setAccessibleName("Top bar")
        self.place = PlaceBar(actions)
        self._actions = actions
        self._patient = widgets.ElidedLabel("", "strong")
        self._about = widgets.ElidedLabel("", "muted")
        self._about.setMinimumWidth(40)
        self._ai_tag = widgets.tag("AI", "ai-tag")
        self.models = QPushButton()
        self.models.setProperty("role", "flat")
        self.models.setIcon(icons.icon("chevron-down", size=16))
        self.models.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        self.models.setToolTip("Which models ran, and their facts")
        self.hide_ai = widgets.HintButton(
            "Hide all AI", actions.hint("hide-ai"), "eye-off"
        )
        self.hide_ai.setToolTip(actions["hide-ai"].toolTip())
        self.hide_ai.clicked.connect(actions["hide-ai"].trigger)
        self._queue_icon = widgets.icon_label("queue", tokens.TEXT_2)
        self._queue = widgets.label("", "muted")
        self._saved_icon = widgets.icon_label("check", tokens.CONFIRMED)
        self._saved = widgets.ElidedLabel("", "ok")
        self._retry = self._small_button("Retry", self.retry_save_asked)
        self._elsewhere = self._small_button(
            "Choose another folder", self.other_folder_asked
        )
        self.reader = QPushButton()
        self.reader.setProperty("role", "flat")
        self.reader.setIcon(icons.icon("user", size=16))
        self.reader.setToolTip(actions["reader"].toolTip())
        self.reader.clicked.connect(actions["reader"].trigger)
        self.menu = QToolButton()
        self.menu.setIcon(icons.icon("menu", tokens.TEXT_1))
        self.menu.setFixedSize(32, 32)
        self.menu.setAccessibleName("Menu, F10")
        self.menu.setToolTip(actions["menu"].toolTip())
        self.menu.clicked.connect(actions["menu"].trigger)
        self._lay_out()
        self.show_patient("", "")
        self.show_ai("")
        self.show_queue("")
        self.show_saved("", ok=True)

    def show_patient(self, name: str, about: str) -> None:
        """Show whose study this is; both texts change together."""
        self._patient.setText(name)
        self._about.setText(about)
        self._rule.setVisible(bool(name))

    def show_ai(self, words: str, *, hidden: bool = False) -> None:
        """Show the AI status; "" while no study is open.

        `hidden`: AI is hidden, and the button brings it back.
        """
        self.models.setText(words)
        self.models.setAccessibleName(f"AI: {words}. Models")
        self.models.setVisible(bool(words))
        self._ai_tag.setVisible(bool(words))
        self.hide_ai.setEnabled(bool(words))
        self.hide_ai.set_word(
            "Show AI" if hidden else "Hide all AI", "eye" if hidden else "eye-off"
        )

    def show_queue(self, words: str) -> None:
        """Show the queue's line."""
        self._queue.setText(words)
        self._settle()

    def show_saved(self, words: str, *, ok: bool) -> None:
        """Show that work is saved, or that it is not and what can be done."""
        self._saved.setText(words)
        widgets.set_role(self._saved, "ok" if ok else "failed")
        widgets.show_icon(
            self._saved_icon,
            "check" if ok else "failed",
            tokens.CONFIRMED if ok else tokens.FAILED,
        )
        self._saved_icon.setVisible(bool(words))
        for button in (self._retry, self._elsewhere):
            button.setVisible(bool(words) and not ok)

    def show_reader(self, name: str) -> None:
        """Show who is reading."""
        self.reader.setText(name)
        self.reader.setAccessibleName(f"Reader: {name}")

    def text(self) -> str:
        """Return all words shown, for tests and screen readers."""
        parts = (self._patient, self._about, self.models, self._queue, self._saved)
        return " | ".join(part.text() for part in parts if part.text())

    def resizeEvent(self, event: object) -> None:  # noqa: N802 (Qt's name)
        """Leave out the queue where the bar is narrow."""
        self._settle()

    def _settle(self) -> None:
        idle = self._queue.text() in ("", "Queue: empty")
        wide = self.width() >= _NARROW * self.fontMetrics().height() / _LINE
        shown = bool(self._queue.text()) and (wide or not idle)
        self._queue.setVisible(shown)
        self._queue_icon.setVisible(shown)

    def _small_button(self, text: str, signal: object) -> QPushButton:
        button = QPushButton(text)
        button.setAutoDefault(False)
        button.clicked.connect(signal)
        return button

    def _lay_out(self) -> None:
        self._rule = widgets.rule()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 0, 8, 0)
        layout.setSpacing(8)
        layout.addWidget(widgets.icon_label("logo", tokens.TEXT_1, 24))
        layout.addSpacing(6)
        layout.addWidget(self.place)
        layout.addWidget(self._rule)
        layout.addSpacing(4)
        layout.addWidget(self._patient, 0)
        layout.addWidget(self._about, 1)
        layout.addWidget(self._ai_tag)
        layout.addWidget(self.models)
        layout.addSpacing(4)
        layout.addWidget(self.hide_ai)
        layout.addSpacing(4)
        layout.addWidget(self._queue_icon)
        layout.addWidget(self._queue)
        layout.addSpacing(4)
        layout.addWidget(self._saved_icon)
        layout.addWidget(self._saved)
        layout.addWidget(self._retry)
        layout.addWidget(self._elsewhere)
        layout.addWidget(self.reader)
        layout.addWidget(self.menu)
