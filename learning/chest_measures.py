"""Calibrate one label of the chest model, set its threshold, and measure it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.findings import on_logit
from inference.model_facts import NOT_IN_MEAN, Measured, SourceFigure
from inference.model_outputs import Calibration, Conformal, FindingSpec, OperatingPoint
from learning import measures
from learning.calibration import (
    MINIMUM_FILMS,
    fit_platt,
    sensitivity_threshold,
    wilson,
    youden_threshold,
)
from learning.conformal import class_conditional, class_coverage
from learning.films import LABELS, FilmSet
from learning.heads import Float64Array
from learning.outputs import OUTPUTS
from learning.runs import Predictions, joined

FEWEST = 10
"""Films of each class that a website, or the pair, must hold to be stated."""


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """All that was predicted: by the model in use, and of units never seen.

    `unseen` has the sources by name; `extra` the pair and the websites.
    """

    films: FilmSet
    seen: Predictions
    unseen: dict[str, Predictions]
    extra: dict[str, Predictions]


def probabilities(logits: NDArray[Any], calibration: Calibration) -> Float64Array:
    """Calibrate many logits, (n,)."""
    return np.array([on_logit(float(logit), calibration)[0] for logit in logits])


def column_of(part: Predictions, label: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the known labels and the logits of one label."""
    known, column = part.known(label)
    return known.labels[:, column].astype(np.int64), known.logits[:, column]


def calibrate_label(evidence: Evidence, label: str) -> Calibration:
    """Fit Platt scaling to films the heads were not trained on.

    Half the weight lies on validation films of the training sources, half on
    films predicted by heads that had never seen their source: a film in use may
    come from either kind of place. Whole sources are drawn for the interval, so
    that it carries how much sources differ.
    """
    seen = evidence.seen.where(evidence.seen.splits == "val").known(label)[0]
    unseen = joined(list(evidence.unseen.values())).known(label)[0]
    both = joined([seen, unseen])
    sizes = len(seen.sources), len(unseen.sources)
    weights = np.concatenate([np.full(n, 0.5 * sum(sizes) / max(n, 1)) for n in sizes])
    groups = [f"seen/{s}" for s in seen.sources]
    groups += [f"unseen/{s}" for s in unseen.sources]
    truth, logits = column_of(both, label)
    return fit_platt(logits, truth, groups, weights=weights)


def held_films(evidence: Evidence, label: str) -> tuple[Predictions, str]:
    """Choose the films on which threshold and sets rest, and say which they are.

    Films of sources never seen; where these hold too few of a class, the
    validation films too.
    """
    unseen = joined(list(evidence.unseen.values())).known(label)[0]
    truth, _ = column_of(unseen, label)
    if min(int(truth.sum()), int((1 - truth).sum())) >= MINIMUM_FILMS:
        return unseen, "films of sources never seen"
    validation = evidence.seen.where(evidence.seen.splits == "val").known(label)[0]
    return joined([unseen, validation]), (
        "validation films, and films of sources never seen"
    )


def operating_point(
    part: Predictions, label: str, calibration: Calibration
) -> tuple[float, OperatingPoint | None, Conformal | None]:
    """Return threshold, operating point and conformal sets; None if withheld."""
    truth, logits = column_of(part, label)
    found = probabilities(logits, calibration)
    chosen = sensitivity_threshold(found, truth)
    sets = class_conditional(found, truth)
    if chosen is None:
        return youden_threshold(found, truth), None, sets
    return round(chosen[0], 4), chosen[1], sets


def source_figures(
    evidence: Evidence, label: str, calibration: Calibration, threshold: float
) -> tuple[SourceFigure, ...]:
    """Measure each unit by heads that never saw it."""
    figures = []
    for name, part in {**evidence.unseen, **evidence.extra}.items():
        truth, logits = column_of(part, label)
        fewest = min(int(truth.sum()), int((1 - truth).sum()))
        if not len(truth) or (name in evidence.extra and fewest < FEWEST):
            continue
        flagged = probabilities(logits, calibration) >= threshold
        known = part.known(label)[0]
        figures.append(
            SourceFigure(
                source=name,
                with_finding=int(truth.sum()),
                without=int((1 - truth).sum()),
                auroc=measures.auroc(truth, logits, known.patients.tolist()),
                sensitivity=_share(flagged[truth == 1]),
                specificity=_share(~flagged[truth == 0]),
                note="" if name in evidence.unseen else _note(name),
            )
        )
    return tuple(figures)


