"""Measuring without the mouse: which key does what, and when it is ours."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from gui.keys_of_film import ARROWS, image_way, is_arrow, is_enter, reach
from gui.mouse_canvas import MouseCanvas

_TABS = (Qt.Key.Key_Tab, Qt.Key.Key_Backtab)


class MeasureKeys:
    """Enter places a measurement in the middle of the view, and takes it over.

    Arrows move the point in hand by 1 px of the image, with Shift by 10; Tab goes
    to the next point, after the last to all of them. Of a measurement that is
    chosen, arrows move the whole, Enter takes its points in hand, Delete removes
    it; Esc steps back.
    """

    def __init__(self, canvas: MouseCanvas) -> None:
        self._canvas = canvas

    def wants(self, event: QKeyEvent) -> bool:
        """Whether a key is for a measurement now, and no shortcut may take it."""
        canvas, key = self._canvas, Qt.Key(event.key())
        if canvas.image is None or canvas.drawing or not canvas.measures.isVisible():
            return False
        hands = canvas.hands
        typed = hands.draft is not None and hands.draft.complete
        chosen = canvas.measures.selected is not None
        if key == Qt.Key.Key_Escape:
            return hands.busy
        if key in _TABS:
            return typed
        if is_enter(event):
            return hands.kind is not None or hands.busy
        if key == Qt.Key.Key_Delete:
            return chosen
        # Ctrl+arrows change the image.
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        moves = typed or (chosen and hands.draft is None)
        return moves and is_arrow(event) and not control

    def press(self, event: QKeyEvent) -> bool:
        """Act on a key; whether it was for a measurement."""
        if not self.wants(event):
            return False
        hands, key = self._canvas.hands, Qt.Key(event.key())
        if key == Qt.Key.Key_Escape:
            self._canvas.cancel()
        elif key in _TABS:
            hands.turn(-1 if key == Qt.Key.Key_Backtab else 1)
        elif key == Qt.Key.Key_Delete:
            hands.remove()
        elif key in ARROWS:
            down, right = image_way(self._canvas.view, *ARROWS[key])
            hands.nudge(down * reach(event), right * reach(event))
        else:
            hands.enter()
        return True

    def tab(self, event: QKeyEvent) -> bool:
        """Act on Tab alone: it goes to the next control unless it is for us."""
        return Qt.Key(event.key()) in _TABS and self.press(event)

    def release(self, event: QKeyEvent) -> bool:
        """Tell of a measurement moved by the arrow that was let go."""
        return Qt.Key(event.key()) in ARROWS and self._canvas.hands.finish_nudge()

    def finish(self) -> None:
        """Hand over what the arrows moved."""
        self._canvas.hands.finish_nudge()
