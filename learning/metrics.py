"""What ``metrics.json`` holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from learning.finding_scores import FindingScores, by_source, within_sources
from learning.scoring import ScoredFilm
from learning.severity_measures import SeverityFilms, evaluate_severity
from learning.targets import Targets


def to_metrics(
    films: Sequence[ScoredFilm],
    scores: Sequence[FindingScores],
    targets: Targets,
    *,
    model: str,
    data: str,
    split: str | None,
) -> dict[str, Any]:
    """Return what ``metrics.json`` holds.

    `n` counts the films of the split, `n_refused` those of them that were not
    analysed, for whatever reason. ``within_sources`` stands beside
    ``findings``: the mean over the sources that hold both classes.
    ``severities`` is there where the model gives some and the folder knows
    their truth.
    """
    findings = {
        item.spec.column: {"overall": item.measured(), "by_source": by_source(item)}
        for item in scores
    }
    metrics: dict[str, Any] = {
        "model": model,
        "data": data,
        "split": split,
        "n": len(films),
        "n_refused": sum(1 for item in films if not item.analysed),
        "findings": findings,
        "within_sources": {
            column: within_sources(item["by_source"])
            for column, item in findings.items()
        },
    }
    if targets.severities:
        metrics["severities"] = {
            spec.column: _severity(severity_films(films, spec.key, targets))
            for spec in targets.severities
        }
    return metrics


def severity_films(
    films: Sequence[ScoredFilm], key: str, targets: Targets
) -> SeverityFilms:
    """Return the analysed films whose truth of a severity is known."""
    numbers = targets.numbers[key]
    known = [
        item for item in films if key in item.severities and item.film.line in numbers
    ]
    bands = np.array([item.severities[key] for item in known]).reshape(-1, 3)
    return SeverityFilms(
        np.array([numbers[item.film.line] for item in known], dtype=np.float64),
        *bands.T,
        np.array([item.film.source for item in known], dtype=np.str_),
        np.array([item.film.patient_id for item in known], dtype=np.str_),
    )


def _severity(films: SeverityFilms) -> dict[str, Any]:
    return {
        "overall": evaluate_severity(films),
        "by_source": {
            str(source): evaluate_severity(films.where(films.sources == source))
            for source in np.unique(films.sources)
        },
    }
