"""The tool rail at the left edge: icons with their keys."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from gui import icons, theme, tokens, widgets
from gui.action_specs import RAIL
from gui.actions import ActionRegistry


class ToolRail(QWidget):
    """One button a command; the tools' buttons stay pressed while chosen."""

    def __init__(self, actions: ActionRegistry) -> None:
        super().__init__()
        self.setObjectName("rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Tools")
        self.buttons: dict[str, RailButton] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 6, 0, 6)
        self._layout.setSpacing(0)
        for number, group in enumerate(RAIL):
            if number:
                self._layout.addSpacing(3)
                line = widgets.line()
                line.setFixedWidth(20)
                self._layout.addWidget(line, 0, Qt.AlignmentFlag.AlignHCenter)
                self._layout.addSpacing(3)
            for action_id in group:
                button = RailButton(
                    actions[action_id],
                    actions.spec(action_id).icon,
                    actions.hint(action_id),
                )
                self.buttons[action_id] = button
                self._layout.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        self._layout.addStretch(1)
        self.set_compact(compact=False)

    def set_compact(self, *, compact: bool) -> None:
        """Take less room on a small screen."""
        self.setFixedWidth(40 if compact else tokens.RAIL_WIDTH)
        for button in self.buttons.values():
            button.setFixedSize(34 if compact else 38, 32 if compact else 38)


class RailButton(QToolButton):
    """An icon with its key small in the corner."""

    def __init__(self, action: QAction, icon: str, key: str) -> None:
        super().__init__()
        self._icon = icon
        # A key with Ctrl does not fit; the tooltip has it.
        self._key = "" if key.startswith("Ctrl") else key.replace("Shift ", "⇧")
        self._action = action
        self.setIconSize(QSize(20, 20))
        self.setCheckable(action.isCheckable())
        self.setAccessibleName(action.toolTip())
        self.setToolTip(action.toolTip())
        self.clicked.connect(self._on_clicked)
        action.changed.connect(self._on_action_changed)
        action.toggled.connect(self._on_action_changed)
        self._on_action_changed()

    def _on_clicked(self) -> None:
        self._action.trigger()
        self._on_action_changed()

    def _on_action_changed(self) -> None:
        chosen = self._action.isCheckable() and self._action.isChecked()
        self.setChecked(chosen)
        self.setEnabled(self._action.isEnabled())
        color = tokens.TEXT_1 if chosen else tokens.TEXT_2
        self.setIcon(icons.icon(self._icon, color))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """Paint the button, the key, and a bar at the left while chosen."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setFont(theme.font(9, weight=500))
        enabled = self.isEnabled()
        painter.setPen(QColor(tokens.TEXT_3 if enabled else tokens.CONTROL_EDGE))
        painter.drawText(
            self.rect().adjusted(0, 0, -3, -2),
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom,
            self._key,
        )
        if self.isChecked():
            painter.fillRect(0, 5, 3, self.height() - 10, QColor(tokens.FOCUS))
        painter.end()
