"""Sheets about what is open: all studies, an image's header, hanging protocols."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from gui.hanging_editor import HangingEditor
from gui.header_browser import HeaderBrowser
from gui.stack_source import PlaneStack
from gui.study_list import StudyList

if TYPE_CHECKING:
    from pathlib import Path

    from gui.main_window import MainWindow
    from gui.protocol_file import ProtocolFile
    from gui.study_desk import StudyDesk
    from gui.viewport import Viewport
    from studies.model import Patient


class BrowseSheets(QObject):
    """Makes each sheet when it is first asked for, and shows it beside the film.

    Signals
    -------
    study_chosen(IndexedStudy)
        The reader chose a study of the list.
    """

    study_chosen = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        viewport: Viewport,
        studies: StudyDesk,
        protocols: ProtocolFile,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._viewport = viewport
        self._studies = studies
        self._protocols = protocols
        self._list: StudyList | None = None
        self._header: HeaderBrowser | None = None
        self._editor: HangingEditor | None = None
        for action_id, slot in {
            "studies": self.open_list,
            "header": self._open_header,
            "protocols": self._open_editor,
        }.items():
            window.commands[action_id].triggered.connect(slot)

    def close(self) -> None:
        """End the thread that reads headers."""
        if self._header is not None:
            self._header.stop()

    def open_list(self) -> None:
        """Ctrl+1: all studies seen so far; once more closes them."""
        if self._list is None:
            self._list = StudyList(self._studies)
            self._list.study_chosen.connect(self.study_chosen)
            self._list.closed.connect(self._window.close_sheet)
        if self._window.sheet is self._list:
            self._window.close_sheet()
            return
        self._window.open_sheet(self._list, 1000)
        self._list.refresh()

    def list_studies_of(self, patient: Patient) -> None:
        """Show the list of studies, searched for a patient's ID."""
        self.open_list()
        if self._list is not None:
            self._list.search.set_text(patient.patient_id)

    def _open_header(self) -> None:
        """Ctrl+I: all elements of the file on screen."""
        header = self._viewport.active.header
        if header is None:
            return
        if self._header is None:
            self._header = HeaderBrowser()
            self._header.closed.connect(self._window.close_sheet)
        if self._window.sheet is self._header:
            self._window.close_sheet()
            return
        source = self._source_path()
        if source is None:
            self._window.status.say(
                "This image has no DICOM header: a plane, or a picture file"
            )
            return
        previous = self._path_before()
        self._header.show_file(source, header.frame, previous)
        self._window.open_sheet(self._header)

    def _source_path(self) -> Path | None:
        """Return the DICOM file on screen; None for a plane or a picture file."""
        pane = self._viewport.active
        header = pane.header
        if header is None or not header.is_dicom or isinstance(pane.stack, PlaneStack):
            return None
        return header.path

    def _path_before(self) -> Path | None:
        """Return the file of the image before, to compare with."""
        pane = self._viewport.active
        if pane.stack is None or pane.index == 0:
            return None
        before = pane.stack.series.images[pane.index - 1].path
        return None if before == pane.stack.series.images[pane.index].path else before

    def _open_editor(self) -> None:
        """Show the file of hanging protocols."""
        if self._editor is None:
            file = self._protocols
            self._editor = HangingEditor(file.text, file.check, file.save, file.shipped)
            self._editor.closed.connect(self._window.close_sheet)
            self._editor.used.connect(self._on_protocols_used)
        self._editor.refresh()
        self._window.open_sheet(self._editor)

    def _on_protocols_used(self) -> None:
        self._window.status.say("In use from the next study on; Ctrl+H hangs anew")
