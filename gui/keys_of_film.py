"""The keys that boxes and measurements share: arrows, Enter, how far to go."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from gui.view_geometry import ViewGeometry

ARROWS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}
"""(down, right) on the screen that an arrow leads."""

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


def image_way(view: ViewGeometry, down: int, right: int) -> tuple[int, int]:
    """Return the step in (rows, columns) that leads this way on the screen.

    By the view's own map, so that an arrow goes where it points on an image that is
    shown turned or mirrored; 1 or -1 each, whatever the scale.
    """
    row, column = view.view_to_image(0.0, 0.0)
    to_row, to_column = view.view_to_image(float(right), float(down))
    return _sign(to_row - row), _sign(to_column - column)


def _sign(way: float) -> int:
    return 0 if abs(way) < 1e-9 else 1 if way > 0 else -1
