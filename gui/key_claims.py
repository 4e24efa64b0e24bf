"""Keys that a part of the window answers itself, before the window's commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from PySide6.QtCore import QEvent, QKeyCombination, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

Answers: TypeAlias = Mapping[str, Callable[[], object]]

MOVING = frozenset(
    (
        Qt.Key.Key_Up,
        Qt.Key.Key_Down,
        Qt.Key.Key_Left,
        Qt.Key.Key_Right,
        Qt.Key.Key_Home,
        Qt.Key.Key_End,
        Qt.Key.Key_PageUp,
        Qt.Key.Key_PageDown,
    )
)
"""Keys that move in a list; in the window some of them change slice or study."""
_LETTER_MODIFIERS = (
    Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
)


def key_name(event: QKeyEvent) -> str:
    """Return the key as ``Ctrl+C``, ``Return`` or the character it types.

    A ``/`` is a ``/`` on every keyboard, whatever has to be held for it. Enter on
    the number pad is ``Return``.
    """
    held = event.modifiers()
    if event.key() == Qt.Key.Key_Enter:
        return "Return"
    text = event.text()
    typed = len(text) == 1 and text.isprintable() and text != " "
    if typed and not held & ~_LETTER_MODIFIERS:
        return text.upper()
    held &= ~Qt.KeyboardModifier.KeypadModifier
    combination = QKeyCombination(held, Qt.Key(event.key()))
    return QKeySequence(combination).toString(QKeySequence.SequenceFormat.PortableText)


class KeyClaims(QObject):
    """Answers keys of one widget that would else reach the window's commands.

    Parameters
    ----------
    widget
        Whose keys: those pressed while it has the focus.
    answers
        Key as in `key_name` -> what to do.
    moving
        Leave the keys that move in a list to the widget.
    """

    def __init__(
        self, widget: QWidget, answers: Answers, *, moving: bool = False
    ) -> None:
        super().__init__(widget)
        self._answers = dict(answers)
        self._moving = moving
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        """Claim a key first, then answer it."""
        if not isinstance(event, QKeyEvent):
            return False
        answer = self._answers.get(key_name(event))
        if event.type() == QEvent.Type.ShortcutOverride:
            plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
            if answer or (self._moving and plain and event.key() in MOVING):
                event.accept()
                return True
        elif event.type() == QEvent.Type.KeyPress and answer:
            answer()
            return True
        return False
