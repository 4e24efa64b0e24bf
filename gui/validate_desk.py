"""Leads a validation: from a folder to figures, and into force if the reader agrees."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from gui.errands import Errands
from gui.messages import message_for
from gui.status_bar import VALIDATING
from gui.validate_parts import time_left
from gui.validate_sheet import ValidateSheet
from gui.validation_preview import Preview, preview
from gui.validation_worker import ValidationWorker
from learning.validation_job import ValidationJob, ValidationOutcome
from studies.errors import OverreadError

if TYPE_CHECKING:
    from gui.ai_services import Models
    from gui.errands import Stopped
    from gui.main_window import MainWindow
    from gui.services import Services
    from inference.local_store import LocalStore
    from inference.model_card import ModelCard

_log = logging.getLogger(__name__)

AskFolder = Callable[[QWidget, str], Path | None]
_ENDED = "Cancelled. Nothing was changed; what was in force stays so."


class ValidateDesk(QObject):
    """Opens the sheet, runs the validation, signs and saves what came out.

    Signals
    -------
    calibrated(str)
        The model of that id has another local calibration.
    """

    calibrated = Signal(str)

    def __init__(
        self,
        window: MainWindow,
        models: Models,
        store: LocalStore,
        services: Services,
        *,
        worker: ValidationWorker | None = None,
        ask_folder: AskFolder | None = None,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._models = models
        self._store = store
        self._services = services
        self._worker = worker or ValidationWorker(self)
        self._ask_folder = ask_folder or _ask_folder
        self._errands = Errands("validation", self)
        self._sheet: ValidateSheet | None = None
        self._cards: tuple[ModelCard, ...] = ()
        self._place = 0
        self._folder: Path | None = None
        self._split = ""
        self._found: Preview | None = None
        self._outcome: ValidationOutcome | None = None
        self._started = 0.0
        self._worker.progressed.connect(self._on_progressed)
        self._worker.finished.connect(self._on_finished)
        self._worker.failed.connect(self._on_failed)
        self._worker.cancelled.connect(self._on_cancelled)

    @property
    def sheet(self) -> ValidateSheet | None:
        """The sheet, once it was asked for."""
        return self._sheet

    @property
    def running(self) -> bool:
        """Whether a validation is under way."""
        return self._worker.running

    def open(self, model_id: str = "") -> None:
        """Show the sheet; a run that is under way goes on in it."""
        if not self._worker.running:
            # Severities and outlines have no probability; a gate finds nothing.
            self._cards = tuple(one for one in self._models.cards() if one.findings)
            ids = [card.model_id for card in self._cards]
            if model_id in ids and ids.index(model_id) != self._place:
                self._forget()
                self._place = ids.index(model_id)
            self._place = min(self._place, max(len(ids) - 1, 0))
            # Made only now: forgetting ends the sheet of the model before.
            sheet = self._made()
            sheet.offer_models(self._cards, self._place)
            sheet.options.reader.setText(self._services.settings.reader)
            if not self._cards:
                sheet.say("No model is installed that could be validated.", "failed")
        self._window.open_sheet(self._made())
        self._window.status.show_hints(VALIDATING)

    def close(self) -> None:
        """End the process and the threads."""
        self._worker.close()
        self._errands.close()
        # A sheet that is not on screen has no parent that would end it.
        self._forget()

    # --- the folder -----------------------------------------------------------

    def look_into(self, folder: Path) -> None:
        """Read labels.csv in the thread, and show what it holds."""
        if self._worker.running or not self._cards:
            return
        self._folder, self._found, self._outcome = folder, None, None
        sheet, card = self._made(), self._cards[self._place]
        sheet.folder.show_folder(folder)
        sheet.result.hide()
        sheet.preview.hide()
        sheet.say("Reading labels.csv…", "small")
        sheet.run.show_idle(ready=False)

        def work(_: Stopped) -> object:
            return preview(card, folder, self._split or None)

        self._errands.ask("preview", work, self._on_found, self._on_unusable)

    def _on_found(self, answer: object) -> None:
        self._found = found = cast("Preview", answer)
        sheet = self._made()
        sheet.say("", "small")
        sheet.preview.show_preview(found, self._split)
        if found.findings:
            sheet.run.show_idle(ready=True, words="Nothing leaves this machine.")
        else:
            sheet.run.show_idle(
                ready=False,
                words="The folder has no labels of a finding: nothing to calibrate.",
                role="warning",
            )

    def _on_unusable(self, error: object) -> None:
        assert isinstance(error, Exception)
        # Errors of the labels name file, line and column; they hold no name.
        own = isinstance(error, OverreadError)
        what = str(error) if own else message_for(error).what
        step = "Correct the file and choose the folder again."
        self._made().say(f"{what.rstrip('.')}. {step}", "failed")

    def _on_choose(self) -> None:
        folder = self._ask_folder(self._window, self._services.settings.labelled_folder)
        if folder is not None:
            self._on_dropped(folder)

    def _on_dropped(self, folder: Path) -> None:
        self._services.settings.labelled_folder = str(folder)
        self._split = ""
        self.look_into(folder)

    def _on_model(self, place: int) -> None:
        if 0 <= place < len(self._cards):
            self._place = place
            if self._folder is not None:
                self.look_into(self._folder)

    def _on_split(self, split: str) -> None:
        self._split = split
        if self._folder is not None:
            self.look_into(self._folder)

    # --- the run --------------------------------------------------------------

    def _on_run(self) -> None:
        sheet, found = self._made(), self._found
        if found is None or self._worker.running:
            return
        self._services.settings.site = sheet.options.site.text().strip()
        self._outcome = None
        self._started = time.monotonic()
        sheet.result.hide()
        sheet.lock(locked=True)
        sheet.run.show_running(0.0, "Starting")
        sheet.run.stop.setFocus()
        job = ValidationJob(
            model_folder=str(self._cards[self._place].folder),
            data_folder=str(found.folder),
            split=self._split or None,
            sensitivity=sheet.options.sensitivity,
            site=self._services.settings.site,
            validated_by=self._services.settings.reader,
            validated_on=f"{self._services.clock():%Y-%m-%d}",
        )
        self._worker.validate(job, found.films)

    def _on_progressed(self, fraction: float, step: str) -> None:
        left = time_left(fraction, time.monotonic() - self._started)
        words = f"{step}, {left}" if left else step
        self._made().run.show_running(fraction, words)

    def _on_finished(self, outcome: ValidationOutcome) -> None:
        self._outcome = outcome
        sheet = self._made()
        sheet.lock(locked=False)
        sheet.run.show_idle(ready=True, words="Done. Nothing is saved yet.")
        sheet.preview.show_problems(outcome.problems)
        sheet.result.show_outcome(self._cards[self._place], outcome)
        sheet.result.take_focus()
        sheet.show_result()
        if self._window.sheet is not sheet:
            self._window.status.say("The validation is done: File > Validate a model.")
        _log.info("validated %s", outcome.calibration.model_id)

    def _on_failed(self, message: str) -> None:
        self._made().lock(locked=False)
        self._made().run.show_idle(ready=True, words=message, role="failed")
        self._made().run.go.setFocus()

    def _on_cancelled(self) -> None:
        self._made().lock(locked=False)
        self._made().run.show_idle(ready=True, words=_ENDED)
        self._made().run.go.setFocus()

    # --- saving ---------------------------------------------------------------

    def _on_save(self) -> None:
        if self._outcome is None:
            return
        calibration = self._outcome.calibration
        self._made().result.save.setEnabled(False)

        def work(_: Stopped) -> object:
            return self._store.write(calibration)

        told = partial(self._on_saved, calibration.model_id)
        self._errands.ask("save", work, told, self._on_unsaved, keep=True)

    def _on_saved(self, model_id: str, _: object) -> None:
        self._forget()
        _log.info("local calibration of %s saved", model_id)
        self._window.close_sheet()
        self._window.status.say("Saved. Its probabilities are the site's from now on.")
        self.calibrated.emit(model_id)

    def _on_unsaved(self, error: object) -> None:
        assert isinstance(error, Exception)
        said = message_for(error)
        sheet = self._made()
        sheet.result.save.setEnabled(True)
        sheet.run.show_idle(
            ready=True,
            words=f"Not saved: {said.what} The figures are still here; save again.",
            role="failed",
        )

    def _on_discard(self) -> None:
        self._outcome = None
        self._made().result.hide()
        self._made().run.show_idle(ready=True, words="Discarded. Nothing was changed.")

    def _forget(self) -> None:
        """Begin anew: nothing of the last validation stays on the sheet."""
        self._folder, self._found, self._outcome, self._split = None, None, None, ""
        sheet, self._sheet = self._sheet, None
        if sheet is not None:
            if self._window.sheet is sheet:
                self._window.close_sheet()
            sheet.deleteLater()

    def _made(self) -> ValidateSheet:
        if self._sheet is None:
            settings = self._services.settings
            sheet = ValidateSheet(settings.reader, settings.site)
            sheet.closed.connect(self._window.close_sheet)
            sheet.model_chosen.connect(self._on_model)
            sheet.folder_dropped.connect(self._on_dropped)
            sheet.folder.choose_asked.connect(self._on_choose)
            sheet.preview.split_chosen.connect(self._on_split)
            sheet.run.run_asked.connect(self._on_run)
            sheet.run.cancel_asked.connect(self._worker.cancel)
            sheet.result.save_asked.connect(self._on_save)
            sheet.result.discard_asked.connect(self._on_discard)
            self._sheet = sheet
        return self._sheet


def _ask_folder(parent: QWidget, near: str) -> Path | None:
    title = "Folder of labelled films"
    chosen = QFileDialog.getExistingDirectory(parent, title, near)
    return Path(chosen) if chosen else None
