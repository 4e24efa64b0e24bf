"""Planes of a volume that lies along the patient's axes: slices, turned."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from studies.model import Float32Array, IntArray
from studies.patient_planes import FloatArray, PlaneGrid
from studies.projection import Projection, project
from studies.voxels import BoolArray, Voxels, is_inside

# Places nearer to a voxel than this are its own.
_WHOLE = 1e-3


class StraightSampler:
    """Cuts a volume whose affine holds one number in each row and column.

    Planes come as float32, NaN outside the volume and where the nearest voxel is
    padding. Padding beside image counts as the lowest value of the volume, so
    that no edge shines.
    """

    def __init__(self, voxels: Voxels, affine: FloatArray) -> None:
        self._voxels = voxels
        axes = np.argmax(np.abs(affine[:3, :3]), axis=0).tolist()
        self._voxel_axis = {patient: voxel for voxel, patient in enumerate(axes)}
        self._step = {p: float(affine[p, v]) for p, v in self._voxel_axis.items()}
        self._start = [float(value) for value in affine[:3, 3]]

    def stored_plane(self, grid: PlaneGrid, index: int) -> IntArray | None:
        """Return a view of the stored values where each pixel is one voxel.

        (rows, columns) of the grid; None where pixels lie between voxels, or
        outside the volume.
        """
        places = self._slices(grid, [index])
        rows, columns = self._places(grid)
        turned = self._turned(grid)
        if (rows.size, columns.size) != turned.shape[1:] or not places:
            return None
        if not (_is_whole(rows) and _is_whole(columns)):
            return None
        return turned[places[0], :: _way(rows), :: _way(columns)]

    def plane(
        self, grid: PlaneGrid, indexes: Iterable[int], projection: Projection
    ) -> Float32Array:
        """Return a slab; its voxels are projected before they are interpolated.

        Takes and gives what `ObliqueSampler.plane` does.
        """
        places = self._slices(grid, indexes)
        rows, columns = self._places(grid)
        if not places:
            return np.full((rows.size, columns.size), np.nan, np.float32)
        block = self._turned(grid)[min(places) : max(places) + 1]
        flat, padded = self._flattened(block, projection)
        values = _interpolated(flat, rows, columns)
        height, width = flat.shape
        values[~is_inside(rows, height)] = np.nan
        values[:, ~is_inside(columns, width)] = np.nan
        if padded is not None:
            nearest = np.ix_(_nearest(rows, height), _nearest(columns, width))
            values[padded[nearest]] = np.nan
        return values

    def _flattened(
        self, block: IntArray, projection: Projection
    ) -> tuple[Float32Array, BoolArray | None]:
        """Return one plane of (slices, rows, columns), and where it is padding."""
        voxels = self._voxels
        padded = voxels.is_padding(block) if voxels.padding is not None else None
        if padded is not None and padded.any():
            planes = block.astype(np.float32)
            planes[padded] = np.nan
            flat = project(planes, projection)
            return np.nan_to_num(flat, nan=voxels.low), np.isnan(flat)
        if len(block) == 1:
            return block[0].astype(np.float32), None
        if projection is Projection.AVERAGE:
            return np.asarray(block.mean(axis=0, dtype=np.float32), np.float32), None
        reduce = np.max if projection is Projection.MAXIMUM else np.min
        return reduce(block, axis=0).astype(np.float32), None

    def _turned(self, grid: PlaneGrid) -> IntArray:
        """Return the voxels as (index, row, column) of the grid, a view."""
        axes = grid.axes
        order = [self._voxel_axis[a] for a, _ in (axes.index, axes.column, axes.row)]
        turned: IntArray = self._voxels.stored.transpose(order)
        return turned

    def _slices(self, grid: PlaneGrid, indexes: Iterable[int]) -> list[int]:
        """Return the voxel planes of grid planes, those outside left out."""
        axis = grid.axes.index[0]
        count = self._voxels.stored.shape[self._voxel_axis[axis]]
        points = (grid.point(index, 0.0, 0.0)[axis] for index in indexes)
        places = (round((p - self._start[axis]) / self._step[axis]) for p in points)
        return [place for place in places if 0 <= place < count]

    def _places(self, grid: PlaneGrid) -> tuple[FloatArray, FloatArray]:
        """Return where the grid's rows and columns lie along the voxel axes."""
        axes, corner = grid.axes, grid.point(0, 0.5, 0.5)
        found: list[FloatArray] = []
        for (axis, way), size in ((axes.column, grid.rows), (axes.row, grid.columns)):
            step_mm = way * grid.pixel_mm
            points = corner[axis] + step_mm * np.arange(size, dtype=np.float64)
            found.append((points - self._start[axis]) / self._step[axis])
        return found[0], found[1]


def _interpolated(
    plane: Float32Array, rows: FloatArray, columns: FloatArray
) -> Float32Array:
    """Return the values at places of rows and columns; beyond the rim its own."""
    across = _along_columns(plane, columns)
    return np.ascontiguousarray(_along_columns(across.T, rows).T)


def _along_columns(plane: Float32Array, places: FloatArray) -> Float32Array:
    size = plane.shape[1]
    kept = np.clip(places, 0, size - 1)
    if _is_whole(kept):
        return plane[:, np.rint(kept).astype(np.intp)]
    whole = np.minimum(kept.astype(np.intp), size - 2)
    share = (kept - whole).astype(np.float32)
    one, other = plane[:, whole], plane[:, whole + 1]
    return np.asarray(one + share * (other - one), np.float32)


def _nearest(places: FloatArray, size: int) -> NDArray[np.intp]:
    return np.clip(np.floor(places + 0.5), 0, size - 1).astype(np.intp)


def _is_whole(places: FloatArray) -> bool:
    return bool(np.abs(places - np.rint(places)).max() < _WHOLE)


def _way(places: FloatArray) -> int:
    return 1 if places[-1] >= places[0] else -1
