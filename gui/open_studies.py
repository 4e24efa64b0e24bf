"""The study that is read and its priors: of one patient, and only of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from studies.model import Series, Study


class OpenStudies:
    """What may be on screen together.

    Attributes
    ----------
    study
        The study that is read; None while there is none.
    priors
        Other studies of its patient that are open beside it.
    """

    def __init__(self) -> None:
        self.study: Study | None = None
        self.priors: tuple[Study, ...] = ()

    @property
    def all(self) -> tuple[Study, ...]:
        """The study that is read, then its priors."""
        return (self.study, *self.priors) if self.study is not None else ()

    def enter(self, study: Study) -> None:
        """Read a study, without priors."""
        self.study, self.priors = study, ()

    def leave(self) -> None:
        """Read none."""
        self.study, self.priors = None, ()

    def check(self, study: Study) -> None:
        """Check that a study may be on screen.

        Raises
        ------
        ValueError
            If it is of another patient than the study that is read.
        """
        if self.study is None or study.patient != self.study.patient:
            raise ValueError("two patients are never on screen together")

    def add_prior(self, prior: Study) -> None:
        """Open a prior; one that is open already stays as it is.

        Raises
        ------
        ValueError
            If it belongs to somebody else.
        """
        if self.study is None or prior.patient != self.study.patient:
            raise ValueError("a prior of another patient is never hung")
        known = [study.study_instance_uid for study in self.all]
        if prior.study_instance_uid not in known:
            self.priors = (*self.priors, prior)

    def remove_prior(self, study_instance_uid: str) -> bool:
        """Close a prior; whether it was open."""
        left = [p for p in self.priors if p.study_instance_uid != study_instance_uid]
        was_open = len(left) < len(self.priors)
        self.priors = tuple(left)
        return was_open

    def series(self, series_instance_uid: str) -> tuple[Study, Series] | None:
        """Return a series and its study; None if it is not open."""
        for study in self.all:
            for series in study.series:
                if series.series_instance_uid == series_instance_uid:
                    return study, series
        return None

    def image(
        self, sop_instance_uid: str, frame: int
    ) -> tuple[Study, Series, int] | None:
        """Return where an image is: study, series, place in it counted from 0."""
        for study in self.all:
            for series in study.series:
                for place, header in enumerate(series.images):
                    here = (header.sop_instance_uid, header.frame)
                    if here == (sop_instance_uid, frame):
                        return study, series, place
        return None
