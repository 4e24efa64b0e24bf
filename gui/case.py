"""The open studies, one of them on screen, and its images. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from studies.hanging import first_image
from studies.model import ImageHeader, Patient, Study


class Case:
    """Studies that are read one after the other; one is on screen.

    Of one patient the newest comes first: that is read, the others are its priors.

    Parameters
    ----------
    worklist
        The studies may belong to several patients, each shown alone.

    Raises
    ------
    ValueError
        If there is no study; or, unless it is a worklist, if the studies belong
        to several patients: then somebody has to choose one first.
    """

    def __init__(self, studies: Sequence[Study], *, worklist: bool = False) -> None:
        if not studies:
            raise ValueError("a case has at least one study")
        if not worklist and len({study.patient for study in studies}) > 1:
            raise ValueError("the studies belong to several patients")
        # sorted() is stable: studies without a date keep their order, at the end.
        newest = sorted(studies, key=_began, reverse=True)
        self._studies = list(studies) if worklist else newest
        self._place = 0
        self._headers: tuple[ImageHeader, ...] = ()
        self._numbers: dict[tuple[str, int], int] = {}
        self._image = 0
        self.go_to(0)

    @property
    def patient(self) -> Patient:
        """Whose study is on screen."""
        return self.study.patient

    @property
    def patients(self) -> tuple[Patient, ...]:
        """All patients of the studies, each once."""
        return tuple(dict.fromkeys(study.patient for study in self._studies))

    @property
    def study(self) -> Study:
        """The study on screen."""
        return self._studies[self._place]

    @property
    def header(self) -> ImageHeader:
        """The image on screen."""
        return self._headers[self._image]

    @property
    def place(self) -> tuple[int, int]:
        """Number of the study, counted from 1, and how many there are."""
        return self._place + 1, len(self._studies)

    @property
    def image_place(self) -> tuple[int, int]:
        """Number of the image in its study, counted from 1, and how many."""
        return self._image + 1, len(self._headers)

    def go_to(self, place: int) -> bool:
        """Go to a study, to its first image by the hanging; False if none."""
        if not 0 <= place < len(self._studies):
            return False
        self._place = place
        self._headers = self.study.images
        self._numbers = {
            (header.sop_instance_uid, header.frame): number
            for number, header in enumerate(self._headers)
        }
        first = first_image(self.study)
        self._image = self._numbers[first.sop_instance_uid, first.frame]
        return True

    def step(self, by: int) -> bool:
        """Go to a neighbouring study; False at either end."""
        return self.go_to(self._place + by)

    def show_image(self, sop_instance_uid: str, frame: int) -> bool:
        """Go to an image of the study; False if it has none such."""
        number = self._numbers.get((sop_instance_uid, frame))
        if number is None:
            return False
        self._image = number
        return True

    def image_number(self, sop_instance_uid: str, frame: int) -> int | None:
        """Return the number of an image, counted from 1."""
        number = self._numbers.get((sop_instance_uid, frame))
        return None if number is None else number + 1

    def close_study(self) -> bool:
        """Close the study on screen; False if it was the last."""
        if len(self._studies) == 1:
            return False
        del self._studies[self._place]
        return self.go_to(min(self._place, len(self._studies) - 1))


def _began(study: Study) -> datetime:
    return study.started_at or datetime.min  # noqa: DTZ901 - DICOM times have no zone
