"""Calibrate one label of the chest model, set its threshold, and measure it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
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
from learning.runs import Predictions, joined, same_hospital

FEWEST = 10
"""Films of each class that a website, or the pair, must hold to be stated."""


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """All that was predicted: by the model in use, and of units never seen.

    Attributes
    ----------
    unseen
        The sources by name, by heads that saw no film of their hospital.
    extra
        Likewise the pair and the websites.
    beside
        Sources of a hospital that has several, by heads that saw the others.
    """

    films: FilmSet
    seen: Predictions
    unseen: dict[str, Predictions]
    extra: dict[str, Predictions]
    beside: dict[str, Predictions] = field(default_factory=dict)

    @property
    def like_in_use(self) -> Predictions:
        """Films predicted without their source by heads much like those in use."""
        return joined(list({**self.unseen, **self.beside}.values()))


def probabilities(logits: NDArray[Any], calibration: Calibration) -> Float64Array:
    """Calibrate many logits, (n,)."""
    return np.array([on_logit(float(logit), calibration)[0] for logit in logits])


def column_of(part: Predictions, label: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the known labels and the logits of one label."""
    known, column = part.known(label)
    return known.labels[:, column].astype(np.int64), known.logits[:, column]


def calibrate_label(evidence: Evidence, label: str) -> Calibration:
    """Fit Platt scaling to films the heads were not trained on.

    Half the weight lies on validation films of the training sources, half on films
    of the training split predicted by heads that had never seen their source: a film
    in use may come from either kind of place. No film counts twice, and none is of
    the test split. Whole sources are drawn for the interval, so that it carries how
    much sources differ.
    """
    seen = of_split(evidence.seen, "val").known(label)[0]
    unseen = of_split(evidence.like_in_use, "train").known(label)[0]
    both = joined([seen, unseen])
    sizes = len(seen.sources), len(unseen.sources)
    weights = np.concatenate([np.full(n, 0.5 * sum(sizes) / max(n, 1)) for n in sizes])
    truth, logits = column_of(both, label)
    return fit_platt(logits, truth, both.sources.tolist(), weights=weights)


def of_split(part: Predictions, *splits: str) -> Predictions:
    """Return the films of some splits."""
    return part.where(np.isin(part.splits, splits))


def held_films(evidence: Evidence, label: str) -> tuple[Predictions, str]:
    """Choose the films on which threshold and sets rest, and say which they are.

    Films of sources never seen; where these hold too few of a class, the validation
    films in place of their own. Never a film of the test split, never one twice.
    """
    unseen = of_split(evidence.like_in_use, "train", "val").known(label)[0]
    if _fewest(unseen, label) >= MINIMUM_FILMS:
        return unseen, "films of sources never seen"
    validation = of_split(evidence.seen, "val").known(label)[0]
    return joined([of_split(unseen, "train"), validation]), (
        "validation films, and films of sources never seen"
    )


def _fewest(part: Predictions, label: str) -> int:
    truth, _ = column_of(part, label)
    return min(int(truth.sum()), int((1 - truth).sum()))


def without(evidence: Evidence, sources: Collection[str]) -> Evidence:
    """Return the evidence less all films of some sources."""
    return replace(
        evidence,
        seen=evidence.seen.where(~np.isin(evidence.seen.sources, list(sources))),
        unseen={n: p for n, p in evidence.unseen.items() if n not in sources},
        beside={n: p for n, p in evidence.beside.items() if n not in sources},
    )


def threshold_elsewhere(
    evidence: Evidence, label: str, sources: Collection[str]
) -> float | None:
    """Return the logit that the other sources would have set the threshold at.

    None if they hold too few films.
    """
    rest = without(evidence, sources)
    if not rest.unseen:
        return None
    truth, logits = column_of(held_films(rest, label)[0], label)
    chosen = sensitivity_threshold(logits, truth)
    return None if chosen is None else chosen[0]


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


def beats_chance(point: OperatingPoint | None) -> bool:
    """Whether flagging at a threshold tells more than flagging at random.

    Youden's index, sensitivity + specificity - 1, is 0 for a coin.
    """
    if point is None:
        return False
    return point.sensitivity.value + point.specificity.value > 1.0


def source_figures(evidence: Evidence, label: str) -> tuple[SourceFigure, ...]:
    """Measure each unit by heads that never saw it, at others' threshold."""
    figures = []
    beside = {
        f"{name}, {' and '.join(o for o in same_hospital(part.sources) if o != name)}"
        " seen": part
        for name, part in evidence.beside.items()
    }
    for name, part in {**evidence.unseen, **evidence.extra, **beside}.items():
        truth, logits = column_of(part, label)
        fewest = min(int(truth.sum()), int((1 - truth).sum()))
        if not len(truth) or (name in evidence.extra and fewest < FEWEST):
            continue
        known = part.known(label)[0]
        limit = threshold_elsewhere(evidence, label, set(known.sources.tolist()))
        flagged = None if limit is None else logits >= limit
        figures.append(
            SourceFigure(
                source=name,
                with_finding=int(truth.sum()),
                without=int((1 - truth).sum()),
                auroc=measures.auroc(truth, logits, known.patients.tolist()),
                sensitivity=None if flagged is None else _share(flagged[truth == 1]),
                specificity=None if flagged is None else _share(~flagged[truth == 0]),
                note=_note(name, part, evidence),
            )
        )
    return tuple(figures)


def _note(name: str, part: Predictions, evidence: Evidence) -> str:
    if name in evidence.unseen:
        others = [other for other in same_hospital(part.sources) if other != name]
        return f"{', '.join(others)} left out too: one hospital" if others else ""
    if name.endswith(" seen"):
        return f"the same hospital was seen; {NOT_IN_MEAN}"
    if name.startswith("website"):
        return f"part of a collection; the rest of it was seen; {NOT_IN_MEAN}"
    return (
        "two sources of one class each, made alike by one database, and all else of"
        f" their hospitals left out; {NOT_IN_MEAN}"
    )


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
    figures = source_figures(evidence, label)
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
        can_be_flagged=output.can_be_flagged and beats_chance(point),
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
    for name, part in {**evidence.unseen, **evidence.beside}.items():
        rest = without(evidence, {name})
        if not rest.unseen:
            continue
        truth, logits = column_of(held_films(rest, label)[0], label)
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
