"""Where an export goes: the folder, remembered, and a way to choose another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QWidget

from gui import tokens, widgets
from gui.settings import Settings

ChooseFolder = Callable[[QWidget, Path], Path | None]


class FolderCard(QWidget):
    """The folder with a button to change it.

    Parameters
    ----------
    choose
        Asks for a folder, starting at one; None for the system's dialog.
    """

    changed = Signal()

    def __init__(self, settings: Settings, choose: ChooseFolder | None = None) -> None:
        super().__init__()
        self._settings = settings
        self._choose = choose or _ask
        self._folder = _start(settings)
        self.line = widgets.ElidedLabel(str(self._folder), "strong")
        self.change = QPushButton("Change…")
        self.change.setAccessibleName("Change the folder")
        self.change.clicked.connect(self._on_change)
        self.setProperty("role", "card")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        words = widgets.column(
            self.line, widgets.label("Nothing is sent anywhere", "small")
        )
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.addWidget(widgets.icon_label("folder", tokens.TEXT_1, 20))
        layout.addLayout(words, 1)
        layout.addWidget(self.change)

    @property
    def folder(self) -> Path:
        """The folder; it need not be there yet."""
        return self._folder

    def remember(self) -> None:
        """Offer this folder again at the next export."""
        self._settings.export_folder = str(self._folder)

    def _on_change(self) -> None:
        chosen = self._choose(self, self._folder)
        if chosen is None:
            return
        self._folder = chosen
        self.line.setText(str(chosen))
        self.remember()
        self.changed.emit()


def _start(settings: Settings) -> Path:
    """Return the folder of the last export, else one of our own in Documents."""
    if settings.export_folder:
        return Path(settings.export_folder)
    documents = QStandardPaths.writableLocation(
        QStandardPaths.StandardLocation.DocumentsLocation
    )
    return Path(documents or Path.home()) / "Overread exports"


def _ask(parent: QWidget, start: Path) -> Path | None:
    near = start if start.is_dir() else start.parent
    chosen = QFileDialog.getExistingDirectory(parent, "Export to folder", str(near))
    return Path(chosen) if chosen else None
