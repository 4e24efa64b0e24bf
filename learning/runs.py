"""Films with what heads predict of them, and which films heads are trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from learning.films import LABELS, FilmSet
from learning.heads import Heads, fit_bases, fit_labels
from studies.model import Float32Array


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """What was predicted of films, all arrays aligned.

    `labels` (n, labels) is NaN where unknown; `logits` (n, labels) where the label
    could not be learnt.
    """

    sources: NDArray[np.str_]
    patients: NDArray[np.str_]
    splits: NDArray[np.str_]
    labels: Float32Array
    logits: Float32Array

    def where(self, mask: NDArray[np.bool_]) -> Predictions:
        """Return the rows at which `mask`, (n,), is true."""
        return Predictions(
            self.sources[mask],
            self.patients[mask],
            self.splits[mask],
            self.labels[mask],
            self.logits[mask],
        )

    def known(self, label: str) -> tuple[Predictions, int]:
        """Return the rows with a label and a logit of it, and its column.

        A head that was trained without films of both classes gives no logit.
        """
        column = LABELS.index(label)
        there = np.isfinite(self.labels[:, column]) & np.isfinite(
            self.logits[:, column]
        )
        return self.where(there), column


def predictions(films: FilmSet, logits: NDArray[np.floating]) -> Predictions:
    """Put films and their logits, (n, labels), together."""
    return Predictions(
        films.sources,
        films.patients,
        films.splits,
        films.labels,
        logits.astype(np.float32),
    )


HOSPITALS = {"nih": "NIH Clinical Center", "rsna_normal": "NIH Clinical Center"}
"""Sources of one hospital: who has seen one has seen the scanners, and perhaps the
patients, of the other."""


def training_mask(
    films: FilmSet, held: NDArray[np.bool_] | None = None, *, hospital: bool = True
) -> NDArray[np.bool_]:
    """Which films to train on.

    The `train` split without the held-out films, (n,), without any patient of theirs
    who also appears elsewhere, and, if `hospital`, without other sources of the same
    hospital.
    """
    mask = films.splits == "train"
    if held is not None:
        mask &= ~held & ~np.isin(films.patients, films.patients[held])
        if hospital:
            mask &= ~np.isin(films.sources, same_hospital(films.sources[held]))
    return np.asarray(mask)


def same_hospital(sources: NDArray[np.str_]) -> list[str]:
    """Return all sources of the hospitals that some sources are of."""
    known = {HOSPITALS[name] for name in set(sources.tolist()) & set(HOSPITALS)}
    return [name for name, hospital in HOSPITALS.items() if hospital in known]


def train(
    films: FilmSet,
    features: Float32Array,
    held: NDArray[np.bool_] | None = None,
    *,
    hospital: bool = True,
) -> Heads:
    """Fit the heads of all labels without the held-out films (`training_mask`).

    Parameters
    ----------
    features : (n, features)
        Of `films`.
    """
    mask = training_mask(films, held, hospital=hospital)
    kept = films.where(mask)
    return fit_labels(features[mask], kept, fit_bases(features[mask], kept))


def joined(parts: Sequence[Predictions]) -> Predictions:
    """Put several predictions behind one another."""
    names = ("sources", "patients", "splits", "labels", "logits")
    return Predictions(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in names)
    )
