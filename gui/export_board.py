"""The parts of the export sheet and where they stand (05-sign.png)."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QProgressBar,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from gui import sheet_parts, tokens, widgets
from gui.export_folder import FolderCard
from gui.export_marks import MarkSection
from gui.export_objects import ObjectList
from gui.export_table import ExportTable
from gui.sheet_head import SheetHead
from gui.tick_box import TickBox


class ExportBoard(QWidget):
    """Head, findings, marks, objects, folder and buttons; says nothing by itself.

    Parameters
    ----------
    place
        Asks for the folder.
    """

    def __init__(self, place: FolderCard, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.place = place
        self.setAccessibleName("Export")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.head = SheetHead("Export")
        self.saved = widgets.label("", "small")
        self.summary = widgets.label("", "small")
        self.verdict = widgets.label("", "small")
        self.table = ExportTable()
        self.nothing = widgets.label(
            "No findings. The export says what AI did; it is not a normal report.",
            "small",
            wrap=True,
        )
        self.nothing.setContentsMargins(16, 8, 16, 8)
        self.leave = TickBox()
        self.marks = MarkSection()
        self.objects = ObjectList()
        self.confirm = TickBox()
        self.note = widgets.label("", "small", wrap=True)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Export progress")
        self.back = widgets.HintButton("Back to film", "Esc")
        self.go = widgets.HintButton("Export", "Ctrl ↵", "export")
        self.go.setProperty("role", "primary")
        for button in (self.back, self.go):
            button.setFixedHeight(tokens.BUTTON_HEIGHT)
        self._lay_out()

    def _lay_out(self) -> None:
        inside = QWidget()
        body = QVBoxLayout(inside)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(0)
        body.addWidget(sheet_parts.section("Findings", self.summary, self.verdict))
        body.addWidget(self.table)
        body.addWidget(self.nothing)
        body.addLayout(sheet_parts.padded(self.leave))
        body.addWidget(self.marks)
        checked = widgets.label("Checked before it is named: read back", "small")
        body.addWidget(sheet_parts.section("Objects", None, checked))
        body.addWidget(self.objects)
        body.addWidget(sheet_parts.section("Save to", None, None))
        body.addLayout(sheet_parts.padded(self.place))
        body.addLayout(sheet_parts.padded(self.confirm))
        body.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for part in (self.head, widgets.line(), scroll, widgets.line()):
            layout.addWidget(part)
        layout.setStretchFactor(scroll, 1)
        head = self.head.layout()
        assert isinstance(head, QHBoxLayout)
        head.insertWidget(1, self.saved)
        layout.addWidget(self.progress)
        layout.addLayout(sheet_parts.footer(self.note, self.back, self.go))

    def say(self, text: str, role: str) -> None:
        """Say something beside the buttons, in the tone of a role."""
        self.note.setText(text)
        self.note.setAccessibleName(text)
        widgets.set_role(self.note, role)
