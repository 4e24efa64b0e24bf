"""F1: all keys, from the registry of commands."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QScrollArea, QVBoxLayout, QWidget

from gui import widgets
from gui.action_specs import SPECS, Group
from gui.actions import ActionRegistry, key_text
from gui.sheet_head import SheetHead

_MOUSE = (
    ("Left drag", "The chosen tool; window and level at the start"),
    ("Right drag", "Window (across) and level (up and down)"),
    ("Middle drag", "Pan"),
    ("Wheel", "Slice by slice; on a single film, zoom"),
    ("Ctrl+wheel", "Zoom at the pointer"),
    ("Double click", "Fit; among several panes, enlarge"),
)


class KeySheet(QWidget):
    """Two columns of keys under their headings."""

    closed = Signal()

    def __init__(self, actions: ActionRegistry) -> None:
        super().__init__()
        head = SheetHead("Keys")
        head.closed.connect(self.closed)
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(16, 8, 16, 16)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(4)
        left = (Group.DECIDE, Group.AI, Group.MEASURE, Group.FILE, Group.STUDY)
        right = (Group.FILM, Group.LAYOUT, Group.WINDOW)
        for column, groups in enumerate((left, right)):
            part = widgets.column(spacing=4)
            for group in groups:
                self._add_group(part, group, actions)
            if column == 0:
                self._add_mouse(part)
            part.addStretch(1)
            grid.addLayout(part, 0, column)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(body)
        layout = widgets.column(head, widgets.line(), spacing=0)
        layout.addWidget(scroll, 1)
        self.setLayout(layout)
        self.setFocusProxy(scroll)

    def _add_group(
        self, part: QVBoxLayout, group: Group, actions: ActionRegistry
    ) -> None:
        part.addSpacing(8)
        part.addWidget(widgets.label(group.value, "title"))
        for spec in SPECS:
            used = spec.held or actions[spec.id].text().rsplit(": ")[-1] != "none"
            if spec.group is not group or not spec.keys or not used:
                continue
            words = widgets.label(actions[spec.id].text(), "muted")
            cap = widgets.key_hint(key_text(spec.keys[0]))
            part.addLayout(widgets.row(words, None, cap))

    def _add_mouse(self, part: QVBoxLayout) -> None:
        part.addSpacing(8)
        part.addWidget(widgets.label("Mouse", "title"))
        for gesture, words in _MOUSE:
            part.addLayout(
                widgets.row(widgets.label(words, "muted"), None, widgets.label(gesture))
            )
