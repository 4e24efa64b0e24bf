"""The research banner. No setting hides it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gui import tokens, widgets

HEADLINE = "RESEARCH USE ONLY"
SENTENCE = "Not for diagnosis. Every exported object carries this notice."


class Banner(QWidget):
    """A fixed strip under the top bar."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("banner")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(tokens.BANNER_HEIGHT)
        self.setAccessibleName(f"{HEADLINE}. {SENTENCE}")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 0, 12, 0)
        layout.setSpacing(8)
        layout.addStretch(1)
        layout.addWidget(widgets.icon_label("warning", tokens.BANNER_TEXT, 16))
        layout.addWidget(widgets.label(HEADLINE, "strong"))
        layout.addWidget(widgets.label(SENTENCE))
        layout.addStretch(1)
