"""Several planes of a slab become one."""

from __future__ import annotations

import math
from collections.abc import Iterable
from enum import StrEnum

import numpy as np

from studies.model import Float32Array


class Projection(StrEnum):
    """How a slab is flattened."""

    AVERAGE = "average"
    MAXIMUM = "maximum"
    MINIMUM = "minimum"


def slab_offsets(slab_mm: float, step_mm: float) -> range:
    """Return the planes of a slab as offsets from the middle one.

    All whose centre lies within half the thickness: 5 mm of 1.25-mm planes are
    five, -2 to 2, and less than two steps is one plane.
    """
    half = math.floor(max(slab_mm, 0.0) / 2.0 / step_mm + 1e-6)
    return range(-half, half + 1)


def project(planes: Iterable[Float32Array], projection: Projection) -> Float32Array:
    """Flatten one or more planes of (rows, columns).

    NaN is padding and does not count; it remains where all planes are padding.
    """
    remaining = iter(planes)
    kept = next(remaining).copy()
    counted = (~np.isnan(kept)).astype(np.float32)
    for plane in remaining:
        if projection is Projection.MAXIMUM:
            np.fmax(kept, plane, out=kept)
        elif projection is Projection.MINIMUM:
            np.fmin(kept, plane, out=kept)
        else:
            there = ~np.isnan(plane)
            counted += there
            kept = np.where(np.isnan(kept), plane, kept + np.where(there, plane, 0))
    if projection is Projection.AVERAGE:
        kept /= np.maximum(counted, 1)
    return kept
