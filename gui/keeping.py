"""Keeping decisions: saving now, elsewhere, and what was recovered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from gui import tokens
from gui.main_window import MainWindow
from gui.reviews import Reviews
from review.errors import ReviewUnavailableError

if TYPE_CHECKING:
    from gui.review_model import ReviewModel
    from studies.model import Study

_RECOVERED = "recovered"
_STORE = "store"
_KEEP, _DISCARD = "Keep", "Discard"
_ELSEWHERE = "Choose another folder"


class Keeping(QObject):
    """Opens reviews and tells what becomes of saving them.

    Signals
    -------
    store_changed()
        Decisions can be kept again: open the review anew.
    """

    store_changed = Signal()

    def __init__(self, window: MainWindow, reviews: Reviews) -> None:
        super().__init__(window)
        self._window = window
        self._reviews = reviews
        self._model: ReviewModel | None = None
        self._back_to = 0
        window.commands["save"].triggered.connect(self._on_save)
        window.top.retry_save_asked.connect(self._on_save)
        window.top.other_folder_asked.connect(self._on_elsewhere)
        window.notice.answered.connect(self._on_answered)
        self.tell_trouble()

    def open(self, study: Study) -> ReviewModel | None:
        """Return a study's review, or None (and say so) if there can be none."""
        try:
            self._model = self._reviews.model(study)
        except ReviewUnavailableError as error:
            self._reviews.trouble = error
            self._model = None
        self.tell_trouble()
        return self._model

    def tell_trouble(self) -> None:
        """Say that decisions cannot be kept, if so."""
        trouble = self._reviews.trouble
        if trouble is None:
            return
        self._window.top.show_saved(f"Not saved: {trouble.reason}", ok=False)
        self._window.notice.tell(
            _STORE,
            f"Decisions cannot be kept: {trouble.reason}. {trouble.next_step}"
            " Viewing works; deciding is off until then.",
            (_ELSEWHERE,),
        )

    def tell_recovered(self, study: Study) -> None:
        """Say what was recovered of a study after an unclean end."""
        back_to = self._reviews.recovered(study)
        if self._model is None or back_to is None:
            return
        self._back_to = back_to
        session = self._model.session
        words, at = session.recovered_words, session.last_saved_at
        when = f" from {at.astimezone():%H:%M:%S}" if at is not None else ""
        self._window.notice.tell(
            _RECOVERED,
            f"Recovered {words}{when}.",
            (_KEEP, _DISCARD),
            icon=("reset", tokens.FOCUS),
        )

    def _on_answered(self, said: str) -> None:
        kind, _, answer = said.partition("/")
        if kind == _STORE and answer:
            self._on_elsewhere()
        elif kind == _RECOVERED and answer == _DISCARD and self._model is not None:
            # Taken back step by step: redo brings each decision back.
            self._model.stack.setIndex(self._back_to)

    def _on_save(self) -> None:
        if self._model is not None:
            self._model.save_now()
        elif self._reviews.trouble is not None:
            self._try(self._reviews.trouble.path)

    def _on_elsewhere(self) -> None:
        folder = QFileDialog.getExistingDirectory(
            self._window, "Keep decisions in this folder"
        )
        if folder:
            self._try(Path(folder) / "reviews.sqlite")

    def _try(self, path: Path) -> None:
        if self._reviews.open_file(path):
            self._window.notice.hide()
            self.store_changed.emit()
        else:
            self.tell_trouble()
