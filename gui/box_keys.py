"""Boxes by keyboard: place, move and size one without the mouse."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from gui.box_edit import SMALLEST, dragged, shifted
from gui.keys_of_film import ARROWS, ENTER, image_way, is_arrow, is_enter, reach
from gui.measure_keys import MeasureKeys
from gui.mouse_canvas import MouseCanvas
from review.decision import Box

_FIRST_SHARE = 0.25
"""Side of a box placed by Enter, as a share of what is in view."""


class BoxKeys:
    """Arrows move a box by 1 px of the image, with Shift by 10; Ctrl sizes it.

    While a box is asked for, Enter places one in the middle of the view and
    takes it over when pressed again; Esc steps back. Keys that a measurement has
    a use for go there (`gui.measure_keys`).
    """

    def __init__(self, canvas: MouseCanvas) -> None:
        self._canvas = canvas
        self._measures = MeasureKeys(canvas)
        self._edited: tuple[str, Box] | None = None

    def wants(self, event: QKeyEvent) -> bool:
        """Whether a key is for a box or a measurement, and no shortcut may take it."""
        return self._measures.wants(event) or self._is_for_box(event)

    def _is_for_box(self, event: QKeyEvent) -> bool:
        canvas = self._canvas
        if Qt.Key(event.key()) == Qt.Key.Key_Escape:
            return canvas.drawing or canvas.outlines.rubber is not None
        if canvas.drawing:
            return is_enter(event) or is_arrow(event)
        return is_arrow(event) and canvas.outlines.editable() is not None

    def press(self, event: QKeyEvent) -> bool:
        """Act on a key; whether it was for a box or a measurement."""
        if self._measures.press(event):
            return True
        if not self._is_for_box(event):
            return False
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape:
            self._canvas.cancel()
        elif key in ENTER:
            self._enter()
        else:
            self._arrow(event)
        return True

    def tab(self, event: QKeyEvent) -> bool:
        """Act on Tab inside a measurement; whether it was for one."""
        return self._measures.tab(event)

    def release(self, event: QKeyEvent) -> bool:
        """Tell of what was moved by the arrow that was let go."""
        if self._measures.release(event):
            return True
        if Qt.Key(event.key()) not in ARROWS or self._edited is None:
            return False
        self.finish()
        return True

    def finish(self) -> None:
        """Hand over what the arrows moved."""
        self._measures.finish()
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
        view = self._canvas.view
        down, right = image_way(view, *ARROWS[Qt.Key(event.key())])
        d_row, d_column = down * reach(event), right * reach(event)
        sizing = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        # The corner that lies at the lower right of the screen.
        lower, righter = image_way(view, 1, 1)
        corner = ("s" if lower > 0 else "n") + ("e" if righter > 0 else "w")
        handle = corner if sizing else "move"
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
