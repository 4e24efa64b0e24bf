"""Builds the heavy parts once the window shows, and leads from study to study."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from gui import ai_state, study_words
from gui.actions import STUDY_ACTIONS
from gui.ai_desk import AiDesk
from gui.case import Case
from gui.comfort import Comfort
from gui.dock import Dock
from gui.export_desk import ExportDesk
from gui.film_desk import FilmDesk
from gui.image_view import ImageView
from gui.keeping import Keeping
from gui.logs import patient_filter
from gui.main_window import TITLE, MainWindow
from gui.opening import Opening
from gui.review_desk import ReviewDesk
from gui.reviews import Reviews
from gui.services import Services
from gui.status_bar import EMPTY, READING
from gui.study_loader import StudyLoader
from review.store import study_key
from review.vocabulary import REJECTION_REASONS

if TYPE_CHECKING:
    from explain.analysis import Analysis
    from gui.image_view import ViewState
    from review.decision import ReviewedFinding
    from studies.model import Image, ImageHeader, Study

_log = logging.getLogger(__name__)


class Workstation(QObject):
    """The open studies, and what is on screen of them. Main thread.

    Signals
    -------
    image_shown(ImageHeader)
        An image is on screen.
    """

    image_shown = Signal(object)

    def __init__(self, window: MainWindow, services: Services) -> None:
        super().__init__(window)
        self._ask_soon = QTimer(self)
        self._ask_soon.setSingleShot(True)
        self._ask_soon.timeout.connect(self._ask_ai)
        self.window = window
        self.case: Case | None = None
        self.image: Image | None = None
        self._services = services
        self._states: dict[tuple[str, int], ViewState] = {}
        self.view = ImageView(clock=services.clock)
        reasons = [(reason.key, reason.title) for reason in REJECTION_REASONS]
        window.install(self.view, Dock(window.commands, reasons))
        self.loader = StudyLoader(self)
        self.reviews = Reviews(services, self)
        self.controller = services.controller()
        self.ai = AiDesk(services.models(), self.controller, self._reader, self)
        self.film = FilmDesk(window, self.view)
        self.desk = ReviewDesk(window, self.view, self.ai, services.clock)
        self.export = ExportDesk(window, self.desk, services)
        self.opening = Opening(window, self.loader, services.settings)
        self.comfort = Comfort(window, services.settings)
        self.keeping = Keeping(window, self.reviews)
        self._connect()
        self._show_nothing()
        self.controller.start()

    # --- opening --------------------------------------------------------------

    def open(self, paths: Sequence[Path]) -> None:
        """Look into files and folders; the studies open when they are found."""
        self.opening.open(paths, reading=self.case is not None)

    def open_samples(self) -> None:
        """Open the sample studies."""
        self.opening.open_samples(reading=self.case is not None)

    def _on_found(self, studies: Sequence[Study], worklist: bool) -> None:
        self._leave_case()
        self.case = Case(studies, worklist=worklist)
        patient_filter.protect(
            [text for who in self.case.patients for text in (who.name, who.patient_id)]
        )
        self.window.commands.enable(STUDY_ACTIONS, on=True)
        self._enter_study()

    def _on_left(self) -> None:
        if self.case is None:
            self._show_nothing()
        else:
            self.window.show_film()
            self._show_place()

    def _leave_case(self) -> None:
        self.window.close_sheet()
        self.loader.cancel()
        self.ai.forget()
        self.desk.open(None)
        self.reviews.forget()
        self._states.clear()
        self.case = None
        self.image = None

    # --- studies and images ---------------------------------------------------

    def _enter_study(self) -> None:
        """Name, film and findings change together: no mix is ever on screen."""
        assert self.case is not None
        self.image = None
        self.view.show_loading("Reading the film")
        self.window.start_reading()
        self._show_place()
        self.desk.open(self.keeping.open(self.case.study), self._where)
        self.loader.read_image(self.case.header)
        self.keeping.tell_recovered(self.case.study)

    @property
    def asks_soon(self) -> bool:
        """Whether the models are about to be asked about the image on screen."""
        return self._ask_soon.isActive()

    def _on_image(self, image: Image) -> None:
        if self.case is None or _place(image.header) != _place(self.case.header):
            return
        self.image = image
        self.view.set_image(image, self.case.patient, self.case.study)
        known = self._states.get(_place(image.header))
        if known is not None:
            self.view.restore_state(known)
        self.film.show_image(image, self.case.image_place[1])
        self._show_place()
        self.desk.show_image(image.header)
        # The film is painted first: the reader sees it before any model runs.
        self._ask_soon.start(0)
        if self.window.sheet is None:
            self.window.focus_film()
        self.image_shown.emit(image.header)

    def _on_image_failed(self, header: ImageHeader, why: str) -> None:
        if self.case is None or _place(header) != _place(self.case.header):
            return
        _log.warning("an image could not be read")
        self.view.show_failure("This image cannot be shown", why)
        self.film.show_image(None, self.case.image_place[1])
        self.desk.show_image(None)

    def _on_store_changed(self) -> None:
        if self.case is None or self.desk.model is not None:
            return
        self.desk.open(self.keeping.open(self.case.study), self._where)
        self.desk.show_image(self.image.header if self.image is not None else None)
        self._ask_ai()
        if self.desk.model is not None and not self.desk.model.analyses:
            # A result that came while there was nowhere to keep it was dropped.
            self._on_run_again()

    def _where(self, finding: ReviewedFinding) -> str:
        """Name the image of a finding where the study has several."""
        if self.case is None or self.case.image_place[1] < 2:
            return ""
        number = self.case.image_number(finding.sop_instance_uid, finding.frame)
        return f"Image {number}" if number is not None else ""

    def _keep_view(self) -> None:
        state = self.view.state()
        if state is not None and self.image is not None:
            self._states[_place(self.image.header)] = state

    def _step_study(self, by: int) -> None:
        self._keep_view()
        if self.case is not None and self.window.page == "film" and self.case.step(by):
            self.window.close_sheet()
            self._enter_study()

    def _on_next_study(self) -> None:
        self._step_study(1)

    def _on_previous_study(self) -> None:
        self._step_study(-1)

    def _step_image(self, by: int) -> None:
        self._keep_view()
        if self.case is not None and self.case.step_image(by):
            self.loader.read_image(self.case.header)

    def _on_next_image(self) -> None:
        self._step_image(1)

    def _on_previous_image(self) -> None:
        self._step_image(-1)

    def _on_image_wanted(self, sop_instance_uid: str, frame: int) -> None:
        self._keep_view()
        if self.case is not None and self.case.show_image(sop_instance_uid, frame):
            self.loader.read_image(self.case.header)

    def _on_close_study(self) -> None:
        if self.case is None:
            return
        self._keep_view()
        if self.case.close_study():
            self.window.close_sheet()
            self._enter_study()
        else:
            self._leave_case()
            self._show_nothing()

    # --- AI -------------------------------------------------------------------

    def _ask_ai(self) -> None:
        if self.case is None or self.image is None:
            return
        model = self.desk.model
        known = model.analyses if model is not None else ()
        self.ai.show(study_key(self.case.study), self.image, known)

    def _on_result(self, key: str, analysis: Analysis) -> None:
        with self.desk.film_later():
            self.reviews.adopt(key, analysis)

    def _on_run_again(self) -> None:
        if self.case is not None and self.image is not None:
            self.ai.run_again(study_key(self.case.study), self.image)

    def _on_cancel_ai(self) -> None:
        if self.image is not None:
            self.ai.cancel(self.image.header)

    def _on_status_action(self, action_id: str) -> None:
        if action_id == "cancel":
            self._on_cancel_ai()
        else:
            self._on_run_again()

    def _on_hide_ai(self) -> None:
        self.desk.hide_ai(hidden=self.window.commands["hide-ai"].isChecked())
        self._show_ai()

    # --- words ----------------------------------------------------------------

    def _show_nothing(self) -> None:
        patient_filter.protect([])
        self.view.clear()
        self.film.show_image(None, 0)
        self.window.empty.show_empty()
        self.window.show_empty()
        self.window.commands.enable(STUDY_ACTIONS, on=False)
        self.window.status.show_hints(EMPTY)
        self._show_place()

    def _show_place(self) -> None:
        """Bar and title: the patient's name stands in every window, or none."""
        top = self.window.top
        if self.case is None or self.window.page != "film":
            top.place.show_place(0, 0)
            top.show_patient("", "")
            self.window.setWindowTitle(TITLE)
        else:
            name = study_words.patient_name(self.case.patient)
            about = study_words.about(self.case.study, self.case.header)
            top.place.show_place(*self.case.place)
            top.show_patient(name, about)
            self.window.setWindowTitle(f"{name} - {TITLE}")
            self.window.status.show_hints(READING)
        number, count = top.place.number, top.place.count
        self.window.commands["previous-study"].setEnabled(number > 1)
        self.window.commands["next-study"].setEnabled(0 < number < count)
        self._show_ai()

    def _show_ai(self) -> None:
        top, actions = self.window.top, self.window.commands
        if self.case is None or self.window.page != "film":
            top.show_ai("")
            top.show_queue("")
            self.window.status.model.setText("")
            return
        states = self.ai.states(self.case.header)
        hidden = self.desk.ai_hidden
        words = "AI hidden" if hidden else ai_state.summary(states)
        top.show_ai(words, hidden=hidden)
        top.show_queue(ai_state.queue_sentence(*self.ai.counts()))
        self.window.status.model.setText(self._model_words())
        under_way = any(state.phase in ai_state.UNDER_WAY for state in states)
        actions["cancel-ai"].setEnabled(under_way)
        actions["run-ai"].setEnabled(self.image is not None and not under_way)

    def _model_words(self) -> str:
        model = self.desk.model
        if model is None or self.desk.ai_hidden or self.case is None:
            return ""
        for analysis in model.analyses:
            made, sha = analysis.model, analysis.model.sha256
            if (analysis.sop_instance_uid, analysis.frame) == _place(self.case.header):
                return f"{made.name} {made.version}   {sha[:4]}…{sha[-4:]}"
        return ""

    def _reader(self) -> str:
        return self._services.settings.reader

    # --- keys -----------------------------------------------------------------

    def _on_open(self) -> None:
        paths = self.opening.ask_files()
        if paths:
            self.open(paths)

    def _on_open_folder(self) -> None:
        paths = self.opening.ask_folder()
        if paths:
            self.open(paths)

    def _on_advance(self) -> None:
        self.desk.advance = self.window.commands["advance"].isChecked()

    def _on_trust(self) -> None:
        self.window.dock.show_trust()

    def _on_back(self) -> None:
        """Esc steps back once: drawing, popover, sheet, tool; it discards nothing."""
        if self.desk.missed.step_back() or self.view.cancel_box():
            return
        if self.window.sheet is not None:
            self.window.close_sheet()
        elif not (self.desk.step_back() or self.film.step_back()):
            self.window.focus_film()

    def _on_answered(self, said: str) -> None:
        """Answer a notice: the list of files is asked for, or the film again."""
        if said == "files/Show the list":
            self.opening.show_problems()
        else:
            self.window.focus_film()

    def _on_sheet_changed(self) -> None:
        """Keys that decide count on the film only, not beside an open sheet."""
        self.desk.refresh()
        if self.window.sheet is None and self.case is not None:
            self.window.status.show_hints(READING)

    def close(self) -> None:
        """End threads and processes, close the file of decisions."""
        self._leave_case()
        self.export.close()
        self.controller.close()
        self.loader.close()
        self.reviews.close()

    def _connect(self) -> None:
        window, actions = self.window, self.window.commands
        for action_id, slot in {
            "open": self._on_open,
            "open-folder": self._on_open_folder,
            "close-study": self._on_close_study,
            "previous-study": self._on_previous_study,
            "next-study": self._on_next_study,
            "previous-image": self._on_previous_image,
            "next-image": self._on_next_image,
            "export": self.export.open,
            "hide-ai": self._on_hide_ai,
            "advance": self._on_advance,
            "trust": self._on_trust,
            "run-ai": self._on_run_again,
            "cancel-ai": self._on_cancel_ai,
            "back": self._on_back,
        }.items():
            actions[action_id].triggered.connect(slot)
        actions["advance"].setChecked(True)
        self.loader.image_read.connect(self._on_image)
        self.loader.image_failed.connect(self._on_image_failed)
        self.ai.completed.connect(self._on_result)
        self.ai.changed.connect(self._show_ai)
        self.desk.image_wanted.connect(self._on_image_wanted)
        self.view.status_action.connect(self._on_status_action)
        self.view.open_sample_requested.connect(self.open_samples)
        self.opening.found.connect(self._on_found)
        self.opening.asked.connect(self._show_place)
        self.opening.left.connect(self._on_left)
        self.keeping.store_changed.connect(self._on_store_changed)
        self.comfort.text_turned.connect(self.desk.refresh)
        self.comfort.reader_renamed.connect(self.reviews.rename_reader)
        window.dock.findings.retry_asked.connect(self._on_run_again)
        window.dock.findings.cancel_asked.connect(self._on_cancel_ai)
        window.paths_dropped.connect(self.open)
        window.empty.open_asked.connect(self._on_open)
        window.empty.sample_asked.connect(self.open_samples)
        window.notice.answered.connect(self._on_answered)
        window.sheet_changed.connect(self._on_sheet_changed)


def _place(header: ImageHeader) -> tuple[str, int]:
    return header.sop_instance_uid, header.frame
