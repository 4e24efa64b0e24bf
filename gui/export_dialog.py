"""The export sheet: what leaves, in which objects, to which folder (05-sign.png)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from gui import export_words, finding_rows, widgets
from gui.export_board import ExportBoard
from gui.export_folder import ChooseFolder, FolderCard
from gui.export_worker import ExportWorker
from gui.finding_rows import FindingRow
from gui.review_model import ReviewModel
from gui.settings import Settings
from review.export import ExportReport, ExportRequest
from review.states import is_reported

RowsOf = Callable[[], Sequence[FindingRow]]


class ExportSheet(ExportBoard):
    """Non-modal panel at the right; the film stays visible and live.

    Nothing is decided here: the table repeats the decisions, and follows them
    when they change. Export is offered when each flagged finding is decided or
    the rest is left undecided by hand, and the reader has ticked the line that
    says so.

    Parameters
    ----------
    model
        The review on screen.
    worker
        Runs the export; it outlives the sheet.
    settings
        Remembers the folder.
    rows_of
        The rows as the findings panel numbers them; None to number them here.
    choose_folder
        Asks for a folder; None for the system's dialog.
    """

    closed = Signal()
    """The reader goes back to the film."""

    exported = Signal(object)
    """`ExportReport` of an export that came to its end."""

    def __init__(
        self,
        model: ReviewModel,
        worker: ExportWorker,
        settings: Settings,
        *,
        rows_of: RowsOf | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now().astimezone(),
        choose_folder: ChooseFolder | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(FolderCard(settings, choose_folder), parent)
        self._model = model
        self._worker = worker
        self._rows_of = rows_of or self._own_rows
        self._clock = clock
        self._told: tuple[object, ...] = ()
        self._connect()
        self._on_save_state(*model.save_state)
        self.refresh()

    @property
    def folder(self) -> Path:
        """Where the objects will go."""
        return self.place.folder

    @property
    def can_export(self) -> bool:
        """Whether all is there that an export needs."""
        return (
            not self._worker.running
            and self.confirm.isChecked()
            and bool(self.objects.kinds)
            and (not self._model.undecided or self.leave.isChecked())
        )

    def submit(self) -> None:
        """Export, as the button and Ctrl+Enter do; if not all is there, say what."""
        if self._worker.running:
            return
        if not self.can_export:
            self.say(
                export_words.missing(
                    len(self._model.undecided),
                    leave_ticked=self.leave.isChecked(),
                    any_object=bool(self.objects.kinds),
                ),
                "warning",
            )
            return
        study = self._model.session.study
        self.objects.set_busy(busy=True)
        self.say("Starting", "small")
        self.progress.setValue(0)
        self._worker.export(
            ExportRequest(
                study=study,
                headers=study.images,
                findings=self._model.findings,
                analyses=self._model.analyses,
                reader=self._model.session.reader,
                folder=self.place.folder,
                kinds=self.objects.kinds,
                at=self._clock(),
                measurements=self._model.measurements,
                key_images=self._model.key_images,
            )
        )
        self.refresh()

    def go_back(self) -> None:
        """Esc: cancel the export that runs, else go back to the film."""
        if self._worker.running:
            self._worker.cancel()
        else:
            self.closed.emit()

    def refresh(self) -> None:
        """Bring the sheet in line with the review; what changed in it unticks."""
        model = self._model
        told = (model.findings, model.measurements, model.key_images)
        if told != self._told:
            self._told = told
            self.confirm.setChecked(False)
            self.leave.setChecked(False)
            if not self._worker.running:
                self.objects.forget_outcome()
                self.say("", "small")
        self._show_findings()
        self.marks.show_marks(model.measurements, model.key_images, self._where)
        self._show_objects()
        self._show_buttons()

    def _connect(self) -> None:
        self.head.closed.connect(self.go_back)
        self.back.clicked.connect(self.go_back)
        self.go.clicked.connect(self.submit)
        self.place.changed.connect(self._show_buttons)
        self.leave.toggled.connect(self._on_ticked)
        self.confirm.toggled.connect(self._on_ticked)
        self.objects.changed.connect(self._on_ticked)
        self._model.changed.connect(self.refresh)
        self._model.marks_changed.connect(self.refresh)
        self._model.save_state_changed.connect(self._on_save_state)
        self._worker.progressed.connect(self._on_progressed)
        self._worker.finished.connect(self._on_finished)
        self._worker.failed.connect(self._on_failed)
        self._worker.cancelled.connect(self._on_cancelled)

    # --- showing --------------------------------------------------------------

    def _show_findings(self) -> None:
        rows = tuple(self._rows_of())
        left = len(self._model.undecided)
        self.table.show_rows(rows)
        self.table.setVisible(bool(rows))
        self.nothing.setVisible(not rows)
        self.summary.setText(export_words.summary(self._model.findings))
        self.verdict.setText("All decided" if not left else f"{left} not decided")
        widgets.set_role(self.verdict, "warning" if left else "ok")
        self.leave.setText(export_words.leave(left))
        self.leave.setVisible(bool(left))

    def _where(self, sop_instance_uid: str, frame: int) -> str:
        return export_words.where(
            self._model.session.study.images, sop_instance_uid, frame
        )

    def _show_objects(self) -> None:
        images = self._model.session.study.images
        reported = sum(1 for row in self._model.findings if is_reported(row))
        measured = sum(not item.reformatted for item in self._model.measurements)
        self.objects.describe(
            reported,
            measured,
            len(self._model.key_images),
            is_dicom=all(i.is_dicom for i in images),
        )
        if self._worker.running:
            self.objects.set_busy(busy=True)
        self.confirm.setText(
            export_words.statement(
                self._model.session.reader, self._clock(), len(self._model.undecided)
            )
        )

    def _show_buttons(self) -> None:
        running = self._worker.running
        self.go.set_word(export_words.offer(len(self.objects.kinds)))
        self.go.setEnabled(self.can_export)
        self.back.set_word("Cancel export" if running else "Back to film")
        self.progress.setVisible(running)
        for part in (self.leave, self.confirm, self.place):
            part.setEnabled(not running)

    def _own_rows(self) -> Sequence[FindingRow]:
        """Return the reported findings, numbered as the findings panel does."""
        shown = [row for row in self._model.findings if is_reported(row)]
        rows = []
        for number, finding in enumerate(shown, 1):
            analysis = finding_rows.checks_of(self._model.analyses, finding)
            trust = finding_rows.worst(analysis.trust) if analysis else None
            rows.append(FindingRow(number, finding, trust))
        return rows

    # --- what the reader and the worker do ------------------------------------

    def event(self, event: QEvent) -> bool:
        """Keep Esc and Ctrl+Enter from the window's shortcuts while in the sheet."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and _is_ours(event)
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt's name)
        """Esc goes back, Ctrl+Enter exports."""
        if event.key() == Qt.Key.Key_Escape:
            self.go_back()
        elif _is_ours(event):
            self.submit()
        else:
            super().keyPressEvent(event)

    def _on_save_state(self, text: str, saved: bool) -> None:
        self.saved.setText(text)
        widgets.set_role(self.saved, "ok" if saved else "failed")

    def _on_ticked(self) -> None:
        self._show_buttons()

    def _on_progressed(self, fraction: float, step: str) -> None:
        self.progress.setValue(round(100 * fraction))
        self.say(step, "small")

    def _on_finished(self, report: ExportReport) -> None:
        self.objects.set_busy(busy=False)
        self.objects.show_outcome(report.objects)
        self.say(export_words.outcome(report), "failed" if report.refused else "ok")
        if not report.refused:
            self.place.remember()
        self._show_buttons()
        self.exported.emit(report)

    def _on_failed(self, message: str) -> None:
        self.objects.set_busy(busy=False)
        self.say(message, "failed")
        self._show_buttons()

    def _on_cancelled(self) -> None:
        self.objects.set_busy(busy=False)
        self.say("Export cancelled. Nothing was written.", "small")
        self._show_buttons()


def _is_ours(event: QKeyEvent) -> bool:
    if event.key() == Qt.Key.Key_Escape:
        return True
    control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
    return control and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
