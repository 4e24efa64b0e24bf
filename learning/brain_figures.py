"""The figures of the brain model's card, from what the network gave."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import balanced_accuracy_score

from inference.model_card import FindingSpec
from learning import brain_measures as measures
from learning.brain_calibration import TypeFilms, probabilities, type_facts, type_spec
from learning.brain_measures import Results
from learning.brain_slices import TYPES, BrainSlice
from learning.dice import grouped_interval
from learning.measures import GATE_REFUSED, Gate, fit_gate, separation

COMPONENTS = (32, 256)
"""Components of the features that the input gate looks at, by falling variance."""


def kinds_of(slices: list[BrainSlice]) -> NDArray[np.int64]:
    """Return the types of slices as indexes into TYPES, (n,)."""
    return np.array([item.kind for item in slices])


def blocks_of(slices: list[BrainSlice]) -> NDArray[np.str_]:
    """Return the blocks of slices, (n,)."""
    return np.array([item.block for item in slices])


def measure_types(
    slices: list[BrainSlice], results: Results
) -> tuple[list[FindingSpec], dict[str, Any]]:
    """Calibrate the types and measure them, alone and against one another."""
    kinds, blocks = kinds_of(slices), blocks_of(slices)
    specs: list[FindingSpec] = []
    facts: dict[str, Any] = {}
    for index, kind in enumerate(TYPES):
        logits = results.logits[:, index].astype(np.float64)
        films = TypeFilms(logits, (kinds == index).astype(np.int64), blocks)
        reference = float(np.quantile(results.peaks[kinds == index, index], 0.95))
        spec = type_spec(kind, films, reference)
        specs.append(spec)
        facts[kind] = type_facts(films, spec)
    said = results.logits.argmax(1)
    right = grouped_interval(said == kinds, blocks.tolist())
    facts["accuracy"] = asdict(right)
    facts["balanced_accuracy"] = float(balanced_accuracy_score(kinds, said))
    facts["confusion"] = [
        [int(((kinds == row) & (said == column)).sum()) for column in range(len(TYPES))]
        for row in range(len(TYPES))
    ]
    return specs, facts


def measure_masks(
    slices: list[BrainSlice], results: Results
) -> tuple[float, dict[str, Any]]:
    """Set the threshold of the mask, and measure it block by block."""
    kinds, blocks = kinds_of(slices), blocks_of(slices)
    tables = {t: measures.agreement(slices, results, t) for t in measures.THRESHOLDS}
    threshold = measures.best_threshold({t: v.overlap for t, v in tables.items()})
    crossed, chosen = measures.cross_fitted(tables, blocks)
    every = np.ones(len(slices), np.bool_)
    origin = np.array([item.mask_note for item in slices])
    where = {"all": every}
    where |= {kind: kinds == index for index, kind in enumerate(TYPES)}
    where["original masks"] = origin == "original resolution"
    where["recovered masks"] = np.char.startswith(origin, "recovered")
    return threshold, {
        "threshold": threshold,
        "thresholds_of_blocks": chosen,
        "cross_fitted": {
            name: measures.summarise(crossed, blocks, mask)
            for name, mask in where.items()
            if mask.any()
        },
        "at_threshold": measures.summarise(tables[threshold], blocks, every),
        "reliability": measures.pixel_reliability(slices, results),
    }


def measure_normals(
    slices: list[BrainSlice], results: Results, threshold: float
) -> dict[str, Any]:
    """Measure marks on slices without and with a tumour of a web collection."""
    tumour = np.array([item.box is not None for item in slices])
    marked = measures.marked(results, threshold)
    peak = results.masks.max((1, 2)).astype(np.float64)
    table = measures.agreement(slices, results, threshold)
    files = np.array([item.file for item in slices])
    return {
        "normal": int((~tumour).sum()),
        "falsely_marked": asdict(grouped_interval(marked[~tumour], files[~tumour])),
        "tumour": int(tumour.sum()),
        "marks": measures.summarise(table, files, tumour),
        "peak_auroc": separation(peak[~tumour], peak[tumour]),
    }


def measure_gate(
    trained: Results,
    unseen: Results,
    blocks: NDArray[np.str_],
    others: dict[str, Results],
) -> tuple[Gate, dict[str, Any]]:
    """Fit the input gate on training slices, and its limit on unseen blocks.

    The limit is not set on training slices, even with their block left out of
    the gate: the network has seen them, so they lie closer than any slice in use.

    Parameters
    ----------
    blocks : (unseen slices,)
        For each block the share refused is measured at the limit of the others.
    others
        Images that are no slice of the kind, by what they are.
    """
    free = fit_gate(trained.features, 1.0, COMPONENTS)
    distances = free.distances(unseen.features)
    scale = float(np.quantile(distances, 1.0 - GATE_REFUSED))
    gate = Gate(free.mean, free.precision_root, scale)
    refused = np.zeros(len(blocks), np.bool_)
    for block in np.unique(blocks):
        inside = blocks == block
        limit = np.quantile(distances[~inside], 1.0 - GATE_REFUSED)
        refused[inside] = distances[inside] > limit
    facts: dict[str, Any] = {
        "components": COMPONENTS,
        "training_slices": len(trained.features),
        "unseen_slices": len(distances),
        "refused": asdict(grouped_interval(refused, blocks.tolist())),
        "others": {},
    }
    for kind, results in others.items():
        outside = gate.distances(results.features)
        facts["others"][kind] = {
            "images": len(outside),
            "refused": float((outside > 1.0).mean()),
            "auroc": separation(distances / scale, outside),
        }
    return gate, facts


def half_shift(exact: Results, rounded: Results, specs: list[FindingSpec]) -> float:
    """Return the greatest change of a type's or a pixel's probability.

    `rounded` may be of the first of the slices only.
    """
    after = _probabilities(rounded, specs)
    types = np.abs(_probabilities(exact, specs)[:, : after.shape[1]] - after)
    count = len(rounded.masks)
    one, other = (
        1.0 / (1.0 + np.exp(-r.masks[:count].astype(np.float64)))
        for r in (exact, rounded)
    )
    return float(max(types.max(), np.abs(one - other).max()))


def _probabilities(results: Results, specs: list[FindingSpec]) -> NDArray[np.float64]:
    return np.stack(
        [
            probabilities(results.logits[:, index].astype(np.float64), spec.calibration)
            for index, spec in enumerate(specs)
        ]
    )
