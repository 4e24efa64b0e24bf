"""Leads from study to study: opens them, enters one, leaves it, closes it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from gui.action_specs import STUDY_ACTIONS
from gui.case import Case
from gui.logs import patient_filter
from gui.turns import Turns

if TYPE_CHECKING:
    from gui.review_model import ReviewModel
    from gui.workstation import Workstation
    from review.decision import ReviewedFinding
    from studies.model import Study


class StudyWalk(QObject):
    """Changes which study a workstation shows; all its parts change together."""

    def __init__(self, station: Workstation) -> None:
        super().__init__(station)
        self._station = station
        self._turns = Turns(self)

    @property
    def is_entering(self) -> bool:
        """Whether a study is about to hang: its page is there, its images are not."""
        return self._turns.busy

    # --- opening and leaving --------------------------------------------------

    def open(self, studies: Sequence[Study], worklist: bool) -> None:
        """Read these studies instead of those on screen."""
        self.leave()
        station = self._station
        station.case = case = Case(studies, worklist=worklist)
        patient_filter.protect(
            [text for who in case.patients for text in (who.name, who.patient_id)]
        )
        station.window.commands.enable(STUDY_ACTIONS, on=True)
        self._enter()

    def leave(self) -> None:
        """Forget the studies and all that was asked of them."""
        station = self._station
        self._turns.clear()
        station.window.close_sheet()
        station.loader.cancel()
        station.ai.forget()
        station.series.forget()
        station.views.keep()
        self._work_on(None)
        station.annotations.enter(None)
        station.hanging.leave()
        station.viewport.forget()
        station.store.forget()
        station.reviews.forget()
        station.case = None

    def step(self, by: int) -> None:
        """Read a neighbouring study of the worklist; at its ends nothing happens."""
        window, case = self._station.window, self._station.case
        if case is not None and window.page == "film" and case.step(by):
            window.close_sheet()
            self._enter()

    def close_study(self) -> None:
        """Leave the study on screen; the next of the worklist follows, if any."""
        station = self._station
        if station.case is None:
            return
        if station.case.close_study():
            station.window.close_sheet()
            self._enter()
        else:
            self.leave()
            station.show_nothing()

    # --- entering -------------------------------------------------------------

    def _enter(self) -> None:
        """Name, film and findings change together: no mix is ever on screen.

        Of the new study the page is painted first, without images, then what
        hangs: in one piece it would hold up the window.
        """
        station = self._station
        assert station.case is not None
        self._turns.clear()
        station.views.keep()
        self._work_on(None)
        station.hanging.leave()
        station.browse.strip.show_studies(())
        station.window.start_reading()
        station.words.show()
        study = station.case.study
        self._turns.add((partial(self._open_review, study), partial(self._hang, study)))

    def _open_review(self, study: Study) -> None:
        self._work_on(self._station.keeping.open(study))
        self._station.browse.enter(study)
        self._station.annotations.enter(study)

    def _hang(self, study: Study) -> None:
        model = self._station.desk.model
        layout = model.layout if model is not None else None
        self._station.hanging.enter(study, layout)
        self._station.keeping.tell_recovered(study)

    # --- the review -----------------------------------------------------------

    def open_kept(self) -> None:
        """Open the review of the study on screen: now there is where to keep it."""
        station = self._station
        if station.case is None or station.desk.model is not None:
            return
        model = station.keeping.open(station.case.study)
        self._work_on(model)
        image = station.image
        station.desk.show_image(image.header if image is not None else None)
        station.asking.ask()
        if model is not None and not model.analyses:
            # A result that came while there was nowhere to keep it was dropped.
            station.asking.run_again()

    def _work_on(self, model: ReviewModel | None) -> None:
        """Let all that the reader says go into this review."""
        station = self._station
        station.desk.open(model, self._where)
        station.layout.work_on(model)
        station.views.work_on(model)
        station.browse.work_on(model)
        station.annotations.work_on(model)

    def _where(self, finding: ReviewedFinding) -> str:
        """Name the image of a finding where the study has several."""
        case = self._station.case
        if case is None or case.image_place[1] < 2:
            return ""
        number = case.image_number(finding.sop_instance_uid, finding.frame)
        return f"Image {number}" if number is not None else ""
