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
    """Flatten planes of (rows, columns); NaN is padding and does not count.

    Padding remains only where all planes are padding.
    """
    kept: Float32Array | None = None
    counted = None
    for plane in planes:
        if kept is None:
            kept = plane.copy()
            counted = (~np.isnan(plane)).astype(np.float32)
        elif projection is Projection.MAXIMUM:
            np.fmax(kept, plane, out=kept)
        elif projection is Projection.MINIMUM:
            np.fmin(kept, plane, out=kept)
        else:
            there = ~np.isnan(plane)
            counted += there
            kept = np.where(np.isnan(kept), plane, kept + np.where(there, plane, 0))
    if kept is None:
        raise ValueError("a slab has at least one plane")
    if projection is Projection.AVERAGE:
        return np.asarray(kept / np.maximum(counted, 1), np.float32)
    return kept
