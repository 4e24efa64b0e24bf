"""Whether another backend gives what plain PyTorch gives. NumPy only."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from inference.model_card import InputSpec
from studies.model import Float32Array

PROBABILITY = 1e-3
"""How far a probability may lie from plain PyTorch's."""

RELATIVE = 1e-2
"""How far features and maps may, of the largest value."""


def check_films(spec: InputSpec) -> Float32Array:
    """Return films to compare on: grain, soft shadows, and one of a single grey.

    Returns
    -------
    (3, spec.rows, spec.columns) float32, on the network's scale.
    """
    random = np.random.default_rng(20)
    grain = random.standard_normal((spec.rows, spec.columns), np.float32)
    coarse = random.standard_normal((6, 6), np.float32)
    size = (spec.columns, spec.rows)
    shadows = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
    return np.stack([grain, shadows + 0.1 * grain, np.zeros_like(grain)])


def difference(
    found: Mapping[str, Float32Array],
    expected: Mapping[str, Float32Array],
    *,
    are_logits: bool,
) -> str:
    """Say where two backends differ by too much; "" where they do not.

    Parameters
    ----------
    found, expected
        Outputs by name: those of the network itself begin with "=".
    are_logits
        Whether the network's own outputs are logits, to be compared as
        probabilities; else they are compared as they are.
    """
    if list(found) != list(expected):
        return "it gives other outputs"
    for name, array in expected.items():
        if found[name].shape != array.shape:
            return f"its {name.lstrip('=')} have another shape"
        own = name.startswith("=")
        away = _away(found[name], array, logits=own and are_logits, absolute=own)
        limit = PROBABILITY if own else RELATIVE
        if not away <= limit:
            return f"its {name.lstrip('=')} differ by {away:.2g}; allowed: {limit:g}"
    return ""


def _away(
    found: Float32Array, expected: Float32Array, *, logits: bool, absolute: bool
) -> float:
    """Return the largest difference; not a number where either holds none."""
    if logits:
        found, expected = _sigmoid(found), _sigmoid(expected)
    largest = float(np.abs(found - expected).max(initial=0.0))
    if absolute:
        return largest
    scale = float(np.abs(expected).max(initial=0.0))
    return largest / scale if scale > 0.0 else largest


def _sigmoid(logits: Float32Array) -> Float32Array:
    values: Float32Array = 0.5 * (1.0 + np.tanh(0.5 * logits))
    return values
