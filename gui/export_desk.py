"""Opens the export sheet on the review on screen, and keeps its worker."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from gui.export_dialog import ExportSheet
from gui.export_worker import ExportWorker
from gui.main_window import MainWindow
from gui.status_bar import SHEET

if TYPE_CHECKING:
    from gui.finding_rows import FindingRow
    from gui.review_desk import ReviewDesk
    from gui.review_model import ReviewModel
    from gui.services import Services
    from review.export import ExportReport

_log = logging.getLogger(__name__)


class ExportDesk(QObject):
    """Ctrl+Enter opens the sheet; once more exports.

    Signals
    -------
    exported(ExportReport)
        An export came to its end.
    """

    exported = Signal(object)

    def __init__(
        self, window: MainWindow, desk: ReviewDesk, services: Services
    ) -> None:
        super().__init__(window)
        self._window = window
        self._desk = desk
        self._services = services
        self._worker = ExportWorker(self)
        self._sheet: ExportSheet | None = None
        self._model: ReviewModel | None = None
        window.sheet_changed.connect(self._on_sheet_changed)

    @property
    def sheet(self) -> ExportSheet | None:
        """The sheet, while it is on screen or its export runs."""
        return self._sheet

    def open(self) -> None:
        """Open the sheet on the review on screen, or export if it is open."""
        model = self._desk.model
        if model is None:
            return
        if self._sheet is not None and self._window.sheet is self._sheet:
            self._sheet.submit()
            return
        if self._worker.running and model is not self._model:
            self._window.status.say("An export of another study is under way.")
            return
        if self._sheet is None or model is not self._model:
            self._make(model)
        assert self._sheet is not None
        self._window.open_sheet(self._sheet)
        self._window.status.show_hints(SHEET)

    def close(self) -> None:
        """End the export process and wait for its thread."""
        self._worker.close()

    def _make(self, model: ReviewModel) -> None:
        self._model = model
        self._sheet = ExportSheet(
            model,
            self._worker,
            self._services.settings,
            rows_of=self._reported_rows,
            clock=self._services.clock,
        )
        self._sheet.closed.connect(self._window.close_sheet)
        self._sheet.exported.connect(self._on_exported)

    def _reported_rows(self) -> Sequence[FindingRow]:
        return self._desk.reported_rows()

    def _on_exported(self, report: ExportReport) -> None:
        refused = len(report.refused)
        _log.info("exported %d objects, %d refused", len(report.objects), refused)
        self.exported.emit(report)

    def _on_sheet_changed(self) -> None:
        """Let go of a sheet that left the screen, unless its export runs."""
        if self._sheet is None or self._window.sheet is self._sheet:
            return
        if not self._worker.running:
            self._sheet.deleteLater()
            self._sheet = None
            self._model = None
