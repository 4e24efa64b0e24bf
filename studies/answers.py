"""What is opened once somebody has answered whose images these are.

Nothing is read here: a `Discovery` holds what each file in doubt would be.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from studies.doubts import not_shown, says_not_shown
from studies.grouping import CHECK_SERIES
from studies.model import (
    Claim,
    Discovery,
    Doubt,
    ImageHeader,
    Patient,
    Problem,
    Question,
    Series,
    Severity,
    Study,
)
from studies.regroup import bare, by_number, series_of

Choices: TypeAlias = Mapping[str, Path | None]
"""SOP Instance UID -> the file that counts; None leaves the image out."""

_Key: TypeAlias = tuple[Patient, str]


def claimants(found: Discovery) -> tuple[tuple[Patient, int], ...]:
    """Return the patients who can be opened, each with the number of studies.

    Also those of whom nothing is shown but because a file of somebody else, which
    claims to be the same image, came first.
    """
    studies: dict[Patient, set[str]] = defaultdict(set)
    claimed = (claim.study for one in found.questions for claim in one.claims)
    for study in (*found.studies, *claimed):
        studies[study.patient].add(study.study_instance_uid)
    return tuple((patient, len(uids)) for patient, uids in studies.items())


def image_doubts(found: Discovery) -> tuple[Question, ...]:
    """Return the questions which file is the image that several claim to be."""
    return tuple(one for one in found.questions if one.doubt is Doubt.IMAGE)


def of_patient(found: Discovery, patient: Patient) -> Discovery:
    """Return what is one patient's, and nothing of anybody else.

    An image stays in doubt if a file of somebody else claims to be it too, but
    that file is no answer.
    """
    limited = (_limited(one, patient) for one in image_doubts(found))
    return replace(
        found,
        studies=tuple(one for one in found.studies if one.patient == patient),
        others=tuple(one for one in found.others if one.patient == patient),
        questions=tuple(one for one in limited if one.claims),
    )


def answered(found: Discovery, choices: Choices) -> Discovery:
    """Return what was found, with the chosen file of each image in doubt.

    Parameters
    ----------
    choices
        By SOP Instance UID; what is not in it stays in doubt, the first file shown.

    Raises
    ------
    ValueError
        If a chosen file does not claim to be the image.
    """
    settled = [one for one in image_doubts(found) if one.uid in choices]
    chosen = [claim for one in settled for claim in _chosen(one, choices[one.uid])]
    out = {one.uid for one in settled}
    studies = {(one.patient, one.study_instance_uid): one for one in found.studies}
    lines = [one for one in found.problems if not _is_settled(one, settled)]
    for key, touched in _touched(settled).items():
        added = [one.study for one in chosen if _key(one.study) == key]
        draft = _Draft(studies.get(key), touched, out)
        study = draft.rebuilt(added)
        lines = [one for one in lines if not draft.said(one)] + draft.lines
        if study is not None:
            studies[key] = study
        else:
            studies.pop(key, None)
    for question in settled:
        shown = choices[question.uid]
        lines += [not_shown(path, shown) for path in question.paths if path != shown]
    left = tuple(one for one in found.questions if one not in settled)
    return replace(
        found, studies=tuple(studies.values()), problems=tuple(lines), questions=left
    )


@dataclass(slots=True)
class _Draft:
    """A study whose series `touched` are made anew, without the images `out`."""

    study: Study | None
    touched: set[str]
    out: set[str]
    lines: list[Problem] = field(default_factory=list)
    _paths: set[Path] = field(default_factory=set)
    _said: set[str] = field(default_factory=set)

    def rebuilt(self, added: Sequence[Study]) -> Study | None:
        """Return the study with what is added; None if no image is left."""
        frames: dict[str, list[ImageHeader]] = defaultdict(list)
        numbers: dict[str, int | None] = {}
        whole: list[Series] = []
        for series in self.study.series if self.study is not None else ():
            if series.series_instance_uid not in self.touched:
                whole.append(series)
                continue
            numbers[series.series_instance_uid] = series.number
            frames[series.series_instance_uid] += self._kept(series)
        for series in (one for study in added for one in study.series):
            numbers.setdefault(series.series_instance_uid, series.number)
            frames[series.series_instance_uid] += series.images
        whole += [
            self._made(some, numbers[uid]) for uid, some in frames.items() if some
        ]
        base = self.study or next(iter(added), None)
        if base is None or not whole:
            return None
        objects = [one for one in base.objects if one.sop_instance_uid not in self.out]
        objects += [one for study in added for one in study.objects]
        whole.sort(key=by_number)
        return replace(base, series=tuple(whole), objects=tuple(objects))

    def said(self, problem: Problem) -> bool:
        """Return whether a line was said of a series as it was before."""
        return (
            problem.next_step == CHECK_SERIES
            and problem.path in self._paths
            and problem.what in self._said
        )

    def _kept(self, series: Series) -> Iterable[ImageHeader]:
        images, notices = bare(series)
        self._paths |= {header.path for header in images}
        self._said |= set(notices)
        return [one for one in images if one.sop_instance_uid not in self.out]

    def _made(self, frames: Sequence[ImageHeader], number: int | None) -> Series:
        series, notices = series_of(frames, number)
        path = series.images[0].path
        self.lines += [
            Problem(path, Severity.NOTICE, notice, CHECK_SERIES) for notice in notices
        ]
        return series


def _limited(question: Question, patient: Patient) -> Question:
    claims = tuple(one for one in question.claims if one.study.patient == patient)
    paths = tuple(claim.path for claim in claims)
    return replace(question, patients=(patient,), paths=paths, claims=claims)


def _chosen(question: Question, path: Path | None) -> Sequence[Claim]:
    """Return the claim that counts, none if the image is left out."""
    if path is None:
        return ()
    for claim in question.claims:
        if claim.path == path:
            return (claim,)
    raise ValueError(f"{path.name} does not claim to be the image {question.uid}")


def _touched(questions: Sequence[Question]) -> dict[_Key, set[str]]:
    """Return which series of which studies change, in the order they were met."""
    found: dict[_Key, set[str]] = defaultdict(set)
    for study in (claim.study for one in questions for claim in one.claims):
        found[_key(study)] |= {one.series_instance_uid for one in study.series}
    return found


def _key(study: Study) -> _Key:
    return study.patient, study.study_instance_uid


def _is_settled(problem: Problem, questions: Sequence[Question]) -> bool:
    return says_not_shown(problem) and any(
        problem.path in question.paths for question in questions
    )
