"""What a network gives -> logits. NumPy only.

Networks of other makers give probabilities, numbers normalised to an operating
point, or planes of exclusive classes; the program knows logits alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from inference.errors import ModelUnavailableError
from inference.model_card import ModelCard
from studies.model import Float32Array

_SMALLEST = 1e-7
"""Probabilities are kept this far from 0 and 1, as float32 resolves them."""


def split(
    given: Mapping[str, Float32Array], card: ModelCard, films: int
) -> tuple[Float32Array, dict[str, Float32Array]]:
    """Part the head's numbers from the dense outputs; both become logits.

    Parameters
    ----------
    given
        The network's outputs by their names.

    Returns
    -------
    (films, labels), with no columns where the network has no head; and the
    other outputs, the mask among them.
    """
    dense = dict(given)
    logits = dense.pop(card.logits_output, np.zeros((films, 0), np.float32))
    if card.mask_output in dense:
        planes = to_logits(dense[card.mask_output], card)
        # Of exclusive classes the first may be the background, which is no segment.
        background = card.output == "softmax" and planes.ndim == 4
        if background and planes.shape[1] == len(card.segments) + 1:
            planes = planes[:, 1:]
        dense[card.mask_output] = planes
    return to_logits(logits, card), dense


def to_logits(values: Float32Array, card: ModelCard) -> Float32Array:
    """Turn what the manifest says the numbers are into logits.

    Parameters
    ----------
    values : (films, labels) or (films, planes, rows, columns)
    """
    if values.size == 0 or card.output == "logit":
        return values
    if card.output == "softmax":
        return log_odds(values)
    if card.output == "operating-point" and values.ndim == 2:
        values = undo_operating_point(values, card.operating_points)
    return to_logit(values)


def undo_operating_point(
    values: Float32Array, operating_points: Sequence[float]
) -> Float32Array:
    """Undo TorchXRayVision's normalisation, in which 0.5 is the operating point.

    The library maps a sigmoid's value p to p / (2 t) below the operating point t
    and to 1 - (1 - p) / (2 (1 - t)) above: 0.5 says "at the operating point",
    not "half of such films have it". With t = 0.1: 0.05 -> 0.25, 0.55 -> 0.75.

    Parameters
    ----------
    values : (films, labels)
    operating_points : (labels,)
        t, between 0 and 1.

    References
    ----------
    torchxrayvision 1.5.7, models.op_norm.
    """
    point = np.asarray(operating_points, np.float64)
    below = 2.0 * point * values
    above = 1.0 - 2.0 * (1.0 - point) * (1.0 - values.astype(np.float64))
    undone: Float32Array = np.where(values < 0.5, below, above).astype(np.float32)
    return undone


def to_logit(probabilities: Float32Array) -> Float32Array:
    """Return log(p / (1 - p)), within what float32 resolves (about +-16)."""
    p = np.clip(probabilities.astype(np.float64), _SMALLEST, 1.0 - _SMALLEST)
    logits: Float32Array = np.log(p / (1.0 - p)).astype(np.float32)
    return logits


def log_odds(values: Float32Array) -> Float32Array:
    """Return each exclusive class against all others, from softmax's inputs.

    With p = softmax(x): log(p_k / (1 - p_k)) = x_k - log(sum of exp(x_j), j not
    k), over axis 1. Two classes: x_1 - x_0 and its negative.

    Raises
    ------
    ValueError
        If there are fewer than two classes.
    """
    if values.shape[1] < 2:
        raise ValueError("exclusive classes need at least two outputs")
    wide = values.astype(np.float64)
    columns = []
    for k in range(values.shape[1]):
        others = np.delete(wide, k, axis=1)
        peak = others.max(axis=1, keepdims=True)
        rest = peak + np.log(np.exp(others - peak).sum(axis=1, keepdims=True))
        columns.append(wide[:, k : k + 1] - rest)
    odds: Float32Array = np.concatenate(columns, axis=1).astype(np.float32)
    return odds


def check(
    logits: Float32Array, dense: Mapping[str, Float32Array], card: ModelCard
) -> None:
    """Refuse a network that gives other outputs than its manifest names.

    Raises
    ------
    ModelUnavailableError
        With what it gives and what the manifest names.
    """
    # A network of the input gate names its outputs itself.
    if card.task == "gate":
        return
    if logits.ndim != 2 or logits.shape[1] != card.outputs:
        raise ModelUnavailableError(
            card.model_id,
            f"the network gives {_sides(logits)} numbers a film, the manifest"
            f" names {card.outputs}",
        )
    if not card.segments:
        return
    mask = dense.get(card.mask_output)
    if mask is None or mask.ndim != 4 or mask.shape[1] != len(card.segments):
        found = "no such output" if mask is None else _sides(mask)
        raise ModelUnavailableError(
            card.model_id,
            f"output {card.mask_output!r} is {found}, the manifest names"
            f" {len(card.segments)} segments",
        )


def _sides(array: Float32Array) -> str:
    return " x ".join(str(side) for side in array.shape[1:]) or "no"
