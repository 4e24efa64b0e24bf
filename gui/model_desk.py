"""Shows the facts of the installed models, and what this site measured of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget
from shiboken6 import isValid

from gui import facts_report, model_entry, use_words
from gui.errands import Errands
from gui.facts_page import FactsPage
from gui.facts_print import as_pdf, write_whole
from gui.held_commands import UNHARMFUL, HeldCommands
from gui.messages import message_for
from gui.status_bar import FACTS
from inference.errors import ModelUnavailableError
from inference.registry import verify
from review.recent_use import recent_use
from review.store import DecisionStore

if TYPE_CHECKING:
    from gui.ai_services import Models
    from gui.errands import Answer, Stopped
    from gui.main_window import MainWindow
    from gui.model_entry import ModelEntry
    from gui.services import Services
    from inference.local_store import LocalStore
    from inference.model_card import ModelCard
    from review.recent_use import RecentUse

_log = logging.getLogger(__name__)

LEFT = UNHARMFUL | {"open", "open-folder", "models", "reading", "validate", "studies"}
"""Commands that count on the page of facts; keys that decide do not."""

ChooseFile = Callable[[QWidget, str], Path | None]


class ModelDesk(QObject):
    """The facts page: which model, which finding; Esc goes back to the film.

    Parameters
    ----------
    decisions
        Says which file the decisions are kept in.

    Signals
    -------
    left()
        The film, or the empty page, is on screen again.
    moved()
        The facts of a model, or of another one, are on screen.
    validate_asked(str)
        The reader wants to validate the model of that id.
    remove_asked(str)
        The reader wants its local calibration to be removed.
    """

    left = Signal()
    moved = Signal()
    validate_asked = Signal(str)
    remove_asked = Signal(str)

    def __init__(
        self,
        window: MainWindow,
        models: Models,
        store: LocalStore,
        services: Services,
        *,
        decisions: Callable[[], Path],
        choose_file: ChooseFile | None = None,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._models = models
        self._store = store
        self._clock = services.clock
        self._decisions = decisions
        self._choose_file = choose_file or _ask_file
        self._errands = Errands("models", self)
        self._hold = HeldCommands(window.commands, LEFT)
        self._focus: QWidget | None = None
        self._film = False
        self._entries: list[ModelEntry] = []
        self._place = 0
        self._page: FactsPage | None = None
        window.page_changed.connect(self._on_page)
        window.sheet_changed.connect(self._on_sheet)

    @property
    def page(self) -> FactsPage:
        """The page; made when it is first asked for: its diagram takes a while."""
        if self._page is None:
            self._page = FactsPage(self._window)
            self._page.hide()
            self._connect(self._page)
        return self._page

    @property
    def is_open(self) -> bool:
        """Whether the page is on screen."""
        return self._window.page == "facts"

    @property
    def place(self) -> str:
        """Where we are, for the top bar; "" where no facts are on screen."""
        if not self.is_open:
            return ""
        entry = self.page.entry
        return f"Models / {entry.title}" if entry is not None else "Models"

    @property
    def count_words(self) -> str:
        """How many models there are, for the top bar; "" where none are shown."""
        if not self.is_open or not self._entries:
            return ""
        count = len(self._entries)
        return f"{count} model" if count == 1 else f"{count} models"

    @property
    def entries(self) -> tuple[ModelEntry, ...]:
        """All models, sound ones first."""
        return tuple(self._entries)

    def open(self, model_id: str = "", finding: str = "") -> None:
        """Show a model's facts; the first model's where none is named."""
        if not self.is_open:
            self._focus = self._window.focusWidget()
            self._film = self._window.page == "film"
            self._window.close_sheet()
        self._read()
        ids = [entry.model_id for entry in self._entries]
        self._place = ids.index(model_id) if model_id in ids else 0
        self._window.show_facts(self.page)
        self._hold.hold()
        self._show()
        self.page.choose(finding)
        self._window.status.show_hints(FACTS)
        self.page.take_focus()

    def step_back(self) -> bool:
        """Esc: back to the film; False if the page is not on screen."""
        if not self.is_open:
            return False
        if self._film:
            self._window.show_film()
        else:
            self._window.show_empty()
        return True

    def reload(self) -> None:
        """Read the local calibrations anew: one was written or removed."""
        if self._entries:
            here = self.page.entry
            self._read()
            ids = [entry.model_id for entry in self._entries]
            if here is not None and here.model_id in ids:
                self._place = ids.index(here.model_id)
            self._show()

    def refresh(self) -> None:
        """Draw anew: the text has another size."""
        if self._page is not None:
            self._page.refresh()

    def change(
        self, topic: str, work: Callable[[], object], answer: Answer, failed: Answer
    ) -> None:
        """Change a file in the thread, then answer here; done even when we close."""
        self._errands.ask(topic, lambda _: work(), answer, failed, keep=True)

    def close(self) -> None:
        """End the thread."""
        self._errands.close()

    def _read(self) -> None:
        known = {entry.model_id: entry for entry in self._entries}
        self._entries = []
        for card in self._models.cards():
            entry = model_entry.sound(card, self._store.state(card))
            before = known.get(card.model_id)
            if before is not None and before.card == card:
                entry = model_entry.with_integrity_of(entry, before)
            self._entries.append(entry)
        self._entries += [model_entry.broken(one) for one in self._models.problems()]

    def _show(self) -> None:
        if not self._entries:
            self.page.show_nothing()
            self.moved.emit()
            return
        self._place = min(self._place, len(self._entries) - 1)
        entry = self._entries[self._place]
        self.page.show_entry(entry, self._place + 1, len(self._entries))
        self.moved.emit()
        if entry.card is not None:
            self._compare(entry.card)
            self._count_use(entry.card)

    def _step(self, by: int) -> None:
        if len(self._entries) > 1:
            self._place = (self._place + by) % len(self._entries)
            self._show()

    # --- the files ------------------------------------------------------------

    def _compare(self, card: ModelCard) -> None:
        """Hash the files in the thread: the film's reader may wait for a disk."""

        def work(_: Stopped) -> object:
            return verify(card)

        told = partial(self._on_compared, card)
        self._errands.ask(f"verify/{card.model_id}", work, told, told)

    def _count_use(self, card: ModelCard) -> None:
        """Read the journal in the thread, by a connection of its own."""
        path, since = self._decisions(), self._clock() - timedelta(days=use_words.DAYS)

        def work(_: Stopped) -> object:
            store = DecisionStore(path)
            try:
                return recent_use(store, card.sha256, since)
            finally:
                store.close()

        told = partial(self._on_use, card)
        self._errands.ask("use", work, told, self._on_no_use)

    def _on_no_use(self, error: object) -> None:
        assert isinstance(error, Exception)
        self.page.show_use(None, f"Not known. {message_for(error).what}")

    def _on_use(self, card: ModelCard, use: object) -> None:
        entry = self.page.entry
        if entry is not None and entry.card == card:
            self.page.show_use(cast("Mapping[str, RecentUse]", use))

    def _on_compared(self, card: ModelCard, outcome: object) -> None:
        for place, entry in enumerate(self._entries):
            if entry.card != card:
                continue
            if isinstance(outcome, ModelUnavailableError):
                _log.warning("model %s is locked", card.model_id)
                self._entries[place] = entry.changed(outcome.reason)
            elif isinstance(outcome, Exception):
                said = message_for(outcome)
                self._entries[place] = entry.changed(said.what.rstrip("."))
            else:
                self._entries[place] = entry.verified()
            if place == self._place:
                self.page.show_entry(
                    self._entries[place], place + 1, len(self._entries)
                )

    # --- taking it along ------------------------------------------------------

    def _on_copy(self) -> None:
        entry = self.page.entry
        if entry is not None:
            text = facts_report.as_text(entry, self._clock())
            QGuiApplication.clipboard().setText(text)
            self._window.status.say("Facts copied as text")

    def _on_save(self) -> None:
        entry = self.page.entry
        if entry is None:
            return
        path = self._choose_file(self._window, f"{entry.model_id}-facts.pdf")
        if path is None:
            return
        # Qt lays pages out here; the disk, which may be slow, waits in the thread.
        pdf = as_pdf(facts_report.as_html(entry, self._clock()), entry.title)
        said = self._window.status.say
        self.change(
            "save",
            partial(write_whole, pdf, path),
            lambda _: said(f"Saved {path.name}"),
            self._on_not_saved,
        )

    def _on_not_saved(self, error: object) -> None:
        reason = getattr(error, "strerror", None) or type(error).__name__
        self._window.status.say(f"Not saved: {reason}. Choose another folder.")

    # --- connecting -----------------------------------------------------------

    def _connect(self, page: FactsPage) -> None:
        page.stepped.connect(self._step)
        page.copy_asked.connect(self._on_copy)
        page.save_asked.connect(self._on_save)
        page.validate_asked.connect(self._on_validate)
        page.remove_asked.connect(self._on_remove)

    def _on_validate(self) -> None:
        if self.page.entry is not None:
            self.validate_asked.emit(self.page.entry.model_id)

    def _on_remove(self) -> None:
        if self.page.entry is not None:
            self.remove_asked.emit(self.page.entry.model_id)

    def _on_page(self) -> None:
        """Give the commands and the focus back once another page is on screen."""
        if self.is_open or not self._hold.is_on:
            return
        self._hold.release()
        focus, self._focus = self._focus, None
        self.left.emit()
        if focus is not None and isValid(focus) and focus.isVisible():
            focus.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self._window.focus_film()

    def _on_sheet(self) -> None:
        """Take the focus of a sheet that is closed beside the page."""
        if self.is_open and self._window.sheet is None:
            self._window.status.show_hints(FACTS)
            self.page.take_focus()


def _ask_file(parent: QWidget, name: str) -> Path | None:
    chosen, _ = QFileDialog.getSaveFileName(parent, "Save PDF", name, "PDF (*.pdf)")
    if not chosen:
        return None
    path = Path(chosen)
    return path if path.suffix.lower() == ".pdf" else path.with_suffix(".pdf")
