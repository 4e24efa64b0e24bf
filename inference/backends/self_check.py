"""Whether another backend gives what plain PyTorch gives. NumPy and OpenCV only."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from inference.model_card import InputSpec
from studies.model import Float32Array

LIMIT = 1e-3
"""How far a number of the network may lie from plain PyTorch's.

A probability then lies closer still: sigmoid(s x + b) moves by at most s / 4
for a move of 1 in x, and slopes of calibrations are near 1.
"""

RELATIVE = 1e-2
"""How far features and maps may, of their largest value."""


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
    found: Mapping[str, Float32Array], expected: Mapping[str, Float32Array]
) -> str:
    """Say where two backends differ by too much; "" where they do not.

    Parameters
    ----------
    found, expected
        Outputs by name, as in `inference.backends.tapped`.
    """
    if list(found) != list(expected):
        return "it gives other outputs"
    for name, array in expected.items():
        title = name.lstrip("@") or "output"
        if found[name].shape != array.shape:
            return f"its {title} has another shape"
        inside = name.startswith("@")
        away = _away(found[name], array, relative=inside)
        limit = RELATIVE if inside else LIMIT
        if not away <= limit:  # so that what is no number fails
            return f"its {title} differs by {away:.2g}; allowed: {limit:g}"
    return ""


def _away(found: Float32Array, expected: Float32Array, *, relative: bool) -> float:
    largest = float(np.abs(found - expected).max(initial=0.0))
    scale = float(np.abs(expected).max(initial=0.0))
    return largest / scale if relative and scale > 0.0 else largest
