"""The input gate: how far a film lies from the training films. NumPy only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.model_card import GateSpec
from studies.model import Float32Array

LIMIT = 1.0
"""Distance above which the result is withheld."""


def signed_root(features: Float32Array) -> Float32Array:
    """Return sign(x) * sqrt(|x|), in the features' own shape."""
    root: Float32Array = np.sign(features) * np.sqrt(np.abs(features))
    return root


def distance(
    features: Float32Array, tensors: Mapping[str, NDArray[Any]], spec: GateSpec
) -> float:
    """Return the distance of pooled features from the training films.

    Mahalanobis distance among some of the training features' components:
    ||precision_root (r(x) - mean)|| / scale, where r is the signed square
    root: without it a few strong channels drown what is odd in the weak ones.

    Parameters
    ----------
    features : (channels,)
    tensors
        ``mean`` (channels,) and ``precision_root`` (components, channels).

    Raises
    ------
    ValueError
        If the shapes do not fit, or the distance is not finite.

    References
    ----------
    Lee et al., A simple unified framework for detecting out-of-distribution
    samples and adversarial attacks, 2018; we use one mean for all labels,
    because a film may carry several.
    """
    mean = np.asarray(tensors["mean"], np.float64)
    root = np.asarray(tensors["precision_root"], np.float64)
    if mean.shape != features.shape or root.shape[1:] != features.shape:
        raise ValueError(
            f"gate tensors {mean.shape}, {root.shape} do not fit"
            f" features {features.shape}"
        )
    result = float(np.linalg.norm(root @ (signed_root(features) - mean)) / spec.scale)
    if not np.isfinite(result):
        raise ValueError("distance from the training films is not finite")
    return result
