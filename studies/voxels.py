"""Stored values of a volume, and what is no image among them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studies.model import IntArray
from studies.patient_planes import FloatArray

BoolArray = NDArray[np.bool_]
# Voxels end half a step beyond their centre; float32 knows a place that well.
_EDGE = 0.5 + 1e-3
# A grid that leaves the patient's axes by less than this, in voxels, is on them.
_STRAIGHT = 0.02


@dataclass(frozen=True, slots=True)
class Voxels:
    """Stored values, their padding and the range of the rest.

    Attributes
    ----------
    stored : (slices, rows, columns)
        Integer.
    padding
        An inclusive range, None where no voxel is padding.
    low, high
        The smallest and largest value that is not padding.
    """

    stored: IntArray
    padding: tuple[int, int] | None
    low: int
    high: int

    def is_padding(self, values: IntArray) -> BoolArray:
        """Return which values are padding."""
        if self.padding is None:
            return np.zeros(values.shape, bool)
        return np.asarray((values >= self.padding[0]) & (values <= self.padding[1]))

    def cleaned(self, values: IntArray) -> IntArray:
        """Return the values with the lowest one in place of padding."""
        if self.padding is None:
            return values
        return np.where(self.is_padding(values), values.dtype.type(self.low), values)


def voxels_of(stored: IntArray, padding: tuple[int, int] | None) -> Voxels:
    """Look through a volume once: is there padding, what is the range of the rest.

    Parameters
    ----------
    stored : (slices, rows, columns)
        Stored values.
    padding
        Inclusive range of stored values that are padding, or None.
    """
    ends: list[int] = []
    is_padded = False
    for plane in stored:
        kept = plane
        if padding is not None:
            padded = (plane >= padding[0]) & (plane <= padding[1])
            if padded.any():
                is_padded = True
                kept = plane[~padded]
        if kept.size:
            ends += [int(kept.min()), int(kept.max())]
    low, high = (min(ends), max(ends)) if ends else (0, 0)
    return Voxels(stored, padding if is_padded else None, low, high)


def straightened(affine: FloatArray, shape: tuple[int, ...]) -> FloatArray | None:
    """Return the affine on the patient's axes if it is as good as on them.

    That is, if each voxel axis runs along one of x, y, z, and no voxel moves by
    more than 0.02 of the smallest side of a voxel; else None.
    """
    matrix = affine[:3, :3]
    axes = np.argmax(np.abs(matrix), axis=0)
    if len(set(axes.tolist())) < 3:
        return None
    kept = np.zeros((3, 3))
    kept[axes, range(3)] = matrix[axes, range(3)]
    middle = (np.array(shape) - 1) / 2.0
    moved = np.abs(matrix - kept) @ middle
    if moved.max() > _STRAIGHT * np.linalg.norm(matrix, axis=0).min():
        return None
    straight = np.eye(4)
    straight[:3, :3] = kept
    straight[:3, 3] = affine[:3, :3] @ middle + affine[:3, 3] - kept @ middle
    return straight


def is_inside(places: NDArray[np.floating], size: int) -> BoolArray:
    """Return which places along a voxel axis, (n,), lie in one of its `size` voxels.

    Places count from the centre of the first voxel: it reaches from -0.5 to 0.5.
    """
    return np.asarray((places >= -_EDGE) & (places <= size - 1 + _EDGE))
