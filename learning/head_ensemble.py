"""Several heads a label, fitted to draws of sources and patients, and their mean."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from learning.films import LABELS, FilmSet
from learning.heads import Basis, Float64Array, Heads, draw_times, fit_labels
from studies.model import Float32Array

MEMBERS = 5


def keep(heads: Heads, labels: tuple[str, ...]) -> Heads:
    """Return the heads of some labels."""
    rows = [LABELS.index(label) for label in labels]
    return Heads(heads.weight[rows], heads.bias[rows])


def fit_members(
    films: FilmSet, features: Float32Array, bases: Mapping[int, Basis], seed: int = 0
) -> list[Heads]:
    """Fit heads to draws of sites and patients, `MEMBERS` of them.

    A draw that leaves a label without films of both classes is drawn again.
    """
    rng = np.random.default_rng(seed)
    members: list[Heads] = []
    while len(members) < MEMBERS:
        times = draw_times(films, rng)
        heads = fit_labels(features, films, bases, times)
        if np.isfinite(heads.bias).all():
            members.append(heads)
    return members


def mean_heads(members: list[Heads]) -> Heads:
    """Return the heads whose logits are the members' mean."""
    return Heads(
        np.mean([member.weight for member in members], axis=0),
        np.mean([member.bias for member in members], axis=0),
    )


def spread_of(members: list[Heads], features: Float32Array) -> Float64Array:
    """Return the standard deviation of the members' logits, (n, labels)."""
    logits = np.stack([member.logits(features) for member in members])
    spread: Float64Array = logits.std(axis=0, ddof=1)
    return spread
