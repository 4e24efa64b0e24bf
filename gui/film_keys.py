"""The keyboard of one film: boxes and measurements, slices, and what is held."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent

from gui.box_keys import BoxKeys
from gui.mouse_canvas import MouseCanvas

_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
_MANY = 10


class FilmKeys(QObject):
    """Acts on the keys that the film takes, before shortcuts see them.

    Signals
    -------
    step_asked(int)
        Arrow keys: so many images on.
    edge_asked(bool)
        Home or End: to the first image, or (True) to the last.
    beneath_held(bool)
        Space is held, or no longer.
    """

    step_asked = Signal(int)
    edge_asked = Signal(bool)
    beneath_held = Signal(bool)

    def __init__(self, canvas: MouseCanvas, parent: QObject) -> None:
        super().__init__(parent)
        self.boxes = BoxKeys(canvas)

    def comes_first(self, event: QKeyEvent) -> bool:
        """Whether no shortcut and no next control may take a key."""
        if event.type() == QEvent.Type.ShortcutOverride and self.boxes.wants(event):
            event.accept()
            return True
        # Tab would lead to the next control before `keyPressEvent` sees it.
        return event.type() == QEvent.Type.KeyPress and self.boxes.tab(event)

    def press(self, event: QKeyEvent) -> bool:
        """Hold Space to see beneath, move boxes, step; whether it was a key of ours."""
        if event.key() == Qt.Key.Key_Space and not event.modifiers():
            if not event.isAutoRepeat():
                self.beneath_held.emit(True)
            return True
        return self.boxes.press(event) or self._step(event)

    def release(self, event: QKeyEvent) -> bool:
        """End what a held key did; whether it was a key of ours."""
        if event.isAutoRepeat():
            return True
        if event.key() == Qt.Key.Key_Space:
            self.beneath_held.emit(False)
            return True
        return self.boxes.release(event)

    def let_go(self) -> None:
        """Let go of a held key, whose release would go elsewhere."""
        self.beneath_held.emit(False)
        self.boxes.finish()

    def _step(self, event: QKeyEvent) -> bool:
        """Go through the stack by arrows, ten by ten with Shift, and to its ends."""
        key, held = Qt.Key(event.key()), event.modifiers()
        plain = held & ~Qt.KeyboardModifier.KeypadModifier
        if plain & ~Qt.KeyboardModifier.ShiftModifier:
            return False
        if key in _STEPS:
            many = bool(plain & Qt.KeyboardModifier.ShiftModifier)
            self.step_asked.emit(_STEPS[key] * (_MANY if many else 1))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.edge_asked.emit(key == Qt.Key.Key_End)
        else:
            return False
        return True
