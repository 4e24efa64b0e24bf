"""What of a study can be hung: films one by one, slices by the stack."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from studies.model import ImageHeader, Series, Study
from studies.places import reading_normal
from studies.presets import FILM_MODALITIES
from studies.stack import describe_stack

# Segmentation and Label Map Segmentation (PS3.4 B.5): drawn over their images.
SEGMENTATIONS = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")
# View Position (0018,5101), and what descriptions say where it is empty.
_VIEWS = {
    "frontal": ("PA", "AP", "FRONTAL"),
    "lateral": ("LL", "RL", "LATERAL", "LAT"),
}
_SCOUTS = ("scout*", "localizer*", "localiser*", "topogram*", "surview*", "loc")
# Of fewer slices the other two planes are a few lines high.
_FEWEST_TO_CUT = 10
_TOKEN = re.compile(r"[^\s_\-/\\,;:()\[\]]+")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Images that one slot can show: `series.images[index]` is the first.

    `is_stack` says whether the slot scrolls through the whole series.
    """

    study: Study
    series: Series
    index: int
    is_stack: bool

    @property
    def header(self) -> ImageHeader:
        """The header of the first image."""
        return self.series.images[self.index]

    @property
    def is_volume(self) -> bool:
        """Whether its slices fill a grid in space and are enough to cut anew."""
        if not self.is_stack or len(self.series.images) < _FEWEST_TO_CUT:
            return False
        return describe_stack(self.series.images).is_volume

    @property
    def is_film(self) -> bool:
        """Whether it is a radiograph, a PNG or JPEG film included."""
        return not self.is_stack and self.series.modality in FILM_MODALITIES

    @property
    def is_scout(self) -> bool:
        """Whether a description calls it a localiser: it is hung last."""
        return self.says(_SCOUTS)

    @property
    def view(self) -> str:
        """Return "frontal", "lateral", another View Position, or ""."""
        stated = self.header.view_position
        told = [stated] if stated else [word.upper() for word in self.words]
        for view, names in _VIEWS.items():
            if any(word in names for word in told):
                return view
        return stated

    @property
    def direction(self) -> int | None:
        """The patient's axis that the normal is nearest to, None without a plane."""
        if self.header.plane is None:
            return None
        normal = reading_normal(self.header.plane)
        return max(range(3), key=lambda axis: abs(normal[axis]))

    @property
    def words(self) -> tuple[str, ...]:
        """The words of its description and sequence, in small letters."""
        text = f"{self.series.description} {self.header.sequence}".lower()
        return tuple(dict.fromkeys(_TOKEN.findall(text)))

    def says(self, entries: Iterable[str]) -> bool:
        """Return whether all words of any entry occur; "*" stands for anything."""
        words = self.words
        return any(
            all(any(fnmatchcase(word, part) for word in words) for part in e.split())
            for e in entries
        )

    def is_of(self, body_parts: Iterable[str]) -> bool:
        """Return whether header or descriptions name one of the body parts."""
        stated = self.header.body_part or self.series.body_part
        told = {*_TOKEN.findall(f"{self.study.description} {stated}".upper())}
        return any(p in told or p.lower() in self.words for p in body_parts)


def candidates(study: Study) -> list[Candidate]:
    """Return what can be hung, in the order of the series, localisers last.

    Segmentations are left out, unless the study holds nothing else.
    """
    found = [one for series in study.series for one in _of_series(study, series)]
    shown = [c for c in found if c.header.sop_class_uid not in SEGMENTATIONS]
    return sorted(shown or found, key=lambda candidate: candidate.is_scout)


def _of_series(study: Study, series: Series) -> list[Candidate]:
    images = series.images
    placed = sum(header.plane is not None for header in images)
    if len(images) > 1 and placed == len(images):
        return [Candidate(study, series, 0, is_stack=True)]
    # The frames of one object are a clip: one place scrolls through them.
    first: dict[str, int] = {}
    for index, header in enumerate(images):
        first.setdefault(header.sop_instance_uid, index)
    return [Candidate(study, series, i, is_stack=False) for i in first.values()]
