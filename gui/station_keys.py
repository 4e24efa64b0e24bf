"""Commands of the whole window: opening, leaving, stepping back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from gui.workstation import Workstation


class StationKeys(QObject):
    """Connects the registry's commands that concern no single desk."""

    def __init__(self, station: Workstation) -> None:
        super().__init__(station)
        self._station = station
        window = station.window
        for action_id, slot in {
            "open": self._on_open,
            "open-folder": self._on_open_folder,
            "close-study": station.walk.close_study,
            "previous-study": self._on_previous,
            "next-study": self._on_next,
            "export": station.export.open,
            "advance": self._on_advance,
            "trust": self._on_trust,
            "model-facts": self._on_facts,
            "models": self._on_models,
            "reading": self._on_reading,
            "back": self._on_back,
        }.items():
            window.commands[action_id].triggered.connect(slot)
        window.commands["advance"].setChecked(True)
        window.empty.open_asked.connect(self._on_open)
        window.notice.answered.connect(self._on_answered)
        window.sheet_changed.connect(self._on_sheet_changed)

    def _on_open(self) -> None:
        paths = self._station.opening.ask_files()
        if paths:
            self._station.open(paths)

    def _on_open_folder(self) -> None:
        paths = self._station.opening.ask_folder()
        if paths:
            self._station.open(paths)

    def _on_previous(self) -> None:
        self._station.walk.step(-1)

    def _on_next(self) -> None:
        self._station.walk.step(1)

    def _on_advance(self) -> None:
        advance = self._station.window.commands["advance"]
        self._station.desk.deciding.advance = advance.isChecked()

    def _on_trust(self) -> None:
        self._station.window.dock.show_trust()

    def _on_facts(self) -> None:
        """G: the facts of the model behind the selected finding, else the first."""
        finding = self._station.desk.selected_finding
        card = self._station.ai.card_of(finding) if finding is not None else None
        spec = self._station.ai.spec_of(finding) if finding is not None else None
        self._station.models.open(
            card.model_id if card is not None else "", spec.key if spec else ""
        )

    def _on_models(self) -> None:
        """Ctrl+3: the models; once more goes back."""
        if not self._station.models.step_back():
            self._station.models.open()

    def _on_reading(self) -> None:
        """Ctrl+2: the film, from whatever covers it."""
        self._station.window.close_sheet()
        if not self._station.models.step_back():
            self._station.window.focus_film()

    def _on_back(self) -> None:
        """Esc steps back once: drawing, popover, sheet, tool; it discards nothing."""
        station = self._station
        if station.desk.missed.step_back() or station.view.cancel_box():
            return
        desks = (station.desk, station.layout, station.film)
        if station.window.sheet is not None:
            station.window.close_sheet()
        elif station.models.step_back():
            return
        elif not any(desk.step_back() for desk in desks):
            station.window.focus_film()

    def _on_answered(self, said: str) -> None:
        """Answer a notice: the list of files is asked for, or the film again."""
        if said == "files/Show the list":
            self._station.opening.show_problems()
        else:
            self._station.window.focus_film()

    def _on_sheet_changed(self) -> None:
        """Keys that decide count on the film only, not beside an open sheet."""
        station = self._station
        station.desk.refresh()
        if station.window.sheet is None and station.case is not None:
            station.film.show_hints()
