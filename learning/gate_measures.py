"""What the input gate is worth: refusals of bad films, acceptance of good ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.covariance import LedoitWolf
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn

from inference.film_gate import DISTANCES, KINDS, LIMIT, GateVerdict, LungBox, judge
from inference.gate_network import GateNetwork
from inference.model_facts import Measured
from inference.preprocess import prepare
from learning.calibration import wilson
from learning.gate_films import GateFilms
from learning.gate_samples import INPUT
from learning.lung_boxes import overlap
from studies.model import Float32Array, UInt8Array

Outputs: TypeAlias = Mapping[str, Float32Array]
"""Of many films: the network's outputs by name, (n, ...)."""

MEMBERS = {
    "frontal chest": ("frontal chest",),
    "limb": ("upper limb",),
    "brain MR": ("brain MR",),
}
QUANTILE, SLACK = 0.995, 1.2
"""The limit of the distance: this quantile of the training films, and this factor,
since films that were trained on lie nearer than good new ones."""

REFUSED = 0.01
"""Share of the training films that may be taken for inverted, and for cut off."""

MOST = 1200
"""Training films of a kind that the distance is fitted on, drawn by chance."""


@dataclass(frozen=True, slots=True)
class Refusals:
    """How many films of a group were refused."""

    group: str
    refused: Measured
    films: int


@torch.inference_mode()
def run_network(
    network: GateNetwork, films: UInt8Array, batch: int = 64
) -> dict[str, Float32Array]:
    """Return the outputs on films, (n, rows, columns) uint8."""
    parts: dict[str, list[Float32Array]] = {}
    for start in range(0, len(films), batch):
        inputs = [
            prepare(film.astype(np.float32) / 255.0, INPUT)[0]
            for film in films[start : start + batch]
        ]
        for name, value in network(torch.from_numpy(np.stack(inputs))[:, None]).items():
            parts.setdefault(name, []).append(value.numpy())
    return {name: np.concatenate(values) for name, values in parts.items()}


def of_film(outputs: Outputs, index: int) -> dict[str, Float32Array]:
    """Return the outputs of one film, as `film_gate.judge` takes them."""
    return {name: values[index] for name, values in outputs.items()}


def judge_all(outputs: Outputs, wanted: str) -> list[GateVerdict]:
    """Judge every film."""
    count = len(outputs["kind"])
    return [judge(of_film(outputs, index), wanted) for index in range(count)]


def set_distances(network: GateNetwork, films: GateFilms) -> None:
    """Fit the distance from the training films of each kind, and its limit.

    Mahalanobis' distance with Ledoit and Wolf's shrunk covariance.
    """
    rng = np.random.default_rng(0)
    means, roots, scales = [], [], []
    for wanted in DISTANCES:
        numbers = [KINDS.index(kind) for kind in MEMBERS[wanted]]
        chosen = np.isin(films.kinds, numbers) & ~films.test
        rows = np.flatnonzero(chosen)
        rows = rng.choice(rows, min(len(rows), MOST), replace=False)
        features = run_network(network, films.films[rows])["features"]
        fitted = LedoitWolf().fit(features.astype(np.float64))
        values, vectors = np.linalg.eigh(fitted.covariance_)
        root = (vectors / np.sqrt(values)).T
        away = np.linalg.norm((features - fitted.location_) @ root.T, axis=1)
        means.append(fitted.location_)
        roots.append(root)
        scales.append(float(np.quantile(away, QUANTILE)) * SLACK / LIMIT)
    for name, value in (
        ("mean", means),
        ("precision_root", roots),
        ("scale", scales),
    ):
        buffer = getattr(network, name)
        assert isinstance(buffer, Tensor)
        buffer.copy_(torch.from_numpy(np.stack(value).astype(np.float32)))


def set_limits(network: GateNetwork, films: GateFilms) -> None:
    """Shift "inverted" and "cut off" so that 0.5 refuses few good training films.

    Half of the samples that the network learns from are bad films, far more than
    in use; of the training films as they are, at most `REFUSED` may pass 0.5.
    """
    rng = np.random.default_rng(1)
    for name, kinds in (
        ("cut_off", MEMBERS["frontal chest"]),
        ("inverted", MEMBERS["frontal chest"] + MEMBERS["limb"]),
    ):
        numbers = [KINDS.index(kind) for kind in kinds]
        rows = np.flatnonzero(np.isin(films.kinds, numbers) & ~films.test)
        rows = rng.choice(rows, min(len(rows), MOST), replace=False)
        logits = run_network(network, films.films[rows])[name][:, 0]
        limit = max(float(np.quantile(logits, 1.0 - REFUSED)), 0.0)
        head = network.heads[name]
        assert isinstance(head, nn.Linear)
        with torch.no_grad():
            head.bias.sub_(limit)


def kind_auroc(
    outputs: Outputs, kinds: NDArray[np.int64], wanted: str, against: list[str]
) -> float:
    """Return the AUROC of the wanted kind's probability against other kinds."""
    good = np.isin(kinds, [KINDS.index(kind) for kind in MEMBERS[wanted]])
    bad = np.isin(kinds, [KINDS.index(kind) for kind in against])
    powers = np.exp(outputs["kind"] - outputs["kind"].max(1, keepdims=True))
    columns = [KINDS.index(kind) for kind in MEMBERS[wanted]]
    probability = powers[:, columns].sum(1) / powers.sum(1)
    used = good | bad
    return float(roc_auc_score(good[used], probability[used]))


def refusals(
    verdicts: list[GateVerdict], groups: NDArray[np.str_]
) -> tuple[Refusals, ...]:
    """Return the refused share of each group."""
    refused = np.array([bool(verdict.reasons) for verdict in verdicts])
    return tuple(
        Refusals(
            str(group),
            wilson(int(refused[groups == group].sum()), int((groups == group).sum())),
            int((groups == group).sum()),
        )
        for group in np.unique(groups)
    )


def changed(
    network: GateNetwork, films: UInt8Array, change: Callable[[UInt8Array], UInt8Array]
) -> dict[str, Float32Array]:
    """Run the network on changed films."""
    return run_network(network, np.stack([change(film) for film in films]))


def turn(degrees: int) -> Callable[[UInt8Array], UInt8Array]:
    """Return what turns a film clockwise."""
    return lambda film: np.ascontiguousarray(np.rot90(film, -(degrees // 90)))


def invert(film: UInt8Array) -> UInt8Array:
    """Exchange black and white."""
    return np.asarray(255 - film, np.uint8)


def crop_to_cut(film: UInt8Array, box: LungBox, edge: int, share: float) -> UInt8Array:
    """Crop a film so that a share of the lung box's height or width is lost.

    `edge` is 0 top, 1 left, 2 bottom, 3 right.
    """
    rows, columns = film.shape
    row0, column0, row1, column1 = box
    keep = [0.0, 0.0, 1.0, 1.0]
    extent = (row1 - row0, column1 - column0)[edge % 2]
    keep[edge] = box[edge] + (share if edge < 2 else -share) * extent
    part = film[
        int(keep[0] * rows) : int(np.ceil(keep[2] * rows)),
        int(keep[1] * columns) : int(np.ceil(keep[3] * columns)),
    ]
    size = (columns, rows)
    return np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def box_overlaps(
    verdicts: list[GateVerdict], truth: list[LungBox]
) -> NDArray[np.float64]:
    """Return intersection over union of each found lung box; 0 where none."""
    return np.array(
        [
            overlap(verdict.lung_box, box) if verdict.lung_box else 0.0
            for verdict, box in zip(verdicts, truth, strict=True)
        ]
    )
