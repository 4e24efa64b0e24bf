"""From files to studies: looking into them, questions of identity, bad files."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from gui import messages
from gui.identity_hold import IdentityHold
from gui.identity_inquiry import Inquiry
from gui.main_window import MainWindow
from gui.problem_groups import notice_words
from gui.problem_list import ProblemList, problem_sentence, refused_count
from gui.settings import Settings
from gui.study_loader import StudyLoader

if TYPE_CHECKING:
    from studies.model import Discovery, Problem

_log = logging.getLogger(__name__)
NOTICE = "files"
_SHOW = "Show the list"


_NOTHING_LEFT = messages.Message(
    "Nothing is left to open.",
    "Every image was left out. Ask the sender which files are right.",
)


class Opening(QObject):
    """Finds studies; never hands on those of two patients unless as a worklist.

    Whose images they are, and which of several files counts, is asked first: then
    a page without any study is on screen, and commands on studies are held.

    Signals
    -------
    found(tuple[Study, ...], bool)
        Studies to open; True if they are a worklist of several patients.
    found_prior(Study)
        A study to hang beside the one that is open.
    asked()
        A question is on screen, or another one.
    left()
        Nothing is opened; what was open stays so.
    """

    found = Signal(object, bool)
    found_prior = Signal(object)
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
        self._inquiry: Inquiry | None = None
        self._then: Callable[[Discovery], None] = self._hand_on
        self._hold = IdentityHold(window.commands)
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
        if self._inquiry is not None:
            self._on_left()
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

    def settle(self, found: Discovery) -> None:
        """Open a study that the index knew; ask first if it is in doubt."""
        self._note((), 0, found)
        self._begin(found, self._open_found)

    def settle_prior(self, found: Discovery) -> None:
        """Hang a study beside the open one; ask first if it is in doubt."""
        self._note(self._problems, self._files, found)
        self._begin(found, self._hand_on_prior)

    def tell_problems(self) -> None:
        """Say that files could not be opened, once the rest is on screen."""
        words = problem_sentence(self._problems, self._files)
        on_film = self._window.page == "film"
        # That a worklist holds several patients is no news.
        if not words and self._has_images and on_film and not self._worklist:
            words = notice_words(self._problems)
        self._window.commands["problems"].setEnabled(bool(self._problems))
        if words and on_film:
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
        refused = self._note((), 0, found)
        _log.info("found %d studies, %d files refused", len(found.studies), refused)
        if not found.studies:
            self._tell_nothing_found(refused, [one.what for one in found.others])
        elif self._worklist:
            self.found.emit(found.studies, True)
        else:
            self._begin(found, self._open_found)
            return
        self.tell_problems()

    def _note(self, problems: Sequence[Problem], files: int, found: Discovery) -> int:
        """Note what else was found and could not be read; return how many files."""
        self._problems = (*problems, *found.problems)
        self._window.commands["problems"].setEnabled(bool(self._problems))
        images = {header.path for study in found.studies for header in study.images}
        refused = refused_count(found.problems)
        self._has_images = bool(images)
        self._files = files + len(images) + len(found.others) + refused
        return refused

    def _tell_nothing_found(self, refused: int, others: Sequence[str]) -> None:
        said = messages.no_studies(self._files, refused, others)
        if self._reading:
            self._window.notice.tell(NOTICE, f"{said.what} {said.next_step}")
        else:
            self._window.empty.show_empty(said.what, said.next_step)
            self._window.show_empty()

    # --- questions of identity ------------------------------------------------

    def _begin(self, found: Discovery, then: Callable[[Discovery], None]) -> None:
        """Ask all there is to ask, then go on with what the answers leave."""
        self._inquiry, self._then = Inquiry(found), then
        self._ask()

    def _ask(self) -> None:
        assert self._inquiry is not None
        question = self._inquiry.question
        if question is None:
            found = self._inquiry.result()
            self._end_asking()
            self._then(found)
            return
        window = self._window
        window.notice.hide()
        window.close_sheet()
        self._hold.hold()
        window.choice.put(question)
        window.show_choice()
        self.asked.emit()

    def _end_asking(self) -> None:
        self._inquiry = None
        self._hold.release()

    def _on_chosen(self, place: int) -> None:
        if self._inquiry is not None:
            self._inquiry.answer(place)
            self._ask()

    def _on_left(self) -> None:
        self._end_asking()
        self.left.emit()

    def _open_found(self, found: Discovery) -> None:
        self._problems = found.problems
        self._hand_on(found)
        if found.studies:
            self.tell_problems()

    def _hand_on(self, found: Discovery) -> None:
        if found.studies:
            self.found.emit(found.studies, False)
        else:
            self._tell_nothing_left()

    def _hand_on_prior(self, found: Discovery) -> None:
        if found.studies:
            self.found_prior.emit(found.studies[0])
            if found.problems:
                self.tell_problems()
        else:
            self._tell_nothing_left()

    def _tell_nothing_left(self) -> None:
        self.left.emit()  # what was open is on screen again, or the empty page
        said = _NOTHING_LEFT
        if self._window.page == "film":
            self._window.notice.tell(NOTICE, f"{said.what} {said.next_step}")
        else:
            self._window.empty.show_empty(said.what, said.next_step)

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
