"""The sheet of File > Validate a model: labelled films of this site, own figures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from gui import widgets
from gui.choice_box import ChoiceBox
from gui.dropped import local_paths
from gui.sheet_head import SheetHead
from gui.validate_parts import FolderBox, Options, PreviewView, RunRow
from gui.validate_result import ResultView

if TYPE_CHECKING:
    from inference.model_card import ModelCard

TITLE = "Validate a model"


class ValidateSheet(QWidget):
    """Non-modal: model, folder, what it holds, how, run, result. Decides nothing.

    Signals
    -------
    closed()
    model_chosen(int)
        The place of the chosen model.
    folder_dropped(Path)
    """

    closed = Signal()
    model_chosen = Signal(int)
    folder_dropped = Signal(object)

    def __init__(self, reader: str, site: str) -> None:
        super().__init__()
        self.setAccessibleName(TITLE)
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.head = SheetHead(TITLE)
        self.head.closed.connect(self.closed)
        self.models = ChoiceBox("Model")
        self.models.currentIndexChanged.connect(self.model_chosen)
        self.folder = FolderBox()
        self.looking = widgets.label("", "small", wrap=True)
        self.preview = PreviewView()
        self.options = Options(reader, site)
        self.run = RunRow()
        self.result = ResultView()
        self._lay_out()
        self.say("", "small")

    def offer_models(self, cards: Sequence[ModelCard], place: int) -> None:
        """List the models; one of them is chosen."""
        blocked = self.models.blockSignals(True)
        self.models.clear()
        self.models.addItems([f"{card.name} {card.version}" for card in cards])
        self.models.setCurrentIndex(place)
        self.models.blockSignals(blocked)

    def say(self, words: str, role: str) -> None:
        """Say below the folder what is wrong with it, or that it is looked into."""
        widgets.set_role(self.looking, role)
        self.looking.setText(words)
        self.looking.setVisible(bool(words))

    def show_result(self) -> None:
        """Scroll to the result, once it has its size."""
        QTimer.singleShot(0, self, self._scroll_to_result)

    def _scroll_to_result(self) -> None:
        self._scroll.verticalScrollBar().setValue(self.result.y())

    def lock(self, *, locked: bool) -> None:
        """Let nothing be changed while a validation runs."""
        for part in (self.models, self.folder, self.options, self.preview.split):
            part.setEnabled(not locked)
        self.setAcceptDrops(not locked)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 (Qt's name)
        """Take a folder, or the labels.csv in it."""
        if local_paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 (Qt's name)
        """Look into what was dropped."""
        paths = [Path(path) for path in local_paths(event.mimeData())]
        if paths:
            event.acceptProposedAction()
            first = paths[0]
            self.folder_dropped.emit(first if first.is_dir() else first.parent)

    def _lay_out(self) -> None:
        inside = QWidget()
        body = widgets.column(
            widgets.label("Model", "small"),
            self.models,
            4,
            widgets.label("Labelled films of this site", "small"),
            self.folder,
            self.looking,
            self.preview,
            4,
            self.options,
            self.run,
            self.result,
            None,
            spacing=8,
        )
        body.setContentsMargins(16, 12, 16, 16)
        inside.setLayout(body)
        self._scroll = scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        layout = widgets.column(self.head, widgets.line(), spacing=0)
        layout.addWidget(scroll, 1)
        self.setLayout(layout)
        self.setFocusProxy(self.folder.choose)
