"""A model over a labelled folder, as in the workstation."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from explain.analysis import Analysis, AnalysisRequest, AnalysisStatus
from inference.findings import Finding
from inference.model_card import ModelCard
from learning.boxes_csv import Box
from learning.labelled_folder import LabelledFilm, LabelledFolder
from learning.read_ahead import ReadFilm, read_ahead, read_labelled
from learning.segment_measures import SegmentMatch, match_segment
from learning.targets import Targets
from studies.model import Image

Analyse: TypeAlias = Callable[[Iterable[AnalysisRequest]], Iterable[Analysis]]
"""Gives the analysis of each request, in order; may take some requests ahead."""


@dataclass(frozen=True, slots=True, eq=False)
class ScoredFilm:
    """What became of one film.

    Attributes
    ----------
    probabilities, logits
        By finding key; empty if it was not analysed.
    severities
        By severity key: value and the ends of its error band.
    segments
        By segment key: how it agrees with the experts' mask and boxes.
    marks
        By finding key: boxes on the film, each with its probability.
    analysed
        Whether the model gave a result.
    refusal
        Why it was not analysed, in words that many films share; "" if it was.
    failure
        What went wrong with this one film; "" for a film that was analysed or
        that the model rightly refused.
    digest
        SHA-256 of its file, "" where it could not be had.
    """

    film: LabelledFilm
    probabilities: Mapping[str, float] = field(default_factory=dict)
    logits: Mapping[str, float] = field(default_factory=dict)
    severities: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    segments: Mapping[str, SegmentMatch] = field(default_factory=dict)
    marks: Mapping[str, tuple[tuple[Box, float], ...]] = field(default_factory=dict)
    analysed: bool = False
    refusal: str = ""
    failure: str = ""
    digest: str = ""


def score_folder(
    folder: LabelledFolder,
    card: ModelCard,
    targets: Targets,
    analyse: Analyse,
    device: str = "auto",
) -> Iterator[ScoredFilm]:
    """Yield what becomes of each film, in the folder's order.

    A film that cannot be read is a result like any other; errors of the model
    itself (ModelUnavailableError) are raised.
    """
    masks = bool(targets.segments)

    def read(film: LabelledFilm) -> ReadFilm:
        return read_labelled(folder, film, masks=masks)

    waiting: deque[ReadFilm] = deque()

    def requests() -> Iterator[AnalysisRequest]:
        for film in read_ahead(folder.items, read):
            waiting.append(film)
            if film.image is not None:
                yield _request(film, film.image, card, device)

    for result in analyse(requests()):
        yield from _unread(waiting)
        yield _of_analysis(waiting.popleft(), targets, result)
    yield from _unread(waiting)


def _request(
    read: ReadFilm, image: Image, card: ModelCard, device: str
) -> AnalysisRequest:
    return AnalysisRequest(read.film.file, image, str(card.folder), "", device)


def _unread(waiting: deque[ReadFilm]) -> Iterator[ScoredFilm]:
    """Take the films off that come next and could not be read."""
    while waiting and waiting[0].image is None:
        read = waiting.popleft()
        yield ScoredFilm(
            read.film,
            refusal="could not be read",
            failure=read.failure,
            digest=read.digest,
        )


def _of_analysis(read: ReadFilm, targets: Targets, result: Analysis) -> ScoredFilm:
    if result.status is AnalysisStatus.SUCCEEDED:
        return ScoredFilm(
            read.film,
            {item.key: item.probability for item in result.findings},
            {item.key: item.logit for item in result.findings},
            {item.key: (item.value, *item.interval) for item in result.severities},
            _segments(read, targets, result),
            {item.key: _marks(item) for item in result.findings if targets.boxes},
            analysed=True,
            failure=read.mask_failure,
            digest=read.digest,
        )
    refusal, failure = _refusal(result)
    return ScoredFilm(read.film, refusal=refusal, failure=failure, digest=read.digest)


def _segments(
    read: ReadFilm, targets: Targets, result: Analysis
) -> dict[str, SegmentMatch]:
    wanted = {spec.key for spec in targets.segments}
    boxes = targets.marks.get(read.film.file, ())
    return {
        item.key: match_segment(
            item.mask, read.mask, boxes, absent=read.film.cell(item.key) == "0"
        )
        for item in result.segments
        if item.key in wanted
    }


def _marks(finding: Finding) -> tuple[tuple[Box, float], ...]:
    return tuple(
        (Box(box.row, box.column, box.rows, box.columns), box.probability)
        for box in finding.boxes
    )


def _refusal(result: Analysis) -> tuple[str, str]:
    """Return words that many films share, and what went wrong with this one."""
    reasons = "; ".join(result.reasons)
    if result.status is AnalysisStatus.INELIGIBLE:
        return re.sub(r"is \d+ x \d+ px", "is too small", reasons), ""
    if result.status is AnalysisStatus.OUT_OF_DISTRIBUTION:
        # A reason may state the distance, another for each film.
        return reasons.partition(". Distance")[0], ""
    return str(result.status), reasons


def count_refusals(films: Sequence[ScoredFilm]) -> Counter[str]:
    """Return why films were not analysed, and how many for each reason."""
    return Counter(item.refusal for item in films if item.refusal)
