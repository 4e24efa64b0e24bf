"""Boxes by keyboard: place, move and size one without the mouse."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from gui.box_edit import SMALLEST, dragged, shifted
from gui.mouse_canvas import MouseCanvas
from review.decision import Box

_ARROWS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_FIRST_SHARE = 0.25
"""Side of a box placed by Enter, as a share of what is in view."""


class BoxKeys:
    """Arrows move a box by 1 px of the image, with Shift by 10; Ctrl sizes it.

    While a box is asked for, Enter places one in the middle of the view and
    takes it over when pressed again; Esc steps back.
    """

    def __init__(self, canvas: MouseCanvas) -> None:
        self._canvas = canvas
        self._edited: tuple[str, Box] | None = None

    def wants(self, event: QKeyEvent) -> bool:
        """Whether a key is for a box now, and no shortcut may take it."""
        key = Qt.Key(event.key())
        canvas = self._canvas
        if key == Qt.Key.Key_Escape:
            return canvas.drawing or canvas.outlines.rubber is not None
        if canvas.drawing:
            return self._is_enter(event) or self._is_arrow(event)
        return self._is_arrow(event) and canvas.outlines.editable() is not None

    @staticmethod
    def _is_enter(event: QKeyEvent) -> bool:
        # Ctrl+Enter exports.
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        return Qt.Key(event.key()) in _ENTER and not control

    @staticmethod
    def _is_arrow(event: QKeyEvent) -> bool:
        # Alt+arrows set the window.
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        return Qt.Key(event.key()) in _ARROWS and not alt

    def press(self, event: QKeyEvent) -> bool:
        """Act on a key; whether it was for a box."""
        if not self.wants(event):
            return False
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape:
            self._canvas.cancel()
        elif key in _ENTER:
            self._enter()
        else:
            self._arrow(event)
        return True

    def release(self, event: QKeyEvent) -> bool:
        """Tell of a box moved by the arrow that was let go."""
        if Qt.Key(event.key()) not in _ARROWS or self._edited is None:
            return False
        self.finish()
        return True

    def finish(self) -> None:
        """Hand a moved box over."""
        edited, self._edited = self._edited, None
        if edited is not None:
            self._canvas.finish_moved(*edited)

    def _enter(self) -> None:
        rubber = self._canvas.outlines.rubber
        if rubber is None:
            self._canvas.show_rubber(self._first_box())
        else:
            self._canvas.finish_rubber(rubber)

    def _first_box(self) -> Box:
        view = self._canvas.view
        row, column = view.center
        side = _FIRST_SHARE * min(view.height, view.width) / view.scale
        side = max(min(side, view.rows, view.columns), SMALLEST)
        box = Box(row - side / 2, column - side / 2, side, side)
        return shifted(box, 0, 0, view.rows, view.columns)

    def _arrow(self, event: QKeyEvent) -> None:
        modifiers = event.modifiers()
        reach = 10 if modifiers & Qt.KeyboardModifier.ShiftModifier else 1
        view = self._canvas.view
        orientation = view.orientation
        down, right = _ARROWS[Qt.Key(event.key())]
        d_row, d_column = (reach * way for way in orientation.image_way(down, right))
        sizing = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        # The corner that lies at the lower right of the screen.
        corner = orientation.image_way(1, 1)
        names = "s" if corner[0] > 0 else "n", "e" if corner[1] > 0 else "w"
        handle = "".join(names) if sizing else "move"
        if self._canvas.drawing:
            box = self._canvas.outlines.rubber or self._first_box()
            self._canvas.show_rubber(
                dragged(box, handle, d_row, d_column, view.rows, view.columns)
            )
            return
        outline = self._canvas.outlines.editable()
        assert outline is not None
        assert outline.box is not None
        box = self._edited[1] if self._edited is not None else outline.box
        box = dragged(box, handle, d_row, d_column, view.rows, view.columns)
        self._edited = outline.finding_uid, box
        self._canvas.show_moved(*self._edited)
