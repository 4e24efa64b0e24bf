"""What the brain network is trained for: the mask and the type."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from learning.brain_slices import POSITIVE, UNKNOWN

SMOOTHING = 0.05
TYPE_SHARE = 0.4


def mask_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Binary cross-entropy plus Dice loss over the pixels of known class.

    Parameters
    ----------
    logits : (n, rows, columns)
    targets : (n, rows, columns)
        NEGATIVE, UNKNOWN or POSITIVE. Dice is left out of slices without a
        positive pixel: there it has no gradient but at the brightest pixel.
    """
    known = (targets != UNKNOWN).float()
    truth = (targets == POSITIVE).float()
    cross = nn.functional.binary_cross_entropy_with_logits(
        logits, truth, reduction="none"
    )
    # Tumours fill few pixels: without the weight the loss is of background.
    weight = known * (1.0 + 2.0 * truth)
    pixelwise = (cross * weight).sum((1, 2)) / weight.sum((1, 2)).clamp(min=1.0)
    return pixelwise.mean() + _dice_loss(logits.sigmoid() * known, truth)


def _dice_loss(probability: Tensor, truth: Tensor) -> Tensor:
    both = (probability * truth).sum((1, 2))
    sizes = probability.sum((1, 2)) + truth.sum((1, 2))
    has = (truth.sum((1, 2)) > 0).float()
    loss = 1.0 - (2.0 * both + 1.0) / (sizes + 1.0)
    return (loss * has).sum() / has.sum().clamp(min=1.0)


def type_loss(logits: Tensor, kinds: Tensor) -> Tensor:
    """Binary cross-entropy of each type against the others.

    Parameters
    ----------
    logits : (n, types)
    kinds : (n,) integers
        -1 where no type is known: such slices do not count.
    """
    known = kinds >= 0
    truth = nn.functional.one_hot(kinds.clamp(min=0), logits.shape[1]).float()
    target = truth * (1.0 - 2.0 * SMOOTHING) + SMOOTHING
    loss = nn.functional.binary_cross_entropy_with_logits(
        logits, target, reduction="none"
    ).mean(1)
    return (loss * known).sum() / known.sum().clamp(min=1)


def brain_loss(outputs: dict[str, Tensor], targets: Tensor, kinds: Tensor) -> Tensor:
    """Return the loss of mask and type together."""
    with torch.autocast("cpu", enabled=False):
        mask = mask_loss(outputs["mask"][:, 0].float(), targets)
        return mask + TYPE_SHARE * type_loss(outputs["logits"].float(), kinds)
