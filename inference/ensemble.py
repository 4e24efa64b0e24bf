"""How far the heads of an ensemble disagree on a film. NumPy only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studies.model import Float32Array


def member_logits(
    features: Float32Array, tensors: Mapping[str, NDArray[Any]]
) -> NDArray[np.float64]:
    """Return each member's logits.

    Parameters
    ----------
    features : (channels,)
        Of one film, after pooling.
    tensors
        ``weight`` (members, labels, channels) and ``bias`` (members, labels).

    Returns
    -------
    (members, labels)

    Raises
    ------
    ValueError
        If the shapes do not fit.
    """
    weight = np.asarray(tensors["weight"], np.float64)
    bias = np.asarray(tensors["bias"], np.float64)
    if weight.shape[2:] != features.shape:
        raise ValueError(
            f"ensemble heads {weight.shape} do not fit features {features.shape}"
        )
    logits: NDArray[np.float64] = weight @ features.astype(np.float64) + bias
    return logits


def spreads(
    features: Float32Array, tensors: Mapping[str, NDArray[Any]]
) -> tuple[float, ...]:
    """Return the standard deviation of the members' logits, by label.

    With members - 1 in the denominator; 0 for a single member.

    References
    ----------
    Lakshminarayanan et al., Simple and scalable predictive uncertainty
    estimation using deep ensembles, 2017.
    """
    logits = member_logits(features, tensors)
    if len(logits) < 2:
        return tuple(0.0 for _ in logits[0])
    return tuple(float(value) for value in logits.std(axis=0, ddof=1))
