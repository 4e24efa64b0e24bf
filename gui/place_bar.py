"""Where we are: ``Overread / Study 1 of 14`` with its two arrows."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from gui import icons, tokens, widgets
from gui.actions import ActionRegistry


class PlaceBar(QWidget):
    """The product's name, the study's number, and the way to its neighbours."""

    def __init__(self, actions: ActionRegistry) -> None:
        super().__init__()
        self._slash = widgets.label("/", "quiet")
        self._place = widgets.label("")
        self._arrows = []
        self.number, self.count = 0, 0
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 4, 0)
        layout.setSpacing(8)
        layout.addWidget(widgets.label("Overread", "strong"))
        layout.addWidget(self._slash)
        layout.addWidget(self._place)
        for action_id, icon in (
            ("previous-study", "chevron-left"),
            ("next-study", "chevron-right"),
        ):
            button = QToolButton()
            button.setIcon(icons.icon(icon))
            button.setFixedSize(tokens.MINIMUM_TARGET, tokens.MINIMUM_TARGET)
            button.setToolTip(actions[action_id].toolTip())
            button.setAccessibleName(actions[action_id].toolTip())
            button.clicked.connect(actions[action_id].trigger)
            self._arrows.append(button)
            layout.addWidget(button)
        self.show_place(0, 0)

    def show_place(self, number: int, count: int, elsewhere: str = "") -> None:
        """Show ``Study 1 of 2``; nothing while no study is open.

        Parameters
        ----------
        elsewhere
            The place that is no study, e.g. ``Models / Chest findings 0.1.0``.
        """
        self.number, self.count = number, count
        words = f"Study {number} of {count}" if count else elsewhere
        self._place.setText(words)
        for part in (self._slash, self._place):
            part.setVisible(bool(words))
        for arrow in self._arrows:
            arrow.setVisible(bool(count))
        if count:
            self._arrows[0].setEnabled(number > 1)
            self._arrows[1].setEnabled(number < count)

    def text(self) -> str:
        """Return the words shown."""
        return self._place.text()
