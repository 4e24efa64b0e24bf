"""One finding, the analysed films whose label is known: what is measured of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.model_card import FindingSpec, Measured
from learning.evaluation import evaluate_finding
from learning.local_fit import LabelledLogits
from learning.measures import mean_measured
from learning.scoring import ScoredFilm
from learning.targets import Targets


@dataclass(frozen=True, slots=True, eq=False)
class FindingScores:
    """The analysed films whose label of one finding is known; arrays aligned.

    Attributes
    ----------
    labels : (films,)
        1 or 0.
    probabilities, logits : (films,)
        As the model gave them.
    sources, groups : (films,)
        `groups` has the patient, "" where unknown.
    """

    spec: FindingSpec
    labels: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    logits: NDArray[np.float64]
    sources: NDArray[np.str_]
    groups: NDArray[np.str_]

    def where(self, mask: NDArray[np.bool_]) -> FindingScores:
        """Return the films at which `mask`, (films,), is true."""
        return FindingScores(
            self.spec,
            self.labels[mask],
            self.probabilities[mask],
            self.logits[mask],
            self.sources[mask],
            self.groups[mask],
        )

    def measured(self) -> dict[str, Any]:
        """Return the figures of `evaluate_finding` at the model's threshold."""
        return evaluate_finding(
            self.labels, self.probabilities, list(self.groups), self.spec.threshold
        )

    def for_calibration(self) -> LabelledLogits:
        """Return what `learning.local_fit.fit_finding` takes."""
        return LabelledLogits(self.logits, self.labels, list(self.groups))


def collect(films: Sequence[ScoredFilm], targets: Targets) -> tuple[FindingScores, ...]:
    """Return the analysed films with a known label, for each finding."""
    return tuple(_of_finding(films, spec, targets) for spec in targets.findings)


def _of_finding(
    films: Sequence[ScoredFilm], spec: FindingSpec, targets: Targets
) -> FindingScores:
    labels = targets.labels[spec.key]
    known = [
        item
        for item in films
        if spec.key in item.probabilities and item.film.line in labels
    ]
    return FindingScores(
        spec,
        np.array([labels[item.film.line] for item in known], dtype=np.int64),
        np.array([item.probabilities[spec.key] for item in known], dtype=np.float64),
        np.array([item.logits[spec.key] for item in known], dtype=np.float64),
        np.array([item.film.source for item in known], dtype=np.str_),
        np.array([item.film.patient_id for item in known], dtype=np.str_),
    )


def by_source(scores: FindingScores) -> dict[str, dict[str, Any]]:
    """Return the figures of each source."""
    return {
        str(source): scores.where(scores.sources == source).measured()
        for source in np.unique(scores.sources)
    }


def within_sources(sources: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the mean AUROC over the sources that have films of both classes.

    Returns
    -------
    ``{"auroc": {"value", "low", "high"} or None, "sources": how many}``; see
    `learning.measures.mean_measured` for the interval.
    """
    parts = [Measured(**item["auroc"]) for item in sources.values() if item["auroc"]]
    mean = mean_measured(parts)
    auroc = mean and {"value": mean.value, "low": mean.low, "high": mean.high}
    return {"auroc": auroc, "sources": len(parts)}
