"""From files to studies: looking into them, the question which patient, bad files."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from gui import messages
from gui.main_window import MainWindow
from gui.problem_groups import notice_words
from gui.problem_list import ProblemList, problem_sentence, refused_count
from gui.settings import Settings
from gui.study_loader import StudyLoader

if TYPE_CHECKING:
    from studies.model import Discovery, Problem, Study

_log = logging.getLogger(__name__)
NOTICE = "files"
_SHOW = "Show the list"


class Opening(QObject):
    """Finds studies; never hands on those of two patients unless as a worklist.

    Signals
    -------
    found(tuple[Study, ...], bool)
        Studies to open; True if they are a worklist of several patients.
    asked()
        The question which patient is on screen.
    left()
        Nothing is opened; what was open stays so.
    """

    found = Signal(object, bool)
    asked = Signal()
    left = Signal()

    def __init__(
        self, window: MainWindow, loader: StudyLoader, settings: Settings
    ) -> None:
        super().__init__(window)
        self._window = window
        self._loader = loader
        self._settings = settings
        self._worklist = False
        self._reading = False
        self._waiting: tuple[tuple[Study, ...], ...] = ()
        self._problems: tuple[Problem, ...] = ()
        self._files = 0
        self._has_images = False
        self._list = ProblemList()
        self._connect()

    def open(self, paths: Sequence[Path], *, reading: bool) -> None:
        """Look into files and folders.

        Parameters
        ----------
        reading
            A study is on screen; it stays there meanwhile.
        """
        self._window.notice.hide()
        self._worklist = False
        self._reading = reading
        self._on_progress(0, 0)
        if not reading:
            self._window.show_empty()
        self._loader.discover(list(paths))

    def open_samples(self, *, reading: bool) -> None:
        """Open the two sample films.

        They belong to two patients; they are a worklist, shown one by one.
        """
        from studies.errors import OverreadError
        from studies.samples import sample_films

        try:
            films = sample_films()
        except OverreadError as error:
            said = messages.message_for(error)
            self._window.empty.show_empty(said.what, said.next_step)
            return
        self.open(films, reading=reading)
        self._worklist = True

    def tell_problems(self) -> None:
        """Say that files could not be opened, once the rest is on screen."""
        words = problem_sentence(self._problems, self._files)
        if not words and self._has_images and self._window.page == "film":
            words = notice_words(self._problems)
        self._window.commands["problems"].setEnabled(bool(self._problems))
        if words and self._window.page == "film":
            self._window.notice.tell(NOTICE, words, (_SHOW,))
        elif words:
            self.show_problems()

    def show_problems(self) -> None:
        """Open the list of files that could not be opened."""
        self._list.show_problems(self._problems, self._files)
        self._window.open_sheet(self._list)

    def _on_progress(self, done: int, total: int) -> None:
        if self._reading:
            words = f"Reading {done} of {total} files" if total else "Looking for files"
            self._window.status.say(words)
        else:
            self._window.empty.show_reading(done, total)

    def _on_discovered(self, found: Discovery) -> None:
        self._window.status.say("")
        self._problems = found.problems
        images = {header.path for study in found.studies for header in study.images}
        refused = refused_count(found.problems)
        self._has_images = bool(images)
        self._files = len(images) + len(found.others) + refused
        _log.info("found %d studies, %d files refused", len(found.studies), refused)
        if not found.studies:
            self._tell_nothing_found(refused, [one.what for one in found.others])
        elif len(found.patients) > 1 and not self._worklist:
            self._ask_patient(found)
        else:
            self.found.emit(found.studies, self._worklist)
        self.tell_problems()

    def _tell_nothing_found(self, refused: int, others: Sequence[str]) -> None:
        said = messages.no_studies(self._files, refused, others)
        if self._reading:
            self._window.notice.tell(NOTICE, f"{said.what} {said.next_step}")
        else:
            self._window.empty.show_empty(said.what, said.next_step)
            self._window.show_empty()

    def _ask_patient(self, found: Discovery) -> None:
        self._waiting = tuple(
            tuple(study for study in found.studies if study.patient == patient)
            for patient in found.patients
        )
        self._window.choice.ask(
            [(studies[0].patient, len(studies)) for studies in self._waiting]
        )
        self._window.close_sheet()
        self._window.show_choice()
        self.asked.emit()

    def _on_chosen(self, place: int) -> None:
        studies, self._waiting = self._waiting[place], ()
        self.found.emit(studies, False)
        self.tell_problems()

    def _on_left(self) -> None:
        self._waiting = ()
        self.left.emit()

    def _on_cancelled(self) -> None:
        self._loader.cancel()
        self.left.emit()

    def _connect(self) -> None:
        window = self._window
        self._loader.discovery_progress.connect(self._on_progress)
        self._loader.discovered.connect(self._on_discovered)
        window.choice.chosen.connect(self._on_chosen)
        window.choice.left.connect(self._on_left)
        window.empty.cancel_asked.connect(self._on_cancelled)
        window.commands["problems"].triggered.connect(self.show_problems)
        window.commands["problems"].setEnabled(False)
        self._list.closed.connect(window.close_sheet)

    def ask_files(self) -> list[Path]:
        """Ask for files; empty if the reader changed their mind."""
        names, _ = QFileDialog.getOpenFileNames(
            self._window, "Open files", self._settings.folder
        )
        if names:
            self._settings.folder = str(Path(names[0]).parent)
        return [Path(name) for name in names]

    def ask_folder(self) -> list[Path]:
        """Ask for a folder; empty if the reader changed their mind."""
        name = QFileDialog.getExistingDirectory(
            self._window, "Open a folder", self._settings.folder
        )
        if name:
            self._settings.folder = name
        return [Path(name)] if name else []
