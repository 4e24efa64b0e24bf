"""Who reads, and how large the text is."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from gui import theme
from gui.main_window import MainWindow
from gui.name_dialog import NameDialog
from gui.settings import Settings


class Comfort(QObject):
    """Commands that change settings.

    Signals
    -------
    reader_renamed(str)
        What is decided from now on is signed with this name.
    text_turned()
        The text has another size.
    """

    reader_renamed = Signal(str)
    text_turned = Signal()

    def __init__(self, window: MainWindow, settings: Settings) -> None:
        super().__init__(window)
        self._window = window
        self._settings = settings
        for action_id, slot in {
            "reader": self._on_reader,
            "text-larger": self._on_larger,
            "text-smaller": self._on_smaller,
        }.items():
            window.commands[action_id].triggered.connect(slot)
        window.top.show_reader(settings.reader)
        if settings.text_scale > 1.0:
            self._apply_text_scale()

    def _on_reader(self) -> None:
        dialog = NameDialog(self._settings.reader, self._window)
        dialog.named.connect(self._on_named)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_named(self, name: str) -> None:
        self._settings.reader = name
        self._window.top.show_reader(self._settings.reader)
        self.reader_renamed.emit(self._settings.reader)

    def _on_larger(self) -> None:
        self._turn_text(1)

    def _on_smaller(self) -> None:
        self._turn_text(-1)

    def _turn_text(self, by: int) -> None:
        scales, now = theme.TEXT_SCALES, self._settings.text_scale
        near = min(range(len(scales)), key=lambda place: abs(scales[place] - now))
        self._settings.text_scale = scales[min(max(near + by, 0), len(scales) - 1)]
        self._apply_text_scale()

    def _apply_text_scale(self) -> None:
        scale = self._settings.text_scale
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        theme.apply(application, scale)
        self._window.set_text_scale(scale)
        self.text_turned.emit()
        self._window.status.say(f"Text {round(scale * 100)} %")
