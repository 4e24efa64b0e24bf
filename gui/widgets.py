"""Small building blocks every panel uses: labels, key hints, lines, buttons."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from gui import icons, tokens


def label(text: str = "", role: str = "", *, wrap: bool = False) -> QLabel:
    """Return a plain-text label; Qt guesses rich text unless it is told not to."""
    made = QLabel()
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setText(text)
    made.setWordWrap(wrap)
    if role:
        made.setProperty("role", role)
    return made


def set_role(widget: QWidget, role: str) -> None:
    """Give a widget another look of the style sheet."""
    if widget.property("role") != role:
        widget.setProperty("role", role)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def key_hint(text: str) -> QLabel:
    """Return a key cap such as ``C`` or ``Ctrl Z``."""
    made = label(text, "key")
    made.setAlignment(Qt.AlignmentFlag.AlignCenter)
    made.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return made


def icon_label(name: str, color: str = tokens.TEXT_2, size: int = 16) -> QLabel:
    """Return a label that shows an icon."""
    made = QLabel()
    made.setFixedSize(size, size)
    show_icon(made, name, color, size)
    return made


def show_icon(target: QLabel, name: str, color: str, size: int = 16) -> None:
    """Put an icon into a label, sharp at the screen's scale factor."""
    target.setPixmap(icons.pixmap(name, color, size, target.devicePixelRatioF()))


def line() -> QFrame:
    """Return a horizontal hairline."""
    made = QFrame()
    made.setProperty("role", "line")
    made.setFixedHeight(1)
    return made


def rule(height: int = 20) -> QFrame:
    """Return a vertical hairline."""
    made = QFrame()
    made.setProperty("role", "rule")
    made.setFixedSize(1, height)
    return made


def row(*items: QWidget | int | None, spacing: int = 8) -> QHBoxLayout:
    """Return a row: widgets, fixed gaps (int, px), or None for a stretch."""
    layout = QHBoxLayout()
    _fill(layout, items, spacing)
    return layout


def column(*items: QWidget | int | None, spacing: int = 4) -> QVBoxLayout:
    """Return a column: widgets, fixed gaps (int, px), or None for a stretch."""
    layout = QVBoxLayout()
    _fill(layout, items, spacing)
    return layout


def _fill(
    layout: QBoxLayout, items: Iterable[QWidget | int | None], spacing: int
) -> None:
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)
    for item in items:
        if item is None:
            layout.addStretch(1)
        elif isinstance(item, int):
            layout.addSpacing(item)
        else:
            layout.addWidget(item)


class ElidedLabel(QLabel):
    """A one-line label that shortens its text with an ellipsis, never its box.

    The whole text stays in the tooltip and in the accessible name.
    """

    def __init__(self, text: str = "", role: str = "") -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        if role:
            self.setProperty("role", role)
        self.setText(text)

    def setText(self, text: str) -> None:  # noqa: N802 (Qt's name)
        """Show `text`, shortened where the label is too narrow."""
        super().setText(text)
        self.setAccessibleName(text)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        """Allow the label to shrink to an ellipsis."""
        return QSize(24, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """Paint the text, elided to the width there is."""
        painter = QPainter(self)
        shown = QFontMetrics(self.font()).elidedText(
            self.text(), Qt.TextElideMode.ElideRight, self.width()
        )
        self.setToolTip(self.text() if shown != self.text() else "")
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), int(self.alignment()), shown)
        painter.end()


def tag(text: str, role: str) -> QLabel:
    """Return a small framed tag such as ``AI``."""
    made = label(text, role)
    made.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return made


class HintButton(QPushButton):
    """A button with an icon, its word and its key on it."""

    def __init__(
        self, text: str, key: str = "", icon_name: str = "", color: str = tokens.TEXT_1
    ) -> None:
        super().__init__()
        self._word = label(text)
        self._key = key_hint(key)
        self._icon = icon_label(icon_name or "check", color, 18)
        # Only ever hidden here: a part that is shown before it has a parent
        # would flash up as a window and take the focus.
        if not icon_name:
            self._icon.hide()
        if not key:
            self._key.hide()
        self._row = row(None, self._icon, self._word, self._key, None)
        self.setLayout(self._row)
        self.set_dense(dense=False)
        for part in (self._word, self._key, self._icon):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setMinimumHeight(tokens.MINIMUM_TARGET)
        self.setAccessibleName(f"{text}, key {key}" if key else text)

    def set_word(self, text: str, icon_name: str = "") -> None:
        """Change the word, and the icon where one is named."""
        self._word.setText(text)
        if icon_name:
            show_icon(self._icon, icon_name, tokens.TEXT_1, 18)
        self.setAccessibleName(text)
        self.updateGeometry()

    def set_dense(self, *, dense: bool) -> None:
        """Take less room, in a narrow dock."""
        margin = 3 if dense else 8
        self._row.setContentsMargins(margin, 0, margin, 0)
        self._row.setSpacing(4 if dense else 8)
        set_role(self._word, "dense" if dense else "")
        self.updateGeometry()

    def word(self) -> str:
        """Return the word on the button."""
        return self._word.text()

    def setEnabled(self, enabled: bool) -> None:  # noqa: N802 (Qt's name)
        """Grey out the word and the key with the button."""
        super().setEnabled(enabled)
        for part in (self._word, self._key, self._icon):
            part.setEnabled(enabled)

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        """Be as wide as the parts, not as the button's empty text."""
        layout = self.layout()
        assert layout is not None
        return layout.sizeHint().expandedTo(QSize(0, tokens.MINIMUM_TARGET))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        """Never cut the word off."""
        return self.sizeHint()


def clear(layout: QLayout) -> None:
    """Take all out of a layout, layouts within it included, and delete it."""
    while (item := layout.takeAt(0)) is not None:
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            # Hidden first: a layout shows new widgets by a queued call, and one
            # that has no parent by then would flash up as a window.
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()
        elif inner is not None:
            clear(inner)
            inner.deleteLater()
