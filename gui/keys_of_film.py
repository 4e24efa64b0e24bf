"""The keys that boxes and measurements share: arrows, Enter, how far to go."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

ARROWS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}
"""(rows, columns) that an arrow leads."""

ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


def is_enter(event: QKeyEvent) -> bool:
    """Whether this is Enter; Ctrl+Enter exports."""
    control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
    return Qt.Key(event.key()) in ENTER and not control


def is_arrow(event: QKeyEvent) -> bool:
    """Whether this is an arrow; Alt+arrows set the window."""
    alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
    return Qt.Key(event.key()) in ARROWS and not alt


def reach(event: QKeyEvent) -> int:
    """Return how many pixels of the image an arrow goes: 1, with Shift 10."""
    return 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
