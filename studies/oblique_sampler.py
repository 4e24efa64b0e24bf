"""Planes of a volume that lies askew: trilinear, eight voxels for each pixel.

`scipy.ndimage.map_coordinates` gives the same values in two to eight times the time
(``benchmarks/reslice.py``): it works in float64, outside of the volume too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from studies.model import Float32Array, Vector
from studies.patient_planes import FloatArray, PlaneGrid
from studies.projection import Projection, project
from studies.voxels import Voxels, is_inside

# So many samples at a time stay in the processor's cache.
_AT_ONCE = 1 << 15


class ObliqueSampler:
    """Cuts a volume of any affine.

    Planes come as float32, NaN outside the volume and where the nearest voxel is
    padding. Padding beside image counts as the lowest value of the volume, so
    that no edge shines.
    """

    def __init__(self, voxels: Voxels, affine: FloatArray) -> None:
        self._voxels = voxels
        self._flat = np.ascontiguousarray(voxels.stored).reshape(-1)
        self._inverse = np.linalg.inv(affine)

    def plane(
        self, grid: PlaneGrid, indexes: Iterable[int], projection: Projection
    ) -> Float32Array:
        """Return a slab: its planes are interpolated, then projected.

        Parameters
        ----------
        grid
            Where the planes of this direction lie in the patient.
        indexes
            The planes of the slab, numbers in the grid.
        projection
            How several become one; without a meaning for a single plane.

        Returns
        -------
        (rows, columns) of the grid
            In stored values; NaN outside the volume and on padding.
        """
        return project((self._one(grid, index) for index in indexes), projection)

    def _one(self, grid: PlaneGrid, index: int) -> Float32Array:
        plane = np.full((grid.rows, grid.columns), np.nan, np.float32)
        start = self._voxel(grid.point(index, 0.5, 0.5))
        down = self._voxel(grid.point(index, 1.5, 0.5)) - start
        right = self._voxel(grid.point(index, 0.5, 1.5)) - start
        across = right[:, None] * np.arange(grid.columns)
        for rows in _chunks(grid.rows, grid.columns):
            along = start[:, None] + down[:, None] * np.arange(rows.start, rows.stop)
            self._fill(plane[rows], along, across)
        return plane

    def _fill(
        self, pixels: Float32Array, along: FloatArray, across: FloatArray
    ) -> None:
        """Write the values inside the volume; place = along rows + across columns."""
        places = [
            a.astype(np.float32)[:, None] + b.astype(np.float32)
            for a, b in zip(along, across, strict=True)
        ]
        inside = np.ones(pixels.shape, bool)
        for place, size in zip(places, self._voxels.stored.shape, strict=True):
            inside &= is_inside(place, size)
        columns = np.flatnonzero(inside.any(axis=0))
        if columns.size:
            kept = slice(columns[0], columns[-1] + 1)
            values = self._values([place[:, kept] for place in places])
            values[~inside[:, kept]] = np.nan
            pixels[:, kept] = values

    def _voxel(self, point_mm: Vector) -> FloatArray:
        return np.asarray(self._inverse[:3, :3] @ point_mm + self._inverse[:3, 3])

    def _values(self, places: list[Float32Array]) -> Float32Array:
        """Return the values at voxel places, (slice, row, column) each."""
        slices, rows, columns = self._voxels.stored.shape
        first = np.zeros(places[0].shape, np.intp)
        shares, steps = [], []
        for place, size, stride in (
            (places[0], slices, rows * columns),
            (places[1], rows, columns),
            (places[2], columns, 1),
        ):
            kept = np.clip(place, 0, size - 1)  # the rim of a voxel is flat
            whole = np.minimum(kept.astype(np.int32), max(size - 2, 0))
            first += whole.astype(np.intp) * stride
            shares.append(kept - whole)
            steps.append(stride if size > 1 else 0)
        values = self._mixed(first, steps, shares)
        if self._voxels.padding is not None:
            for share, step in zip(shares, steps, strict=True):
                first += (share >= 0.5) * step
            values[self._voxels.is_padding(self._flat.take(first))] = np.nan
        return values

    def _mixed(
        self,
        first: NDArray[np.intp],
        steps: list[int],
        shares: list[Float32Array],
        offset: int = 0,
    ) -> Float32Array:
        """Interpolate along the first of the axes left, then along the others."""
        if not steps:
            values = self._flat[offset:].take(first)
            return self._voxels.cleaned(values).astype(np.float32)
        one = self._mixed(first, steps[1:], shares[1:], offset)
        other = self._mixed(first, steps[1:], shares[1:], offset + steps[0])
        other -= one
        other *= shares[0]
        other += one
        return other


def _chunks(rows: int, columns: int) -> Iterator[slice]:
    size = max(_AT_ONCE // columns, 1)
    for first in range(0, rows, size):
        yield slice(first, min(first + size, rows))
