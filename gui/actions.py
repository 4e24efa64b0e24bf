"""The commands of the window as `QAction`, made from `gui.action_specs`."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from gui import icons
from gui.action_specs import ONCE, SPECS, ActionSpec, Group

_BY_ID = {spec.id: spec for spec in SPECS}


def key_text(keys: str) -> str:
    """Return a key as it is written on screen: ``Ctrl+Return`` -> ``Ctrl ↵``."""
    if keys in {"Ctrl++", "Ctrl+-"}:
        return "Ctrl " + keys[-1]
    words = {"Return": "↵", "Left": "←", "Right": "→", "Up": "↑", "Down": "↓"}
    return " ".join(words.get(part, part) for part in keys.split("+"))


class ActionRegistry(QObject):
    """The commands as `QAction`, by id."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._actions: dict[str, QAction] = {}
        self._tools = QActionGroup(self)
        for spec in SPECS:
            self._actions[spec.id] = self._made(spec, window)

    def __getitem__(self, action_id: str) -> QAction:
        return self._actions[action_id]

    def hint(self, action_id: str) -> str:
        """Return the first key of a command as written on screen, or ""."""
        keys = self.spec(action_id).keys
        return key_text(keys[0]) if keys else ""

    def spec(self, action_id: str) -> ActionSpec:
        """Return the definition of a command; KeyError if there is none."""
        return _BY_ID[action_id]

    def enable(self, action_ids: Iterable[str], *, on: bool) -> None:
        """Enable or disable several commands."""
        for action_id in action_ids:
            self._actions[action_id].setEnabled(on)

    def menu(self, parent: QWidget, skip: Iterable[str] = ()) -> QMenu:
        """Return a menu of all commands, one submenu a group."""
        menu = QMenu(parent)
        left_out = set(skip)
        for group in Group:
            sub = menu.addMenu(group.value)
            for spec in SPECS:
                if spec.group is group and not spec.held and spec.id not in left_out:
                    sub.addAction(self._actions[spec.id])
        return menu

    def short_menu(self, parent: QWidget, action_ids: Iterable[str | None]) -> QMenu:
        """Return a menu of some commands; None is a separator."""
        menu = QMenu(parent)
        for action_id in action_ids:
            if action_id is None:
                menu.addSeparator()
            else:
                menu.addAction(self._actions[action_id])
        return menu

    def _made(self, spec: ActionSpec, window: QWidget) -> QAction:
        action = QAction(spec.text, window)
        action.setObjectName(spec.id)
        if spec.keys and not spec.held:
            action.setShortcuts([QKeySequence(key) for key in spec.keys])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setAutoRepeat(spec.id not in ONCE)
        action.setCheckable(spec.checkable)
        if spec.icon:
            action.setIcon(icons.icon(spec.icon))
        hint = key_text(spec.keys[0]) if spec.keys else ""
        action.setToolTip(f"{spec.text}  {hint}" if hint else spec.text)
        if spec.id.startswith("tool-"):
            self._tools.addAction(action)
        window.addAction(action)
        return action
