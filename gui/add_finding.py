"""Name the finding that the AI missed; its box is drawn on the film next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListWidget, QPushButton, QWidget

from gui import tokens, widgets

if TYPE_CHECKING:
    from inference.model_card import Code
    from review.vocabulary import MissedFinding


class AddFinding(QWidget):
    """A popover over the film: type to search, Enter to draw."""

    chosen = Signal(str, object)
    whole_image_chosen = Signal(str, object)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "popover")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(340)
        self.setAccessibleName("Add a missed finding")
        self._offered: tuple[MissedFinding, ...] = ()
        self._other: Code | None = None
        self.search = _Search(self)
        self.search.setPlaceholderText("Type to search, or a name of your own")
        self.search.setMaxLength(64)
        self.search.setAccessibleName("Name of the missed finding")
        self.list = QListWidget()
        self.list.setFixedHeight(280)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setAccessibleName("Findings to choose from")
        self.draw = QPushButton("Draw its box")
        self.draw.setProperty("role", "primary")
        self.whole = QPushButton("Whole image")
        self.whole.setToolTip("Add it without a box")
        cancel = QPushButton("Cancel")
        cancel.clicked.connect(self._on_left)
        self.draw.clicked.connect(self._on_draw)
        self.whole.clicked.connect(self._on_whole)
        self.list.itemDoubleClicked.connect(self._on_draw)
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self._on_draw)
        layout = widgets.column(
            widgets.label("Add a missed finding", "title"),
            widgets.label("Choose its name, then draw its box on the film.", "small"),
            self.search,
            self.list,
            spacing=8,
        )
        layout.setContentsMargins(16, 14, 16, 14)
        layout.addLayout(widgets.row(cancel, None, self.whole, self.draw))
        self.setLayout(layout)
        for button in (self.draw, self.whole, cancel):
            button.setMinimumHeight(tokens.MINIMUM_TARGET)
        self.hide()

    def offer(self, findings: tuple[MissedFinding, ...], other: Code) -> None:
        """Open with these names; a name of the reader's own gets `other`'s code."""
        self._offered = findings
        self._other = other
        self.search.clear()
        self._filter("")

    def take_focus(self) -> None:
        """Put the focus on the search field."""
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def move_choice(self, step: int) -> None:
        """Move up or down in the list, from the search field."""
        place = self.list.currentRow() + step
        if 0 <= place < self.list.count():
            self.list.setCurrentRow(place)

    def _filter(self, text: str) -> None:
        self.list.clear()
        wanted = text.strip().casefold()
        names = [item.name for item in self._offered]
        self.list.addItems([name for name in names if wanted in name.casefold()])
        if wanted and wanted not in [name.casefold() for name in names]:
            self.list.addItem(text.strip())
        self.list.setCurrentRow(0)
        for button in (self.draw, self.whole):
            button.setEnabled(self.list.count() > 0)

    def _choice(self) -> tuple[str, object] | None:
        item = self.list.currentItem()
        if item is None:
            return None
        for offered in self._offered:
            if offered.name == item.text():
                return offered.name, offered.code
        return item.text(), self._other

    def _on_draw(self) -> None:
        choice = self._choice()
        if choice is not None:
            self.hide()
            self.chosen.emit(*choice)

    def _on_whole(self) -> None:
        choice = self._choice()
        if choice is not None:
            self.hide()
            self.whole_image_chosen.emit(*choice)

    def _on_left(self) -> None:
        self.hide()
        self.left.emit()


class _Search(QLineEdit):
    """Arrows move the list's choice while the text keeps the focus."""

    def __init__(self, owner: AddFinding) -> None:
        super().__init__()
        self._owner = owner

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt's name)
        """Hand the arrows on."""
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self._owner.move_choice(step)
