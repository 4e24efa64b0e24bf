"""The studies opened last, one key away, on the page without a film."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from gui import list_look, tokens, widgets
from gui.key_claims import KeyClaims
from gui.study_words import moment, patient_line, patient_name

if TYPE_CHECKING:
    from studies.indexed_study import IndexedStudy

MOST = 8
_WIDTH = 560


class RecentList(QWidget):
    """Up to eight studies; `1` to `8`, Enter or a click opens one.

    Signals
    -------
    chosen(IndexedStudy)
    """

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._studies: tuple[IndexedStudy, ...] = ()
        self.rows: list[RecentRow] = []
        self._title = widgets.label("Opened last", "title")
        self._layout = QVBoxLayout()
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(2)
        layout = widgets.column(self._title, spacing=8)
        layout.addLayout(self._layout)
        self.setLayout(layout)
        self.setAccessibleName("Studies opened last")
        self.hide()

    def show_studies(self, studies: Sequence[IndexedStudy]) -> None:
        """List studies, the last opened first; none hides the list."""
        self._studies = tuple(studies[:MOST])
        self.setFixedWidth(round(_WIDTH * list_look.text_scale()))
        widgets.clear(self._layout)
        self.rows = [
            RecentRow(study, number) for number, study in enumerate(self._studies, 1)
        ]
        for place, row in enumerate(self.rows):
            row.clicked.connect(partial(self.choose, place))
            KeyClaims(
                row,
                {
                    "Up": partial(self._focus, place - 1),
                    "Down": partial(self._focus, place + 1),
                    "Return": partial(self.choose, place),
                },
            )
            self._layout.addWidget(row)
        self.setVisible(bool(self.rows))

    def choose(self, place: int, _checked: bool = False) -> None:
        """Open a study by its place, counted from 0; none there does nothing."""
        if 0 <= place < len(self._studies):
            self.chosen.emit(self._studies[place])

    def take_focus(self) -> bool:
        """Give the first study the focus; False if there is none."""
        if not self.rows:
            return False
        self.rows[0].setFocus()
        return True

    def _focus(self, place: int) -> None:
        if 0 <= place < len(self.rows):
            self.rows[place].setFocus()


class RecentRow(QPushButton):
    """One study: its number, whose it is, what and when."""

    def __init__(self, study: IndexedStudy, number: int) -> None:
        super().__init__()
        self.setProperty("role", "flat")
        what = (
            study.description or " ".join(study.body_parts),
            " ".join(study.modalities),
        )
        words = " · ".join(part for part in what if part)
        day = moment(study.started_at).partition(",")[0]
        name = widgets.ElidedLabel(patient_name(study.patient), "strong")
        name.setFixedWidth(round(208 * list_look.text_scale()))
        about = widgets.ElidedLabel(words, "muted")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 0, 8, 0)
        layout.setSpacing(12)
        layout.addWidget(widgets.key_hint(str(number)))
        layout.addWidget(name)
        layout.addWidget(about, 1)
        layout.addWidget(widgets.label(day, "muted"))
        for part in self.findChildren(QWidget):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFixedHeight(round(tokens.BUTTON_HEIGHT * list_look.text_scale()))
        who = patient_line(study.patient).replace("   ", ", ")
        self.setAccessibleName(f"{number}, {who}, {words}, {day}")
