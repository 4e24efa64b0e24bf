"""Asks the models about what is on screen, and hands their answers on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from gui.stack_source import SeriesStack
from review.store import study_key

if TYPE_CHECKING:
    from explain.analysis import Analysis
    from gui.pane import Pane
    from gui.workstation import Workstation


class Asking(QObject):
    """Leads from the panes of a workstation to `AiDesk`, and back to its review."""

    def __init__(self, station: Workstation) -> None:
        super().__init__(station)
        self._station = station
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.ask)
        window = station.window
        for action_id, slot in {
            "hide-ai": self._on_hide,
            "run-ai": self.run_again,
            "run-series": self.run_series,
            "cancel-ai": self._on_cancel,
        }.items():
            window.commands[action_id].triggered.connect(slot)
        station.viewport.status_action.connect(self._on_status_action)
        station.ai.completed.connect(self._on_result)
        station.ai.changed.connect(station.words.show_ai)
        window.dock.findings.retry_asked.connect(self.run_again)
        window.dock.findings.cancel_asked.connect(self._on_cancel)
        window.dock.trust.series_asked.connect(self.run_series)
        station.series.changed.connect(station.desk.refresh)
        station.series.changed.connect(station.words.show_ai)

    @property
    def is_due(self) -> bool:
        """Whether the models are about to be asked about what is on screen."""
        return self._soon.isActive()

    def ask_soon(self) -> None:
        """Ask once what is on screen has been painted."""
        self._soon.start(0)

    def ask(self) -> None:
        """Ask about what is on screen: the active pane, then the films beside it."""
        viewport = self._station.viewport
        others = (pane for pane in viewport.panes if pane is not viewport.active)
        for pane in (viewport.active, *others):
            film = pane.stack is not None and pane.stack.is_film
            if pane is viewport.active or film:
                self._ask_about(pane)

    def run_again(self) -> None:
        """Ask every model again about the active pane's image."""
        station = self._station
        if station.case is not None and station.image is not None:
            station.ai.run_again(study_key(station.case.study), station.image)

    def run_series(self) -> None:
        """Have the model that marks segments look at all slices of the series."""
        station = self._station
        stack, image = station.viewport.active.stack, station.image
        if image is None or not isinstance(stack, SeriesStack):
            return
        for card in station.ai.segmenters(image.header)[:1]:
            station.series.start(stack, card)

    def _ask_about(self, pane: Pane) -> None:
        station, image = self._station, self._station.image_in(pane)
        if station.case is None or image is None:
            return
        model = station.desk.model
        known = model.analyses if model is not None else ()
        many = pane.stack is not None and not pane.stack.is_film
        key = study_key(station.case.study)
        station.ai.show(key, image, known, one_of_many=many)

    def _on_result(self, key: str, analysis: Analysis) -> None:
        with self._station.desk.film_later():
            self._station.reviews.adopt(key, analysis)

    def _on_cancel(self) -> None:
        self._station.series.cancel()
        if self._station.image is not None:
            self._station.ai.cancel(self._station.image.header)

    def _on_status_action(self, action_id: str) -> None:
        if action_id == "cancel":
            self._on_cancel()
        else:
            self.run_again()

    def _on_hide(self) -> None:
        hide = self._station.window.commands["hide-ai"]
        self._station.desk.hide_ai(hidden=hide.isChecked())
        self._station.words.show_ai()
