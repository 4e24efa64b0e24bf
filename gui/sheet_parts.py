"""Bars and margins that a sheet is made of."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gui import widgets


def section(title: str, beside: QWidget | None, right: QWidget | None) -> QWidget:
    """Return a bar with a title, words beside it and words at its right end."""
    bar = QWidget()
    bar.setProperty("role", "section")
    bar.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    layout = QHBoxLayout(bar)
    layout.setContentsMargins(16, 8, 16, 8)
    layout.addWidget(widgets.label(title, "strong"))
    if beside is not None:
        layout.addWidget(beside)
    layout.addStretch(1)
    if right is not None:
        layout.addWidget(right)
    return bar


def padded(part: QWidget) -> QHBoxLayout:
    """Return a part with the sheet's margins."""
    layout = QHBoxLayout()
    layout.setContentsMargins(16, 6, 16, 6)
    layout.addWidget(part)
    return layout


def footer(note: QWidget, back: QWidget, go: QWidget) -> QHBoxLayout:
    """Return the row of buttons, with a note to their left."""
    layout = QHBoxLayout()
    layout.setContentsMargins(16, 12, 16, 12)
    layout.setSpacing(8)
    layout.addWidget(note, 1)
    layout.addWidget(back)
    layout.addWidget(go)
    return layout
