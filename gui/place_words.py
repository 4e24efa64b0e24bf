"""Bar and title: whose study this is and what AI did with it, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from explain.analysis import AnalysisStatus
from gui import ai_state, study_words
from gui.main_window import TITLE

if TYPE_CHECKING:
    from gui.workstation import Workstation


class PlaceWords(QObject):
    """Writes the top bar, the title and the status bar of a workstation."""

    def __init__(self, station: Workstation) -> None:
        super().__init__(station)
        self._station = station

    def show(self) -> None:
        """Bar and title: the patient's name stands in every window, or none."""
        station, window = self._station, self._station.window
        top, case = window.top, station.case
        if case is None or window.page != "film":
            top.place.show_place(0, 0, station.models.place)
            top.show_patient("", "")
            window.setWindowTitle(TITLE)
        else:
            name = study_words.patient_name(case.patient)
            about = study_words.about(case.study, case.header)
            top.place.show_place(*case.place)
            top.show_patient(name, about)
            window.setWindowTitle(f"{name} - {TITLE}")
            station.film.show_hints()
        number, count = top.place.number, top.place.count
        window.commands["previous-study"].setEnabled(number > 1)
        window.commands["next-study"].setEnabled(0 < number < count)
        self.show_ai()

    def show_ai(self) -> None:
        """Say what the models did with the image on screen."""
        station, window = self._station, self._station.window
        top, actions, case = window.top, window.commands, station.case
        if case is None or window.page != "film":
            top.show_ai(station.models.count_words)
            top.hide_ai.setEnabled(False)
            top.show_queue("")
            window.status.model.setText("")
            return
        states = station.ai.states(case.header)
        hidden = station.desk.ai_hidden
        words = "AI hidden" if hidden else ai_state.summary(states)
        top.show_ai(words, hidden=hidden)
        top.show_queue(ai_state.queue_sentence(*station.ai.counts()))
        self.show_model()
        under_way = any(state.phase in ai_state.UNDER_WAY for state in states)
        actions["cancel-ai"].setEnabled(under_way or station.series.is_running)
        actions["run-ai"].setEnabled(station.image is not None and not under_way)

    def show_model(self) -> None:
        """Name the model behind what is selected; "" where no film is on screen."""
        on_film = self._station.window.page == "film"
        words = self._model_words() if on_film else ""
        self._station.window.status.model.setText(words)

    def _model_words(self) -> str:
        """Name model and weights behind the selected finding, else the first heard."""
        model, case = self._station.desk.model, self._station.case
        if model is None or self._station.desk.ai_hidden or case is None:
            return ""
        here = case.header.sop_instance_uid, case.header.frame
        finding = self._station.desk.selected_finding
        made = finding.model if finding is not None else None
        for analysis in model.analyses:
            heard = analysis.status is AnalysisStatus.SUCCEEDED
            on_it = (analysis.sop_instance_uid, analysis.frame) == here
            if made is None and heard and on_it:
                made = analysis.model
        if made is None:
            return ""
        return f"{made.name} {made.version}   {made.sha256[:4]}…{made.sha256[-4:]}"
