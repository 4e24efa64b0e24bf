"""Batches for the input gate: kinds and sources drawn evenly, with their truth."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from inference.film_gate import KINDS, LungBox
from learning.gate_films import GateFilms
from learning.gate_samples import FRONTAL, OTHER, Sample, make_other, make_sample
from learning.trainer import step_generator

SHARES = {
    "frontal chest": 0.34,
    "lateral chest": 0.06,
    "upper limb": 0.20,
    "other limb": 0.13,
    "brain MR": 0.10,
    "CT slice": 0.05,
    "photograph": 0.05,
    "other": 0.07,
}
"""Share of each kind in a batch."""

DRAWN = 0.7
"""Share of "other" that is drawn or put together rather than a film."""


@dataclass(frozen=True, slots=True)
class GateBatch:
    """Pictures (n, 1, rows, columns) and what is true of them, as in `Sample`."""

    films: Tensor
    kinds: Tensor
    turns: Tensor
    inverted: Tensor
    cut_off: Tensor
    boxes: Tensor


class GateSampler:
    """Makes the batch of a step, the same for the same seed and step.

    Parameters
    ----------
    boxes
        Lung boxes by file. Frontal films with a box are drawn four times as
        often as those without.
    """

    def __init__(
        self,
        films: GateFilms,
        boxes: Mapping[str, LungBox],
        batch: int = 64,
        seed: int = 0,
    ) -> None:
        self.films = films
        self.boxes = boxes
        self.batch = batch
        self.seed = seed
        self._chances = chances(films, boxes)

    def __call__(self, step: int) -> GateBatch:
        """Return the batch of a step."""
        rng = step_generator(self.seed, step)
        chosen = rng.choice(len(self.films.kinds), self.batch, p=self._chances)
        return to_batch([self._sample(int(index), rng) for index in chosen])

    def _sample(self, index: int, rng: np.random.Generator) -> Sample:
        films = self.films
        kind = int(films.kinds[index])
        if kind == OTHER and rng.random() < DRAWN:
            return make_other(films.films, rng)
        box = self.boxes.get(str(films.files[index])) if kind == FRONTAL else None
        return make_sample(films.films[index], kind, box, rng)


def chances(films: GateFilms, boxes: Mapping[str, LungBox]) -> NDArray[np.float64]:
    """Return each film's chance to be drawn, (n,), summing to 1.

    A kind has its share, within it a source the square root of its size.
    """
    weights = np.zeros(len(films.kinds))
    for number, kind in enumerate(KINDS):
        of_kind = films.kinds == number
        for source in np.unique(films.sources[of_kind]):
            inside = of_kind & (films.sources == source)
            each = np.array([4.0 if f in boxes else 1.0 for f in films.files[inside]])
            weights[inside] = math.sqrt(inside.sum()) * each / each.sum()
        if of_kind.any():
            weights[of_kind] *= SHARES[kind] / weights[of_kind].sum()
    return np.asarray(weights / weights.sum())


def to_batch(samples: list[Sample]) -> GateBatch:
    """Stack samples, channels last."""
    films = torch.from_numpy(np.stack([sample.film for sample in samples]))[:, None]
    return GateBatch(
        films=films.contiguous(memory_format=torch.channels_last),
        kinds=torch.tensor([sample.kind for sample in samples]),
        turns=torch.tensor([sample.turn for sample in samples]),
        inverted=torch.tensor([sample.inverted for sample in samples]),
        cut_off=torch.tensor([sample.cut_off for sample in samples]),
        boxes=torch.from_numpy(np.stack([s.box for s in samples])).float(),
    )


def gate_loss(outputs: Mapping[str, Tensor], batch: GateBatch) -> Tensor:
    """Return the sum of what the heads got wrong; NaN and -1 are not asked."""
    kind = nn.functional.cross_entropy(
        outputs["kind"].float(), batch.kinds, label_smoothing=0.02
    )
    loss = kind
    if (batch.turns >= 0).any():
        loss = loss + nn.functional.cross_entropy(
            outputs["rotation"].float(), batch.turns, ignore_index=-1
        )
    for name in ("inverted", "cut_off"):
        loss = loss + _binary(outputs[name][:, 0], getattr(batch, name))
    known = ~torch.isnan(batch.boxes)
    if known.any():
        away = (outputs["lung_box"].float() - batch.boxes)[known]
        loss = loss + 10.0 * nn.functional.smooth_l1_loss(
            away, torch.zeros_like(away), beta=0.05
        )
    return loss


def _binary(logits: Tensor, truth: Tensor) -> Tensor:
    known = ~torch.isnan(truth)
    if not known.any():
        return logits.sum() * 0.0
    return nn.functional.binary_cross_entropy_with_logits(
        logits.float()[known], truth[known]
    )
