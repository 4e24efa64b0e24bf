"""A model over a labelled folder: film by film as in the workstation, then figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explain.analysis import Analysis, AnalysisRequest, AnalysisStatus
from inference.model_card import FindingSpec, ModelCard
from learning.evaluation import evaluate_finding
from learning.labelled_folder import LabelledFilm, LabelledFolder, LabelsError
from studies.errors import OverreadError
from studies.reader import read_film


@dataclass(frozen=True, slots=True)
class ScoredFilm:
    """What became of one film.

    Attributes
    ----------
    probabilities
        By finding key; empty if it was not scored.
    refusal
        Why it was not scored, in words that many films share; "" if it was.
    failure
        What went wrong with this one film; "" for a film that was scored or that
        the model rightly refused.
    """

    film: LabelledFilm
    probabilities: Mapping[str, float]
    refusal: str = ""
    failure: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class FindingScores:
    """The scored films whose label of one finding is known; arrays aligned.

    Attributes
    ----------
    labels : (films,)
        1 or 0.
    probabilities : (films,)
        Calibrated.
    sources, groups : (films,)
        `groups` has the patient, "" where unknown.
    """

    spec: FindingSpec
    labels: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    sources: NDArray[np.str_]
    groups: NDArray[np.str_]

    def where(self, mask: NDArray[np.bool_]) -> FindingScores:
        """Return the films at which `mask`, (films,), is true."""
        return FindingScores(
            self.spec,
            self.labels[mask],
            self.probabilities[mask],
            self.sources[mask],
            self.groups[mask],
        )

    def measured(self) -> dict[str, Any]:
        """Return the figures of `evaluate_finding` at the model's threshold."""
        return evaluate_finding(
            self.labels, self.probabilities, list(self.groups), self.spec.threshold
        )


def measurable(card: ModelCard, folder: LabelledFolder) -> tuple[FindingSpec, ...]:
    """Return the findings of a model that the folder has a column for.

    Raises
    ------
    LabelsError
        If it has none, or a cell of such a column is not 1, 0 or empty.
    """
    for spec in card.findings:
        for item in folder.items:
            text = item.extra.get(spec.column, "")
            if text not in ("1", "0", ""):
                where = f"line {item.line}, column {spec.column}"
                raise LabelsError(where, repr(text), "1, 0 or nothing")
    specs = tuple(spec for spec in card.findings if spec.column in folder.columns)
    if not specs:
        raise LabelsError(
            "line 1",
            f"no column of a finding of {card.model_id}",
            "at least one of " + ", ".join(spec.column for spec in card.findings),
        )
    return specs


def score_film(
    folder: LabelledFolder,
    film: LabelledFilm,
    card: ModelCard,
    analyse: Callable[[AnalysisRequest], Analysis],
    device: str = "auto",
) -> ScoredFilm:
    """Read one film and run the model on it.

    A film that cannot be read is a result like any other; errors of the model
    itself (ModelUnavailableError) are raised.
    """
    try:
        with folder.path(film) as path:
            image = read_film(path)
    except OverreadError as error:
        return ScoredFilm(film, {}, "could not be read", str(error))
    request = AnalysisRequest(film.file, image, str(card.folder), "", device)
    result = analyse(request)
    if result.status is AnalysisStatus.SUCCEEDED:
        return ScoredFilm(
            film, {item.key: item.probability for item in result.findings}
        )
    reasons = "; ".join(result.reasons)
    if result.status is AnalysisStatus.INELIGIBLE:
        return ScoredFilm(film, {}, reasons)
    if result.status is AnalysisStatus.OUT_OF_DISTRIBUTION:
        # Its reason states the distance, another for each film.
        return ScoredFilm(film, {}, "unlike the training films")
    return ScoredFilm(film, {}, str(result.status), reasons)


def collect(
    films: Sequence[ScoredFilm], specs: Sequence[FindingSpec]
) -> tuple[FindingScores, ...]:
    """Return the scored films with a known label, for each finding."""
    return tuple(_of_finding(films, spec) for spec in specs)


def _of_finding(films: Sequence[ScoredFilm], spec: FindingSpec) -> FindingScores:
    known = [
        item
        for item in films
        if spec.key in item.probabilities and spec.column in item.film.labels
    ]
    return FindingScores(
        spec,
        np.array([item.film.labels[spec.column] for item in known], dtype=np.int64),
        np.array([item.probabilities[spec.key] for item in known], dtype=np.float64),
        np.array([item.film.source for item in known], dtype=np.str_),
        np.array([item.film.patient_id for item in known], dtype=np.str_),
    )


def to_metrics(
    films: Sequence[ScoredFilm],
    scores: Sequence[FindingScores],
    *,
    model: str,
    data: str,
    split: str | None,
) -> dict[str, Any]:
    """Return what ``metrics.json`` holds.

    `n` counts the films of the split, `n_refused` those of them that were not
    scored, for whatever reason.
    """
    return {
        "model": model,
        "data": data,
        "split": split,
        "n": len(films),
        "n_refused": sum(1 for item in films if not item.probabilities),
        "findings": {
            item.spec.column: {
                "overall": item.measured(),
                "by_source": {
                    str(source): item.where(item.sources == source).measured()
                    for source in np.unique(item.sources)
                },
            }
            for item in scores
        },
    }


def count_refusals(films: Sequence[ScoredFilm]) -> Counter[str]:
    """Return why films were not scored, and how many for each reason."""
    return Counter(item.refusal for item in films if item.refusal)
