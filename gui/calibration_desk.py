"""Puts local calibrations into force and takes them out again."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from gui.local_words import day_text
from gui.messages import message_for
from gui.model_desk import ModelDesk
from gui.validate_desk import ValidateDesk

if TYPE_CHECKING:
    from gui.workstation import Workstation
    from inference.local_store import LocalStore

_log = logging.getLogger(__name__)


class CalibrationDesk(QObject):
    """Connects the facts page with the validation, and both with the analyses."""

    def __init__(self, station: Workstation, store: LocalStore) -> None:
        super().__init__(station)
        self._station = station
        self._store = store
        self._models: ModelDesk = station.models
        self._validate: ValidateDesk = station.validate
        self._models.validate_asked.connect(self._validate.open)
        self._models.remove_asked.connect(self._ask_removal)
        self._validate.calibrated.connect(self._on_calibrated)
        command = station.window.commands["validate"]
        command.triggered.connect(self._on_validate)

    def _on_validate(self) -> None:
        """File > Validate a model: the one whose facts or finding is on screen."""
        if self._models.is_open:
            entry = self._models.page.entry
            self._validate.open(entry.model_id if entry is not None else "")
            return
        finding = self._station.desk.selected_finding
        made = finding.model if finding is not None else None
        # A sheet that was begun keeps its model: another would drop its folder.
        begun = self._validate.sheet is not None
        self._validate.open("" if begun or made is None else made.model_id)

    def _on_calibrated(self, _: str) -> None:
        """Ask the models anew: what they said is not what they say now."""
        station = self._station
        self._models.reload()
        station.ai.recalibrate()
        station.desk.refresh()
        station.words.show()
        station.asking.ask_soon()

    # --- removal --------------------------------------------------------------

    def _ask_removal(self, model_id: str) -> None:
        entry = self._models.page.entry
        if entry is None:
            return
        calibration = entry.local.calibration
        day = day_text(calibration.validated_on) if calibration is not None else ""
        which = f"the local calibration of {day}" if day else "the local calibration"
        self._models.page.confirm.ask(
            f"Remove {which} of {entry.title}? Its probabilities and thresholds go"
            " back to the makers'.",
            "Remove",
            "Keep",
            partial(self._remove, model_id, entry.title),
        )

    def _remove(self, model_id: str, title: str) -> None:
        path = self._store.path(model_id)

        def work() -> bytes:
            kept = path.read_bytes()
            self._store.remove(model_id)
            return kept

        done = partial(self._on_removed, model_id, title, path)
        failed = partial(self._on_failed, "Not removed")
        self._models.change(f"calibration/{model_id}", work, done, failed)

    def _on_removed(self, model_id: str, title: str, path: Path, kept: object) -> None:
        assert isinstance(kept, bytes)
        _log.info("local calibration of %s removed", model_id)
        self._on_calibrated(model_id)
        self._models.page.confirm.ask(
            f"The local calibration of {title} was removed.",
            "Undo",
            "Close",
            partial(self._restore, model_id, path, kept),
        )

    def _restore(self, model_id: str, path: Path, kept: bytes) -> None:
        """Put the very same file back: its signature still holds."""
        done = partial(self._on_restored, model_id)
        failed = partial(self._on_failed, "Not restored")
        self._models.change(
            f"calibration/{model_id}", partial(path.write_bytes, kept), done, failed
        )

    def _on_restored(self, model_id: str, _: object) -> None:
        _log.info("local calibration of %s restored", model_id)
        self._on_calibrated(model_id)

    def _on_failed(self, what: str, error: object) -> None:
        assert isinstance(error, Exception)
        self._station.window.status.say(f"{what}: {message_for(error).what}")
