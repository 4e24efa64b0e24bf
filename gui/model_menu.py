"""Which models ran on this film: a menu at the top bar's AI words."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QMenu

if TYPE_CHECKING:
    from gui.workstation import Workstation

_ELSEWHERE = "Not analysed: made for other images"


class ModelMenu(QObject):
    """Lists the models with what each did; choosing one opens its facts."""

    def __init__(self, station: Workstation) -> None:
        super().__init__(station)
        self._station = station
        station.window.top.models.clicked.connect(self._on_clicked)

    def lines(self) -> tuple[tuple[str, str], ...]:
        """Return (model id, words) of each model, e.g. ``Chest 0.1.0: Succeeded``."""
        station = self._station
        if station.models.is_open:
            return tuple((one.model_id, one.title) for one in station.models.entries)
        said: dict[str, str] = {}
        if station.case is not None and not station.desk.ai_hidden:
            states = station.ai.states(station.case.header)
            said = {
                state.model: _ELSEWHERE if state.elsewhere else state.title
                for state in states
            }
        return tuple(
            (model_id, f"{title}: {said[title]}" if title in said else title)
            for model_id, title in station.ai.model_ids()
        )

    def make(self) -> QMenu:
        """Return the menu."""
        menu = QMenu(self._station.window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for model_id, words in self.lines():
            action = menu.addAction(words.replace("&", "&&"))
            action.triggered.connect(partial(self._on_chosen, model_id))
        if menu.isEmpty():
            menu.addAction("No model is installed").setEnabled(False)
        menu.addSeparator()
        menu.addAction(self._station.window.commands["models"])
        menu.addAction(self._station.window.commands["validate"])
        return menu

    def _on_clicked(self) -> None:
        button = self._station.window.top.models
        self.make().popup(button.mapToGlobal(button.rect().bottomLeft()))

    def _on_chosen(self, model_id: str, _: bool = False) -> None:
        self._station.models.open(model_id)
