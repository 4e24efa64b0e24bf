"""What ``metrics.json`` holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from learning.finding_scores import FindingScores, by_source, within_sources
from learning.froc import MarkedFilm, evaluate_marks
from learning.scoring import ScoredFilm
from learning.segment_measures import evaluate_segment
from learning.severity_measures import SeverityFilms, evaluate_severity
from learning.targets import Targets

Item = TypeVar("Item")


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
    ``severities`` (by column), ``segments`` and ``boxes`` (by key) are there
    where the model gives some and the folder knows their truth.
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
    if targets.segments:
        metrics["segments"] = {
            spec.key: _segment(films, spec.key) for spec in targets.segments
        }
    if targets.boxes:
        metrics["boxes"] = {
            spec.finding: _boxes(marked_films(films, spec.finding, targets))
            for spec in targets.boxes
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
    values, lows, highs = (
        np.array([item.severities[key] for item in known], dtype=np.float64)
        .reshape(-1, 3)
        .T
    )
    return SeverityFilms(
        np.array([numbers[item.film.line] for item in known], dtype=np.float64),
        values,
        lows,
        highs,
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


def _segment(films: Sequence[ScoredFilm], key: str) -> dict[str, Any]:
    known = [item for item in films if key in item.segments]

    def measured(part: Sequence[ScoredFilm]) -> dict[str, Any]:
        return evaluate_segment(
            [item.segments[key] for item in part],
            [item.film.patient_id for item in part],
        )

    return _in_all_and_by_source(known, lambda item: item.film.source, measured)


def marked_films(
    films: Sequence[ScoredFilm], key: str, targets: Targets
) -> list[MarkedFilm]:
    """Return the analysed films of which is known where a finding is, or that not.

    A film with the finding but without boxes is left out: nobody knows where it
    is; so is one that is said to lack it and has boxes.
    """
    spec = next(item for item in targets.findings if item.key == key)
    names = {"", spec.key, spec.column}
    found = []
    for item in films:
        label = targets.labels[key].get(item.film.line)
        truth = tuple(
            box for box in targets.marks.get(item.film.file, ()) if box.finding in names
        )
        if key in item.marks and label is not None and label == bool(truth):
            group, source = item.film.patient_id, item.film.source
            found.append(MarkedFilm(source, group, item.marks[key], truth))
    return found


def _boxes(films: Sequence[MarkedFilm]) -> dict[str, Any]:
    return _in_all_and_by_source(films, lambda item: item.source, evaluate_marks)


def _in_all_and_by_source(
    items: Sequence[Item],
    source_of: Callable[[Item], str],
    measured: Callable[[Sequence[Item]], dict[str, Any]],
) -> dict[str, Any]:
    sources = sorted({source_of(item) for item in items})
    return {
        "overall": measured(items),
        "by_source": {
            source: measured([item for item in items if source_of(item) == source])
            for source in sources
        },
    }