def _note(name: str) -> str:
    if name.startswith("website"):
        return f"part of a collection; the rest of it was seen; {NOT_IN_MEAN}"
    made = "two sources of one class each, made alike by one database"
    return f"{made}; {NOT_IN_MEAN}"


def _share(hits: NDArray[np.bool_]) -> Measured | None:
    return wilson(int(hits.sum()), len(hits)) if len(hits) else None


def measure_label(evidence: Evidence, label: str, reference: float) -> FindingSpec:
    """Return the label's part of the manifest.

    Parameters
    ----------
    reference
        Contribution that a heatmap draws as 1.0.
    """
    output = OUTPUTS[label]
    calibration = calibrate_label(evidence, label)
    part, _ = held_films(evidence, label)
    threshold, point, sets = operating_point(part, label, calibration)
    figures = source_figures(evidence, label, calibration, threshold)
    own = [f.auroc for f in figures if f.source in evidence.unseen]
    test = evidence.seen.where(evidence.seen.splits == "test").known(label)[0]
    truth, logits = column_of(test, label)
    return FindingSpec(
        key=label,
        name=output.name,
        column=label,
        code=output.code,
        threshold=threshold,
        calibration=calibration,
        heatmap_reference=reference,
        can_be_flagged=output.can_be_flagged and point is not None,
        unseen_auroc=measures.mean_measured([one for one in own if one is not None]),
        random_split_auroc=measures.auroc(truth, logits, test.patients.tolist()),
        note=output.note,
        unseen_sources=figures,
        operating_point=point,
        conformal=sets,
    )


def coverage_across_sources(
    evidence: Evidence, label: str, calibration: Calibration
) -> dict[str, Any]:
    """Fit conformal sets without a source and measure them on it.

    Returns
    -------
    By source: share of its films with, and without, the finding whose set holds
    the truth, and the share that cannot be told; None where there are none.
    """
    result = {}
    for name, part in evidence.unseen.items():
        others = [p for other, p in evidence.unseen.items() if other != name]
        validation = evidence.seen.where(
            (evidence.seen.splits == "val") & (evidence.seen.sources != name)
        )
        truth, logits = column_of(joined([*others, validation]), label)
        sets = class_conditional(probabilities(logits, calibration), truth)
        own, own_logits = column_of(part, label)
        if sets is not None and len(own):
            shares = class_coverage(probabilities(own_logits, calibration), own, sets)
            result[name] = [None if np.isnan(s) else float(s) for s in shares]
    return result


def interval_coverage(
    evidence: Evidence, label: str, calibration: Calibration, spread: Float64Array
) -> dict[str, Any]:
    """Tell whether a source's share of films with the finding lies in the interval.

    Parameters
    ----------
    spread : (n,)
        Of the ensemble's logits of each of the films of `evidence.seen`.

    Returns
    -------
    By source with films of both classes in the test split: the share, and the
    mean lower and upper end of its films' probabilities.
    """
    column = LABELS.index(label)
    seen = evidence.seen
    result = {}
    for source in np.unique(seen.sources):
        rows = (seen.sources == source) & (seen.splits == "test")
        rows &= np.isfinite(seen.labels[:, column])
        truth = seen.labels[rows, column]
        if 0 < truth.sum() < len(truth):
            pairs = zip(seen.logits[rows, column], spread[rows], strict=True)
            ends = [on_logit(float(z), calibration, float(s))[1] for z, s in pairs]
            low, high = np.mean(ends, axis=0)
            result[str(source)] = [float(truth.mean()), float(low), float(high)]
    return result
