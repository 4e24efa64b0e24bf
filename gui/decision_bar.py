"""Confirm, reject, unsure; the reason of a rejection; the comment."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QKeyEvent, Qt
from PySide6.QtWidgets import QGridLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from gui import icons, theme, tokens, widgets
from gui.actions import ActionRegistry

_VERDICTS = (
    ("confirm", "confirmed", tokens.CONFIRMED),
    ("reject", "rejected", tokens.REJECTED),
    ("unsure", "unsure", tokens.UNSURE),
)


class DecisionBar(QWidget):
    """Fixed at the dock's foot. The buttons press the commands of the registry."""

    reason_chosen = Signal(str)
    comment_written = Signal(str)
    comment_left = Signal()

    def __init__(
        self, actions: ActionRegistry, reasons: Sequence[tuple[str, str]]
    ) -> None:
        """Build the bar.

        Parameters
        ----------
        reasons
            Key and title of the rejection reasons, in the order of their keys.
        """
        super().__init__()
        self.reasons = ReasonRow(reasons)
        self.comment = CommentField()
        self.buttons: dict[str, widgets.HintButton] = {}
        buttons = widgets.row(spacing=8)
        for action_id, icon, color in _VERDICTS:
            button = widgets.HintButton(
                actions[action_id].text(), actions.hint(action_id), icon, color
            )
            button.setFixedHeight(tokens.BUTTON_HEIGHT)
            button.setObjectName(action_id)
            button.setToolTip(actions[action_id].toolTip())
            button.clicked.connect(actions[action_id].trigger)
            self.buttons[action_id] = button
            buttons.addWidget(button, 1)
        self._row = buttons
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.reasons)
        layout.addWidget(widgets.line())
        self._inner = widgets.column(self.comment, spacing=8)
        self._inner.addLayout(buttons)
        layout.addLayout(self._inner)
        self.set_dense(dense=False)
        self.reasons.chosen.connect(self.reason_chosen)
        self.comment.written.connect(self.comment_written)
        self.comment.left.connect(self.comment_left)
        self.setAccessibleName("Decision")

    def set_dense(self, *, dense: bool) -> None:
        """Take less room, in a narrow dock."""
        side = 8 if dense else 16
        self._inner.setContentsMargins(side, 10, side, 12)
        self._row.setSpacing(4 if dense else 8)
        for button in self.buttons.values():
            button.set_dense(dense=dense)

    def set_text_scale(self, scale: float) -> None:
        """Grow the buttons with the text."""
        for button in self.buttons.values():
            button.setFixedHeight(theme.grown(tokens.BUTTON_HEIGHT, scale))
        for chip in self.reasons.buttons:
            chip.setFixedHeight(theme.grown(tokens.MINIMUM_TARGET, scale))

    def set_subject(self, name: str, comment: str) -> None:
        """Say which finding the buttons act on; "" for none."""
        for button in self.buttons.values():
            button.setEnabled(bool(name))
        self.comment.set_subject(name, comment)


class CommentField(QLineEdit):
    """One line of remark; written on Enter or when the focus leaves."""

    written = Signal(str)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setMaxLength(1024)
        self.setClearButtonEnabled(False)
        self.setAccessibleName("Comment on the selected finding")
        self._stored = ""
        self.editingFinished.connect(self._on_finished)
        self.returnPressed.connect(self.left)
        self.set_subject("", "")

    def set_subject(self, name: str, comment: str) -> None:
        """Show the comment of another finding; what was typed is written first."""
        with QSignalBlocker(self):
            self.setEnabled(bool(name))
            self.setPlaceholderText(f"Comment on {name}" if name else "Comment")
            if comment != self._stored or not self.hasFocus():
                self.setText(comment)
            self._stored = comment

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt's name)
        """Esc gives the stored comment back and leaves the field."""
        if event.key() == Qt.Key.Key_Escape:
            self.setText(self._stored)
            self.left.emit()
            return
        super().keyPressEvent(event)

    def _on_finished(self) -> None:
        if self.text().strip() != self._stored:
            self._stored = self.text().strip()
            self.written.emit(self._stored)


class ReasonRow(QWidget):
    """Six reasons for the last rejection; shown after it, blocks nothing."""

    chosen = Signal(str)

    def __init__(self, reasons: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._title = widgets.ElidedLabel("", "small")
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(6)
        self.buttons: list[QPushButton] = []
        for place, (key, title) in enumerate(reasons):
            button = QPushButton(f"{place + 1}  {title}")
            button.setProperty("role", "chip")
            button.setCheckable(True)
            button.setAutoDefault(False)
            button.setFixedHeight(tokens.MINIMUM_TARGET)
            button.setAccessibleName(f"Reason: {title}, Alt {place + 1}")
            button.setToolTip(f"{title}  Alt {place + 1}")
            button.setProperty("reason", key)
            button.clicked.connect(self._on_clicked)
            self.buttons.append(button)
            self._grid.addWidget(button, place // 3, place % 3)
        close = QPushButton()
        close.setProperty("role", "flat")
        close.setIcon(icons.icon("cross", size=14))
        close.setToolTip("Leave without a reason")
        close.setAccessibleName("Leave without a reason")
        close.setFixedSize(tokens.MINIMUM_TARGET, tokens.MINIMUM_TARGET)
        close.clicked.connect(self.hide)
        head = widgets.row(
            widgets.icon_label("rejected", tokens.REJECTED, 16), spacing=8
        )
        head.addWidget(self._title, 1)
        head.addWidget(widgets.key_hint("Alt 1"))
        head.addWidget(widgets.label("to", "small"))
        head.addWidget(widgets.key_hint("6"))
        head.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 6, 16, 10)
        layout.setSpacing(4)
        layout.insertWidget(0, widgets.line())
        layout.addLayout(head)
        layout.addLayout(self._grid)
        self.hide()

    def ask(self, name: str, current: str) -> None:
        """Offer the reasons for the finding called `name`."""
        self._title.setText(f"Why is {name} rejected?")
        for button in self.buttons:
            button.setChecked(button.property("reason") == current)
        self.show()

    def choose(self, place: int) -> None:
        """Choose the reason of Alt+`place` (from 1), if the reasons are open."""
        if not self.isHidden() and 1 <= place <= len(self.buttons):
            self.buttons[place - 1].click()

    def _on_clicked(self) -> None:
        button = self.sender()
        if isinstance(button, QPushButton):
            self.chosen.emit(str(button.property("reason")))
