"""The steps of publishing the chest model that run films through the network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from inference.gate_network import GateNetwork
from inference.model_outputs import FindingSpec
from inference.preprocess import prepare
from learning.chest_features import INPUT, lung_box, run
from learning.chest_measures import probabilities
from learning.films import FilmSet
from learning.heads import Heads
from learning.labelled_folder import LabelledFilm, LabelledFolder
from learning.network import build_network
from learning.network_files import HALF_LIMIT, read_network, run_network, write_network
from studies.model import Float32Array

PEAK_FILMS = 15
BATCH = 32


def in_use(
    folder: LabelledFolder, items: list[LabelledFilm], gate: GateNetwork
) -> Float32Array:
    """Prepare films as in use, (n, rows, columns), by the gate's own lung boxes."""
    shown = (_display(folder, item) for item in items)
    return np.stack([prepare(film, INPUT, lung_box(gate, film))[0] for film in shown])


def _display(folder: LabelledFolder, item: LabelledFilm) -> Float32Array:
    return folder.read_gray(item).astype(np.float32) / 255.0


def run_all(inputs: Float32Array, batch: int = BATCH) -> Float32Array:
    """Return the features, (n, 1280), of prepared films."""
    network = build_network(1).to(memory_format=torch.channels_last).eval()
    parts = [
        run(network, list(inputs[start : start + batch]))
        for start in range(0, len(inputs), batch)
    ]
    return np.concatenate(parts)


def odd_features(folder: LabelledFolder, gate: GateNetwork) -> Float32Array:
    """Return the features of the folder's pictures that are no frontal film."""
    items = [i for i in folder.items if i.extra.get("kind", "cxr") != "cxr"]
    return run_all(in_use(folder, items, gate))


def heatmap_references(
    network: torch.nn.Module,
    folder: LabelledFolder,
    items: list[LabelledFilm],
    films: FilmSet,
    labels: tuple[str, ...],
    gate: GateNetwork,
) -> list[float]:
    """Return the contribution that a heatmap draws as 1.0, for each label.

    The 95 % quantile of the greatest contribution of a grid cell, among
    validation films with the label.
    """
    result = []
    for column, label in enumerate(labels):
        there = (films.label(label) == 1) & (films.splits == "val")
        rows = np.flatnonzero(there)[:PEAK_FILMS]
        inputs = in_use(folder, [items[row] for row in rows], gate)
        peaks = run_network(network, inputs)[1][:, column]
        result.append(round(float(np.quantile(peaks, 0.95)), 4))
    return result


def half_shift(
    heads: Heads,
    path: Path,
    folder: LabelledFolder,
    items: list[LabelledFilm],
    gate: GateNetwork,
    specs: tuple[FindingSpec, ...],
) -> float:
    """Return how far half precision moves a probability of the films.

    Stops at the first batch that moves one by more than `HALF_LIMIT`. The file
    at `path` holds single precision afterwards.
    """
    write_network(heads, path, half=True)
    rounded = read_network(path, len(specs))
    write_network(heads, path, half=False)
    exact = read_network(path, len(specs))
    worst = 0.0
    for start in range(0, len(items), BATCH):
        inputs = in_use(folder, items[start : start + BATCH], gate)
        pair = run_network(exact, inputs)[0], run_network(rounded, inputs)[0]
        worst = max(worst, _moved(*pair, specs))
        if worst > HALF_LIMIT:
            break
    return worst


def _moved(
    exact: NDArray[np.float32],
    rounded: NDArray[np.float32],
    specs: tuple[FindingSpec, ...],
) -> float:
    moved = [
        probabilities(exact[:, i], spec.calibration)
        - probabilities(rounded[:, i], spec.calibration)
        for i, spec in enumerate(specs)
    ]
    return float(np.abs(moved).max())


def aurocs_in_use(
    network: torch.nn.Module,
    folder: LabelledFolder,
    items: list[LabelledFilm],
    films: FilmSet,
    labels: tuple[str, ...],
    gate: GateNetwork,
    source: str = "nih",
) -> dict[str, float]:
    """Return the AUROC of each label on one source's test films, as in use.

    Afresh from the pixels, with the shipped gate's lung boxes and the shipped
    weights: what the features of an earlier gate may have moved shows here.
    """
    rows = np.flatnonzero((films.sources == source) & (films.splits == "test"))
    inputs = in_use(folder, [items[row] for row in rows], gate)
    logits = run_network(network, inputs)[0]
    result = {}
    for column, label in enumerate(labels):
        truth = films.label(label)[rows]
        known = ~np.isnan(truth)
        if len(np.unique(truth[known])) == 2:
            auroc = roc_auc_score(truth[known], logits[known, column])
            result[label] = float(auroc)
    return result
