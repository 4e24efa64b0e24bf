"""The sheet in which the hanging protocols are edited as text."""

from __future__ import annotations

import re
from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from gui import tokens, widgets
from gui.key_claims import KeyClaims
from gui.numbered_text import NumberedText
from gui.sheet_head import SheetHead
from gui.undo_bar import UndoBar
from studies.errors import OverreadError

_PAUSE_MS = 300
_LINE = re.compile(r"\bline (\d+)", re.IGNORECASE)


class HangingEditor(QWidget):
    """The protocols as TOML; checked while typing, used when asked.

    Ctrl+Return uses them, Escape closes; what was typed stays until it is used or
    taken back.

    Parameters
    ----------
    load
        Returns the protocols in use.
    check
        Returns what is wrong with a text, "" if nothing; ``line 12`` in it is
        shown in the text.
    save
        Takes a text that was checked; what it raises is shown.
    shipped
        Returns the protocols that come with the program.

    Signals
    -------
    used()
        Other protocols are in use from now on.
    closed()
    """

    used = Signal()
    closed = Signal()

    def __init__(
        self,
        load: Callable[[], str],
        check: Callable[[str], str],
        save: Callable[[str], None],
        shipped: Callable[[], str],
    ) -> None:
        super().__init__()
        self._load, self._check = load, check
        self._save, self._shipped = save, shipped
        self._in_use = ""
        self._before = ""
        self._head = SheetHead("Hanging protocols")
        self.text = NumberedText()
        self.undo_bar = UndoBar()
        self.take_back = QPushButton("Take back")
        self.restore = QPushButton("Restore the shipped ones")
        self.use = widgets.HintButton("Use", "Ctrl ↵")
        self._glyph = widgets.icon_label("check", tokens.CONFIRMED, 16)
        self._said = widgets.ElidedLabel("")
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._lay_out()
        self._connect()

    def refresh(self) -> None:
        """Show the protocols in use, unless something is typed and not used yet."""
        if self.has_changes:
            return
        self._in_use = self._load()
        self.text.setPlainText(self._in_use)
        self._on_check()

    @property
    def has_changes(self) -> bool:
        """Whether the text differs from the protocols in use."""
        return self.text.toPlainText() != self._in_use

    def said(self) -> str:
        """Return what is said of the text."""
        return self._said.text()

    def _on_changed(self) -> None:
        self.use.setEnabled(False)
        self._pause.start()

    def _on_check(self) -> None:
        self._pause.stop()
        problem = self._check(self.text.toPlainText())
        changed = self.has_changes
        self._show(problem, changed=changed)
        found = _LINE.search(problem)
        self.text.mark_line(int(found[1]) if found else 0)
        self.use.setEnabled(changed and not problem)
        self.take_back.setEnabled(changed)

    def _show(self, problem: str, *, changed: bool) -> None:
        if problem:
            self._tell("warning", tokens.WARNING, problem, "warning")
        elif changed:
            words = "No mistakes. Not used yet."
            self._tell("pencil", tokens.FOCUS, words, "")
        else:
            self._tell("check", tokens.CONFIRMED, "In use.", "muted")

    def _tell(self, icon: str, color: str, words: str, role: str) -> None:
        widgets.show_icon(self._glyph, icon, color, 16)
        widgets.set_role(self._said, role)
        self._said.setText(words)

    def _on_use(self) -> None:
        if self._pause.isActive():
            self._on_check()
        if not self.use.isEnabled():
            return
        text = self.text.toPlainText()
        try:
            self._save(text)
        except (OSError, OverreadError) as error:
            reason = getattr(error, "strerror", "") or str(error)
            words = f"Not saved: {reason}. What you typed is still here."
            self._tell("failed", tokens.FAILED, words, "failed")
            return
        self._in_use = text
        self._on_check()
        self.used.emit()

    def _on_take_back(self) -> None:
        self._replace(self._in_use, "What you typed was taken back.")

    def _on_restore(self) -> None:
        self._replace(self._shipped(), "The shipped protocols are in the text.")

    def _replace(self, text: str, words: str) -> None:
        """Put another text in; Undo brings back what was typed."""
        self._before = self.text.toPlainText()
        if text == self._before:
            return
        self.undo_bar.offer(words, "Good")
        self.text.setPlainText(text)
        self._on_check()

    def _on_undone(self) -> None:
        self.text.setPlainText(self._before)
        self._on_check()

    def _lay_out(self) -> None:
        self.text.setAccessibleName("Hanging protocols, TOML")
        layout = widgets.column(self._head, widgets.line(), spacing=0)
        note = widgets.label(
            "Which image goes where. The first protocol that fits a study is used.",
            "small",
            wrap=True,
        )
        note.setContentsMargins(16, 10, 16, 8)
        layout.addWidget(note)
        body = widgets.row(self.text)
        body.setContentsMargins(16, 0, 16, 0)
        layout.addLayout(body, 1)
        state = widgets.row(self._glyph, self._said)
        state.setStretch(1, 1)
        state.setContentsMargins(16, 8, 16, 8)
        layout.addLayout(state)
        layout.addWidget(self.undo_bar)
        self.use.setProperty("role", "primary")
        for button in (self.take_back, self.restore, self.use):
            button.setMinimumHeight(tokens.BUTTON_HEIGHT)
        foot = widgets.row(self.restore, None, self.take_back, self.use)
        foot.setContentsMargins(16, 4, 16, 12)
        layout.addLayout(foot)
        self.setLayout(layout)
        self.setFocusProxy(self.text)

    def _connect(self) -> None:
        self._head.closed.connect(self.closed)
        self._pause.timeout.connect(self._on_check)
        self.text.textChanged.connect(self._on_changed)
        self.use.clicked.connect(self._on_use)
        self.take_back.clicked.connect(self._on_take_back)
        self.restore.clicked.connect(self._on_restore)
        self.undo_bar.undone.connect(self._on_undone)
        keys = {"Ctrl+Return": self._on_use, "Esc": self.closed.emit}
        self._keys = KeyClaims(self.text, keys)
