"""Shortcut checks, subgroups and the input gate of the chest model."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.model_facts import ControlFigure, SubgroupFigure
from learning import measures
from learning.films import FilmSet
from learning.heads import ONE_CLASS, Basis, Heads
from learning.labelled_folder import LabelledFilm
from learning.outputs import OUTPUTS
from learning.runs import Predictions, predictions
from studies.model import Float32Array

BLACKOUT_DROP = 0.15
"""How far the AUROC must fall when the lungs are painted over."""
READABLE = 0.75
"""Balanced accuracy with which sources of one class may be told, at most."""
MARKER_CHANGE = 0.02
FEWEST = 30
"""Films of a subgroup below which no AUROC is stated."""
_LARGEST_SOURCES = 50


def controls(
    films: FilmSet,
    heads: Heads,
    variants: tuple[Float32Array, Float32Array, Float32Array],
    bases: Collection[Basis],
    labels: Sequence[str],
) -> tuple[ControlFigure, ...]:
    """Run all shortcut checks.

    Parameters
    ----------
    variants
        Features, (n, features), of the films as they are, with the lungs painted
        over, and with a marker.
    """
    full, painted, marked = (
        aurocs_of_tests(films, heads, features, labels) for features in variants
    )
    return (
        *painted_controls(full, painted),
        *source_controls(films, variants[0], bases),
        marker_control(full, marked),
    )


def aurocs_of_tests(
    films: FilmSet, heads: Heads, features: Float32Array, labels: Sequence[str]
) -> dict[str, tuple[float, str]]:
    """Return each label's AUROC on the test films, and on which of them.

    Parameters
    ----------
    features : (n, features)
        Of all films.
    """
    test = films.splits == "test"
    part = predictions(films.where(test), heads.logits(features[test]))
    result = {}
    for label in labels:
        within = measures.within_sources(part, label)
        if within:
            # Not pooled: where source and label nearly coincide, pooling measures
            # how well the source is told.
            values = [one.value for one in within.values()]
            result[label] = float(np.mean(values)), f"mean within {', '.join(within)}"
            continue
        known, column = part.known(label)
        measured = measures.auroc(
            known.labels[:, column], known.logits[:, column], known.patients.tolist()
        )
        if measured is not None:
            result[label] = measured.value, "all sources together: each has one class"
    return result


def painted_controls(
    full: dict[str, tuple[float, str]], painted: dict[str, tuple[float, str]]
) -> list[ControlFigure]:
    """Say what is left of each AUROC once the lungs are painted over."""
    return [
        ControlFigure(
            key="blackout",
            title=f"{OUTPUTS[label].name}: AUROC with the lungs painted over",
            value=painted[label][0],
            limit=value - BLACKOUT_DROP,
            detail=f"With the lungs {value:.2f}; test films, {where}.",
        )
        for label, (value, where) in full.items()
    ]


def marker_control(
    full: dict[str, tuple[float, str]], marked: dict[str, tuple[float, str]]
) -> ControlFigure:
    """Say how far a burned-in letter moves the AUROC that it moves most."""
    moved = {label: abs(marked[label][0] - one[0]) for label, one in full.items()}
    worst = max(moved, key=lambda label: moved[label])
    return ControlFigure(
        key="markers",
        title="Greatest change of an AUROC by a letter burned into the lungs' corner",
        value=moved[worst],
        limit=MARKER_CHANGE,
        detail=f"{OUTPUTS[worst].name}, test films.",
    )


def source_controls(
    films: FilmSet, features: Float32Array, bases: Collection[Basis]
) -> list[ControlFigure]:
    """Say how well the source is told, class by class.

    From what the heads see, of the bases the one that tells most; and from all
    features of the network, which the heads do not see.
    """
    figures = []
    for label in ONE_CLASS:
        seen = [basis.seen(features).astype(np.float32) for basis in bases]
        value, names = max(_readable(films, one, label) for one in seen)
        whole, _ = _readable(films, features, label)
        chance = (
            f"Balanced accuracy among {', '.join(names)} (chance"
            f" {1 / len(names):.2f}), the better of a linear and a nearest-neighbour"
            " probe"
        )
        title = f"Source told among {OUTPUTS[label].name} films"
        figures += [
            ControlFigure(
                "source", f"{title}, from what the heads see", value, READABLE,
                f"{chance}.",
            ),
            ControlFigure(
                "embedding", f"{title}, from all features of the network", whole,
                READABLE, f"{chance}. The heads see a part of the features only.",
            ),
        ]  # fmt: skip
    return figures


def _readable(
    films: FilmSet, features: Float32Array, label: str
) -> tuple[float, list[str]]:
    mask = films.label(label) == 1
    names, counts = np.unique(films.sources[mask], return_counts=True)
    names = names[counts >= _LARGEST_SOURCES]
    mask = mask & np.isin(films.sources, names)
    value = measures.source_readability(
        features,
        films.sources,
        mask & (films.splits == "train"),
        mask & (films.splits == "test"),
    )
    return value, names.tolist()


def subgroups(
    seen: Predictions, items: Sequence[LabelledFilm], labels: Sequence[str]
) -> tuple[SubgroupFigure, ...]:
    """Measure the test films by sex, view and age; too few films give no AUROC.

    Parameters
    ----------
    seen, items
        The same films, in the same order.
    """
    figures = []
    for name, inside in _groups(items).items():
        part = seen.where(inside & (seen.splits == "test"))
        for label in labels:
            known, column = part.known(label)
            truth = known.labels[:, column]
            fewest = min(int(truth.sum()), len(truth) - int(truth.sum()))
            measured = None
            if len(truth) >= FEWEST and fewest > 0:
                measured = measures.auroc(
                    truth, known.logits[:, column], known.patients.tolist()
                )
            figures.append(SubgroupFigure(label, name, len(truth), measured))
    return tuple(figures)


def _groups(items: Sequence[LabelledFilm]) -> dict[str, NDArray[np.bool_]]:
    sex = np.array([item.cell("sex") for item in items])
    view = np.array([item.cell("view") for item in items])
    age = np.array([_number(item.cell("age")) for item in items])
    return {
        "women": sex == "F",
        "men": sex == "M",
        "PA": view == "PA",
        "AP": np.char.startswith(view, "AP"),
        "under 40 years": age < 40,
        "40 to 64 years": (age >= 40) & (age < 65),
        "65 years and older": age >= 65,
    }


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def gate_facts(
    films: FilmSet, features: Float32Array, odd: Float32Array
) -> tuple[measures.Gate, dict[str, Any]]:
    """Fit the out-of-distribution distance and measure whom it refuses.

    Parameters
    ----------
    odd : (n, features)
        Of pictures that are no frontal chest film.
    """
    gate, refused = measures.set_gate_scale(
        features,
        films.sources,
        films.splits == "train",
        measured=films.splits != "train",
    )
    test = gate.distances(features[films.splits == "test"])
    others = gate.distances(odd)
    return gate, {
        "refused_unseen": refused,
        "refused_test": float((test > 1.0).mean()),
        "odd_films": len(odd),
        "odd_refused": float((others > 1.0).mean()) if len(odd) else None,
        "odd_auroc": measures.separation(test, others) if len(odd) else None,
    }
