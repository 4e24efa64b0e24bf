"""The strip over the films that offers earlier studies of the same patient."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from gui import icons, list_look, tokens, widgets
from gui.plain_tip import tip
from gui.study_words import is_later, moment

if TYPE_CHECKING:
    from studies.indexed_study import IndexedStudy
    from studies.model import Patient

_MOST = 3
_LARGE_TEXT = 1.5
_LONGEST = 22
OTHER_NAME = "Same ID, other name: not offered. Ask the sender which identity is right."
OTHER_BIRTH = (
    "Same ID, other birth date: not offered. Ask the sender which identity is right."
)
OTHER_FACTS = (
    "Same ID, other particulars: not offered. Ask the sender which identity is right."
)


class PriorOffer(QWidget):
    """``3 priors: CHEST PA 12 Mar 2024 …``; hidden where there is nothing to say.

    Signals
    -------
    prior_chosen(IndexedStudy)
        To be hung beside the current study.
    prior_left(IndexedStudy)
        A prior that hangs there is to be taken away.
    all_asked()
        The reader wants the list of all priors.
    """

    prior_chosen = Signal(object)
    prior_left = Signal(object)
    all_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "section")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._priors: tuple[IndexedStudy, ...] = ()
        self._began: datetime | None = None
        self._hung: frozenset[str] = frozenset()
        self.buttons: list[QPushButton] = []
        self.more = QPushButton()
        self.more.setProperty("role", "flat")
        self.more.setAccessibleName("All priors")
        self.more.clicked.connect(self.all_asked)
        self.close_button = _close_button()
        self.close_button.clicked.connect(self.hide)
        self._count = widgets.label("", "small")
        self._row = QHBoxLayout()
        self._row.setSpacing(6)
        self._glyph = widgets.icon_label("warning", tokens.WARNING, 16)
        self._warning = widgets.ElidedLabel("", "warning")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 4, 8, 4)
        layout.setSpacing(8)
        layout.addWidget(self._count)
        layout.addLayout(self._row)
        layout.addWidget(self.more)
        layout.addWidget(self._glyph)
        layout.addWidget(self._warning, 1)
        layout.addWidget(self.close_button)
        self.offer((), ())

    def offer(
        self,
        priors: Sequence[IndexedStudy],
        similar: Sequence[Patient],
        patient: Patient | None = None,
        began: datetime | None = None,
    ) -> None:
        """Offer priors, the newest first, then later studies; say who is not offered.

        Parameters
        ----------
        similar
            Patients of the same ID whose other facts differ.
        patient
            Whose study is on screen.
        began
            When that study was made: what was made after it is no prior.

        Raises
        ------
        ValueError
            If a prior is another patient's.
        """
        owners = {prior.patient for prior in priors}
        if patient is not None:
            owners.add(patient)
        if len(owners) > 1:
            raise ValueError("the priors belong to several patients")
        self._began = began
        self._priors = tuple(sorted(priors, key=self._is_later))
        self._hung = frozenset()
        self._show_buttons()
        words = refusal(patient, similar)
        self._warning.setText(words)
        self._glyph.setVisible(bool(words))
        self.setVisible(bool(priors or words))
        self.setAccessibleName(self.text())

    def set_hung(self, study_instance_uids: Sequence[str]) -> None:
        """Say which priors hang beside the current study."""
        self._hung = frozenset(study_instance_uids)
        self._show_buttons()

    def choose_first(self) -> None:
        """Y: hang the newest prior, or take it away again."""
        if self._priors:
            self._on_clicked(self._priors[0])

    def text(self) -> str:
        """Return all words of the strip."""
        shown = [button.accessibleName() for button in self.buttons]
        parts = [self._count.text(), *shown, self._warning.text()]
        return " ".join(part for part in parts if part)

    def _show_buttons(self) -> None:
        count = len(self._priors)
        later = sum(self._is_later(one) for one in self._priors)
        self._count.setText(count_words(count - later, later))
        widgets.clear(self._row)
        self.buttons = []
        # Large text leaves room for one; what is not offered has to be read too.
        most = _MOST if list_look.text_scale() < _LARGE_TEXT else 1
        for place, prior in enumerate(self._priors[:most]):
            button = self._button(prior, first=place == 0)
            button.clicked.connect(partial(self._on_clicked, prior))
            self.buttons.append(button)
            self._row.addWidget(button)
        left = count - len(self.buttons)
        self.more.setText(f"{left} more")
        self.more.setAccessibleName(f"{left} more priors")
        self.more.setVisible(left > 0)

    def _button(self, prior: IndexedStudy, *, first: bool) -> QPushButton:
        hung = prior.study_instance_uid in self._hung
        when = "Later: " if self._is_later(prior) else ""
        words = when + prior_words(prior)
        shown = when + prior_words(prior, _LONGEST)
        glyph = "check" if hung else ""
        button = widgets.HintButton(shown, "Y" if first else "", glyph)
        button.setCheckable(True)
        button.setChecked(hung)
        verb = "Take away" if hung else "Hang beside"
        key = ", key Y" if first else ""
        button.setAccessibleName(f"{verb}: {words}{key}")
        button.setToolTip(tip(f"{verb}: {words}{'  (Y)' if first else ''}"))
        return button

    def _is_later(self, prior: IndexedStudy) -> bool:
        return is_later(prior.started_at, self._began)

    def _on_clicked(self, prior: IndexedStudy, _checked: bool = False) -> None:
        hung = prior.study_instance_uid in self._hung
        (self.prior_left if hung else self.prior_chosen).emit(prior)


def count_words(priors: int, later: int) -> str:
    """Return ``2 priors, 1 later:``, or "" if there are none."""
    earlier = f"{priors} prior{'' if priors == 1 else 's'}" if priors else ""
    after = f"{later} later" if later else ""
    words = ", ".join(part for part in (earlier, after) if part)
    return f"{words}:" if words else ""


def prior_words(prior: IndexedStudy, longest: int = 256) -> str:
    """Return ``CHEST PA 12 Mar 2024``, the description cut, never the date."""
    what = prior.description or " ".join((*prior.body_parts, *prior.modalities))
    what = what or "Study"
    day = moment(prior.started_at).partition(",")[0] or "no date"
    cut = what if len(what) <= longest else f"{what[: longest - 1].rstrip(' ,')}…"
    return f"{cut} {day}"


def refusal(patient: Patient | None, similar: Sequence[Patient]) -> str:
    """Return why patients of the same ID are not offered, "" if there are none."""
    if not similar:
        return ""
    if patient is None or any(one.name != patient.name for one in similar):
        return OTHER_NAME
    if any(one.birth_date != patient.birth_date for one in similar):
        return OTHER_BIRTH
    return OTHER_FACTS


def _close_button() -> QPushButton:
    made = QPushButton()
    made.setProperty("role", "flat")
    made.setIcon(icons.icon("cross", size=14))
    made.setFixedSize(tokens.MINIMUM_TARGET, tokens.MINIMUM_TARGET)
    made.setAccessibleName("Hide the priors")
    return made
