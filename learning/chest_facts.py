"""What the chest model's manifest and card state beside the findings."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from inference.model_facts import KnownFailure, TrainingSource
from inference.model_outputs import FindingSpec
from learning import chest_card, measures
from learning.chest_measures import (
    Evidence,
    coverage_across_sources,
    held_films,
    interval_coverage,
    probabilities,
)
from learning.evaluation import evaluate_finding
from learning.films import LABELS, FilmSet
from learning.heads import Float64Array
from learning.labelled_folder import LabelledFilm

MINIMUM_CASES = 50
"""Films without a finding below which a source's false alarms are not named."""


def training_sources(
    films: FilmSet, items: list[LabelledFilm]
) -> tuple[TrainingSource, ...]:
    """Count the training films of each source, with terms and attribution."""
    result = []
    for source in np.unique(films.sources):
        rows = np.flatnonzero((films.sources == source) & (films.splits == "train"))
        terms = sorted({items[i].extra.get("licence", "") for i in rows} - {""})
        result.append(
            TrainingSource(
                name=str(source),
                films=len(rows),
                licence=terms[0] if len(terms) == 1 else "stated film by film",
                attribution=chest_card.ATTRIBUTIONS.get(str(source), ""),
            )
        )
    return tuple(result)


def known_failures(specs: tuple[FindingSpec, ...]) -> tuple[KnownFailure, ...]:
    """Name the worst false alarms on films of a source that was never seen."""
    found = []
    for spec in specs:
        if not spec.can_be_flagged:
            continue
        for figure in spec.unseen_sources:
            if figure.specificity is not None and figure.without >= MINIMUM_CASES:
                share = 1.0 - figure.specificity.value
                found.append((share, spec.name, figure))
    found.sort(key=lambda one: -one[0])
    return tuple(
        KnownFailure(
            title=f"{name} flagged without it, source {figure.source}",
            share=share,
            cases=figure.without,
            detail="Films of a source that the heads had never seen.",
        )
        for share, name, figure in found[:3]
    )


def film_counts(films: FilmSet) -> dict[str, dict[str, int]]:
    """Count the films of each source and split."""
    return {
        str(source): {
            split: int(((films.sources == source) & (films.splits == split)).sum())
            for split in ("train", "val", "test")
        }
        for source in np.unique(films.sources)
    }


def finding_facts(
    evidence: Evidence, spec: FindingSpec, spread: Float64Array
) -> dict[str, Any]:
    """Return the figures of one finding that the manifest has no place for.

    Parameters
    ----------
    spread : (n,)
        Of the ensemble's logits of all films.
    """
    test = evidence.seen.where(evidence.seen.splits == "test").known(spec.key)[0]
    column = LABELS.index(spec.key)
    rest = evidence.seen.where(evidence.seen.splits != "train")
    within = measures.within_sources(test, spec.key)
    return {
        "test": evaluate_finding(
            test.labels[:, column],
            probabilities(test.logits[:, column], spec.calibration),
            test.patients.tolist(),
            spec.threshold,
        ),
        "test_within": {name: asdict(one) for name, one in within.items()},
        "unused_within": {
            name: asdict(one)
            for name, one in measures.within_sources(rest, spec.key).items()
        },
        "held_films": held_films(evidence, spec.key)[1],
        "sets": coverage_across_sources(evidence, spec.key, spec.calibration),
        "intervals": interval_coverage(evidence, spec.key, spec.calibration, spread),
    }
