"""What stands at the window's right edge, in docks that cannot be dragged."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QVBoxLayout, QWidget


class SheetBox(QWidget):
    """Holds one sheet at a time; sheets outlive their time in it."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "sheet")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)

    def put(self, sheet: QWidget) -> None:
        """Take a sheet in."""
        sheet.setParent(self)
        self._layout.addWidget(sheet)

    def take(self, sheet: QWidget) -> None:
        """Let a sheet go, hidden."""
        self._layout.removeWidget(sheet)
        sheet.hide()
        sheet.setParent(None)


def docked(window: QMainWindow, name: str) -> QDockWidget:
    """Return a hidden dock at the right edge, without title or handle."""
    made = QDockWidget(window)
    made.setObjectName(name)
    made.setTitleBarWidget(QWidget())
    made.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
    made.hide()
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, made)
    return made
