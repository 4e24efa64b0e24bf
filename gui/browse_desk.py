"""What stands around the film: studies, priors, series."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from gui.browse_sheets import BrowseSheets
from gui.prior_offer import PriorOffer
from gui.study_desk import StudyDesk
from gui.thumbnail_maker import ThumbnailMaker
from gui.thumbnail_strip import ThumbnailStrip

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from gui.hanging_desk import HangingDesk
    from gui.indexed_search import IndexedSearch
    from gui.main_window import MainWindow
    from gui.protocol_file import ProtocolFile
    from gui.review_model import ReviewModel
    from gui.study_desk import Priors
    from gui.viewport import Viewport
    from studies.indexed_study import IndexedStudy
    from studies.model import Discovery, Study

_log = logging.getLogger(__name__)


class BrowseDesk(QObject):
    """Offers what can be opened and hung; what is chosen is done elsewhere.

    Signals
    -------
    opened(Discovery)
        A study of the list is read and can be shown, once nothing of it is in doubt.
    prior_read(Discovery)
        A study of the list is read and can be hung beside the open one.
    """

    opened = Signal(object)
    prior_read = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        viewport: Viewport,
        search: IndexedSearch,
        protocols: ProtocolFile,
        clock: Callable[[], datetime],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._viewport = viewport
        self._hanging: HangingDesk | None = None
        self._clock = clock
        self._study: Study | None = None
        self._model: ReviewModel | None = None
        self._loading: IndexedStudy | None = None
        self._beside = False
        self._told = ""
        self._protocols = protocols
        self.studies = StudyDesk(search.index, self)
        self.maker = ThumbnailMaker(parent=self)
        self.strip = ThumbnailStrip(self.maker)
        self.offer = PriorOffer()
        self._sheets = BrowseSheets(window, viewport, self.studies, protocols)
        self._connect()

    def follow(self, hanging: HangingDesk) -> None:
        """Show what hangs, and hang what is chosen."""
        self._hanging = hanging
        hanging.hung.connect(self._on_hung)
        self.strip.series_chosen.connect(hanging.show_series)

    def enter(self, study: Study) -> None:
        """Offer the series and the priors of another study."""
        self.drop_load()
        self._study = study
        self.strip.show_studies([study])
        self._window.offer_strip(wanted=len(study.series) > 1)
        self.offer.offer((), ())
        self.studies.note_opened(study, self._clock())
        self.studies.find_priors(study.patient, study.study_instance_uid)

    def leave(self) -> None:
        """Offer nothing: no study is open."""
        self.drop_load()
        self._study = None
        self.strip.show_studies(())
        self._window.offer_strip(wanted=False)
        self.offer.offer((), ())
        self.studies.find_recent()

    def close(self) -> None:
        """End the threads."""
        self.maker.stop()
        self.studies.stop()
        self._sheets.close()

    # --- studies --------------------------------------------------------------

    def open_study(self, study: IndexedStudy) -> None:
        """Read a study of the list and open it alone."""
        self._load(study, beside=False)

    def hang_prior(self, study: IndexedStudy) -> None:
        """Read a prior and hang it beside the study on screen."""
        self._load(study, beside=True)

    def _load(self, study: IndexedStudy, *, beside: bool) -> None:
        self._loading, self._beside = study, beside
        self._window.status.say("Reading the study")
        self.studies.load(study)

    def _on_loaded(self, found: Discovery) -> None:
        wanted, self._loading = self._loading, None
        if wanted is None:
            return
        studies = [
            study
            for study in found.studies
            if (study.study_instance_uid, study.patient)
            == (wanted.study_instance_uid, wanted.patient)
        ]
        if not studies:
            why = found.problems[0].what if found.problems else "its files are gone"
            self._window.status.say(f"The study cannot be opened: {why}")
            return
        self._window.status.say("")
        found = replace(found, studies=tuple(studies))
        if not self._beside:
            self._window.close_sheet()
            self.opened.emit(found)
        elif self._study is not None and studies[0].patient == self._study.patient:
            # Asked for one patient, it may come when another's study is open.
            self.prior_read.emit(found)

    def add_prior(self, prior: Study) -> None:
        """Hang a prior beside the study on screen."""
        study = None if self._hanging is None else self._hanging.study
        if self._hanging is None or study is None or prior.patient != study.patient:
            # An answer to a question of identity may have made it somebody else's,
            # or another study is just being entered.
            self._window.status.say("Not hung: it is of another patient")
            return
        if prior.study_instance_uid != study.study_instance_uid:
            self._hanging.add_prior(prior)

    def drop_load(self) -> None:
        """Read no study of the list any longer: something else is asked first."""
        if self._loading is not None:
            self._loading = None
            self.studies.cancel_load()
            self._window.status.say("")

    def _on_progress(self, done: int, total: int) -> None:
        self._window.status.say(f"Reading {done} of {total} files")

    def _on_priors(self, priors: Priors) -> None:
        if self._study is None or priors.patient != self._study.patient:
            return
        shown = {series.modality for series in self._study.series}
        # What can be compared comes first; each kind stays newest first.
        ranked = sorted(
            priors.studies, key=lambda one: shown.isdisjoint(one.modalities)
        )
        began = self._study.started_at
        self.offer.offer(ranked, priors.similar, priors.patient, began)
        self._on_hung()

    def _on_prior_left(self, prior: IndexedStudy) -> None:
        if self._hanging is not None:
            self._hanging.remove_prior(prior.study_instance_uid)

    def _on_all_priors(self) -> None:
        if self._study is not None:
            self._sheets.list_studies_of(self._study.patient)
        else:
            self._sheets.open_list()

    def _on_prior_key(self) -> None:
        self.offer.choose_first()

    def _on_failed(self, kind: str) -> None:
        self._loading = None
        _log.warning("the index of studies did not answer: %s", kind)
        self._window.status.say("The list of studies cannot be read now.")

    # --- what hangs -----------------------------------------------------------

    def _on_hung(self) -> None:
        """Mark in the strip what hangs where, and which priors hang."""
        if self._hanging is None or self._hanging.study is None:
            return
        if (problem := self._protocols.problem) != self._told:
            self._told = problem
            if problem:
                words = f"Hung by the shipped protocols: yours are faulty. {problem}"
                self._window.notice.tell("protocols", words)
        studies = self._hanging.studies
        self.strip.show_studies(studies)
        several = sum(len(study.series) for study in studies) > 1
        self._window.offer_strip(wanted=several)
        panes: dict[str, list[str]] = defaultdict(list)
        for number, pane in enumerate(self._viewport.panes, start=1):
            if pane.stack is not None:
                uid = pane.stack.series.series_instance_uid
                panes[uid].append(pane.tag.letter if pane.tag else str(number))
        self.strip.set_panes(panes)
        self._count_keys()
        active = self._viewport.active.stack
        if active is not None:
            self.strip.select_series(active.series.series_instance_uid)
        self.offer.set_hung(
            [prior.study_instance_uid for prior in self._hanging.priors]
        )

    def work_on(self, model: ReviewModel | None) -> None:
        """Count the key images of another review beside its series."""
        if self._model is not None:
            self._model.marks_changed.disconnect(self._count_keys)
        self._model = model
        if model is not None:
            model.marks_changed.connect(self._count_keys)
        self._count_keys()

    def _count_keys(self) -> None:
        if self._study is None:
            return
        keys = () if self._model is None else self._model.key_images
        uids = {key.sop_instance_uid for key in keys}
        counts: Counter[str] = Counter()
        for series in self._study.series:
            counts[series.series_instance_uid] += sum(
                header.sop_instance_uid in uids for header in series.images
            )
        self.strip.set_key_images(counts)

    def _connect(self) -> None:
        commands = self._window.commands
        commands["prior"].triggered.connect(self._on_prior_key)
        commands["thumbnails"].triggered.connect(self._window.toggle_strip)
        self._sheets.study_chosen.connect(self.open_study)
        self.studies.loaded.connect(self._on_loaded)
        self.studies.load_progressed.connect(self._on_progress)
        self.studies.priors_found.connect(self._on_priors)
        self.studies.recent_found.connect(self._window.empty.show_recent)
        self.studies.failed.connect(self._on_failed)
        self.offer.prior_chosen.connect(self.hang_prior)
        self.offer.prior_left.connect(self._on_prior_left)
        self.offer.all_asked.connect(self._on_all_priors)
        self._window.empty.recent_chosen.connect(self.open_study)
