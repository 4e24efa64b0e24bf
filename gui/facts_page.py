"""The page of a model's facts (06-model-facts): draws an entry, decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gui import (
    check_words,
    evidence_rows,
    facts_words,
    local_words,
    tokens,
    use_words,
    widgets,
)
from gui.choice_box import ChoiceBox
from gui.confirm_bar import ConfirmBar
from gui.evidence_rows import Subject
from gui.facts_board import FactsBoard
from gui.model_entry import LOCKED, Integrity, ModelEntry
from inference.model_outputs import FindingSpec

if TYPE_CHECKING:
    from review.recent_use import RecentUse

COUNTING = "Counting…"
NO_MODEL = "No model is installed."
_HOW_TO_ADD = (
    "The film can be read as usual. Add a model with the command: overread models add"
    " FOLDER"
)
_NEXT = "Get its folder again from where it came, or remove the model."
_LOOKS = {
    Integrity.CHECKING: ("queue", tokens.TEXT_2, "small", "comparing the files…"),
    Integrity.MATCHES: ("check", tokens.CONFIRMED, "ok", "matches"),
    Integrity.CHANGED: ("failed", tokens.FAILED, "failed", "changed"),
}


class FactsPage(QWidget):
    """Head with the finding's choice, then the panels.

    Signals
    -------
    stepped(int)
        Left or Right: the model before or after.
    copy_asked(), save_asked(), validate_asked(), remove_asked()
    """

    stepped = Signal(int)
    copy_asked = Signal()
    save_asked = Signal()
    validate_asked = Signal()
    remove_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("factsPage")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Model facts")
        self.title = widgets.label("", "page")
        self.place = widgets.label("", "small")
        self.choice = ChoiceBox("Finding")
        self.choice.setMinimumWidth(200)
        self._choice_word = widgets.label("Finding", "small")
        self.locked = widgets.label("", "failed", wrap=True)
        self._lock_icon = widgets.icon_label("failed", tokens.FAILED)
        self.confirm = ConfirmBar()
        self.board = FactsBoard()
        self._entry: ModelEntry | None = None
        self._subjects: tuple[Subject, ...] = ()
        self._use: Mapping[str, RecentUse] | None = None
        self._instead = COUNTING
        self._lay_out()
        self._connect()
        self.show_nothing()

    @property
    def entry(self) -> ModelEntry | None:
        """The model on the page."""
        return self._entry

    @property
    def subject(self) -> Subject | None:
        """The finding, severity or segment that is shown."""
        place = self.choice.currentIndex()
        return self._subjects[place] if 0 <= place < len(self._subjects) else None

    def show_entry(self, entry: ModelEntry, place: int, count: int) -> None:
        """Show a model, the `place`-th of `count`, from 1."""
        same = self._entry is not None and self._entry.model_id == entry.model_id
        if not same:
            self.confirm.hide()
            self._use, self._instead = None, COUNTING
        kept = self.choice.currentIndex() if same else -1
        self._entry = entry
        self.title.setText(entry.title)
        self.place.setText(f"Model {place} of {count}" if count > 1 else "")
        self._offer(entry, kept)
        self._show_lock(entry)
        self.board.setVisible(entry.card is not None)
        self._draw()

    def show_nothing(self) -> None:
        """Say that there is no model, and how to get one."""
        self._entry, self._subjects = None, ()
        self.title.setText(NO_MODEL)
        self.place.setText("")
        for part in (self.choice, self._choice_word, self.board, self._lock_icon):
            part.hide()
        widgets.set_role(self.locked, "muted")
        self.locked.setText(_HOW_TO_ADD)
        self.locked.show()

    def show_use(
        self, use: Mapping[str, RecentUse] | None, instead: str = COUNTING
    ) -> None:
        """Tell what the model on the page did here lately, by finding.

        None where that is not known; `instead` says why.
        """
        self._use, self._instead = use, instead
        self._draw_use()

    def choose(self, key: str) -> None:
        """Show the finding of a key; one that the model has not changes nothing."""
        for place, subject in enumerate(self._subjects):
            if subject.key == key:
                self.choice.setCurrentIndex(place)

    def take_focus(self) -> None:
        """Put the focus where the page is read."""
        there = self if self.board.isHidden() else self.board
        there.setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self) -> None:
        """Draw anew: the text has another size."""
        self.board.arrange()
        self._draw()

    def text(self) -> str:
        """Return the words on the page, for tests."""
        board = self.board
        panels = (board.facts, board.reliability, board.evidence, board.checks)
        parts = [self.title.text(), self.locked.text()]
        if not board.isHidden():
            parts += [panel.text() for panel in (*panels, board.groups)]
        return "\n".join(parts)

    # --- drawing --------------------------------------------------------------

    def _offer(self, entry: ModelEntry, kept: int) -> None:
        self._subjects = evidence_rows.subjects(entry.card) if entry.card else ()
        blocked = self.choice.blockSignals(True)
        self.choice.clear()
        self.choice.addItems([subject.name for subject in self._subjects])
        first = evidence_rows.first_with_evidence(self._subjects)
        place = kept if 0 <= kept < len(self._subjects) else first
        self.choice.setCurrentIndex(place if self._subjects else -1)
        self.choice.blockSignals(blocked)
        several = len(self._subjects) > 1
        self.choice.setVisible(several)
        self._choice_word.setVisible(several)

    def _show_lock(self, entry: ModelEntry) -> None:
        widgets.set_role(self.locked, "failed")
        said = f"{LOCKED} Found: {entry.reason.rstrip('.')}. {_NEXT}"
        self.locked.setText(said if entry.is_locked else "")
        for part in (self.locked, self._lock_icon):
            part.setVisible(entry.is_locked)

    def _draw(self, *_: object) -> None:
        if self._entry is None or self._entry.card is None:
            return
        self._draw_facts(self._entry)
        self._draw_subject(self._entry)

    def _draw_facts(self, entry: ModelEntry) -> None:
        card, panel, subject = entry.card, self.board.facts, self.subject
        assert card is not None
        rows = list(facts_words.fact_rows(card))
        if isinstance(subject, FindingSpec):
            rows.insert(-1, ("Threshold", local_words.threshold_text(entry, subject)))
        if subject is not None and subject.note:
            rows.insert(-1, ("Note", subject.note))
        panel.facts.show_rows(rows)
        panel.weights.setText(facts_words.sha_lines(card.sha256))
        panel.weights.setAccessibleName(f"Weights, SHA-256 {card.sha256}")
        icon, color, role, word = _LOOKS[entry.integrity]
        widgets.show_icon(panel.glyph, icon, color)
        panel.integrity.setText(word)
        widgets.set_role(panel.integrity, role)
        panel.failures.show_lines(
            check_words.failures(card), f"{facts_words.NOT_STATED} That is not none."
        )

    def _draw_subject(self, entry: ModelEntry) -> None:
        subject, board, card = self.subject, self.board, entry.card
        assert card is not None
        board.show_pair(there=subject is not None)
        name = subject.name if subject is not None else ""
        board.checks.lines.show_lines(
            check_words.controls(card, name), f"Shortcuts: {facts_words.NOT_MEASURED}."
        )
        board.checks.say(check_words.tell_apart(card))
        for panel in (board.reliability, board.evidence):
            panel.setVisible(subject is not None)
        if subject is None:
            board.groups.lines.show_lines((), f"Groups: {facts_words.NOT_MEASURED}.")
            self._draw_use()
            return
        site, unseen = None, None
        if isinstance(subject, FindingSpec):
            site, unseen = entry.site_row(subject.key), subject.unseen_auroc
            board.reliability.show_finding(entry, subject)
        else:
            board.reliability.show_other(*facts_words.instead(subject))
        board.evidence.show_evidence(evidence_rows.evidence(subject, site, card))
        board.groups.lines.show_lines(
            check_words.groups(card, subject.key, unseen),
            f"Groups: {facts_words.NOT_MEASURED}.",
        )
        self._draw_use()

    def _draw_use(self) -> None:
        rows: tuple[tuple[str, str], ...] = (("Alert rate", self._instead),)
        if self._use is not None:
            subject = self.subject
            use = self._use.get(subject.key) if subject is not None else None
            rows = use_words.use_rows(use)
        self.board.groups.use.show_rows(rows)

    # --- building -------------------------------------------------------------

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(18, 10, 18, 6)
        head.setSpacing(12)
        for part in (self.title, self.place):
            head.addWidget(part)
        head.addStretch(1)
        head.addWidget(self._choice_word)
        head.addWidget(self.choice)
        lock = widgets.row(self._lock_icon, spacing=8)
        lock.setContentsMargins(18, 0, 18, 8)
        lock.addWidget(self.locked, 1)
        layout = widgets.column(spacing=0)
        layout.addLayout(head)
        layout.addLayout(lock)
        layout.addWidget(self.confirm)
        layout.addWidget(self.board, 1)
        self.setLayout(layout)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def _connect(self) -> None:
        board = self.board
        self.choice.currentIndexChanged.connect(self._draw)
        board.facts.copy.clicked.connect(self.copy_asked)
        board.facts.save.clicked.connect(self.save_asked)
        board.reliability.validate_asked.connect(self.validate_asked)
        board.reliability.remove_asked.connect(self.remove_asked)
        for key, slot in (("Left", self._on_before), ("Right", self._on_after)):
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(slot)

    def _on_before(self) -> None:
        self.stepped.emit(-1)

    def _on_after(self) -> None:
        self.stepped.emit(1)
