"""Values of a volume between its voxels, plane by plane.

Planes come as float32, NaN where there is no image: outside the volume and where
the nearest voxel is padding. Padding next to a place that is image counts as the
volume's lowest value, so that no edge shines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studies.model import Float32Array, IntArray
from studies.patient_planes import FloatArray, PlaneGrid
from studies.projection import Projection, project

# Voxels end half a step beyond their centre; float32 knows a place that well.
_EDGE = 0.5 + 1e-3
# So many samples at a time stay in the processor's cache.
_AT_ONCE = 1 << 15
# A grid that leaves the patient's axes by less than this, in voxels, is on them.
_STRAIGHT = 0.02
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Voxels:
    """Stored values with what is no image among them.

    `padding` is an inclusive range, None where no voxel is padding; `low` and
    `high` are the smallest and largest value of the rest.
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
        padded = self.is_padding(values)
        return np.where(padded, values.dtype.type(self.low), values)


def voxels_of(stored: IntArray, padding: tuple[int, int] | None) -> Voxels:
    """Look through a volume once: is there padding, what is the range of the rest."""
    found = False
    ends: list[int] = []
    for values in stored:
        if padding is not None:
            padded = (values >= padding[0]) & (values <= padding[1])
            if padded.any():
                found = True
                values = values[~padded]  # noqa: PLW2901 - the rest of the slice
        if values.size:
            ends += [int(values.min()), int(values.max())]
    low, high = (min(ends), max(ends)) if ends else (0, 0)
    return Voxels(stored, padding if found else None, low, high)


def straightened(affine: FloatArray, shape: tuple[int, ...]) -> FloatArray | None:
    """Return the affine on the patient's axes if it is as good as on them.

    That is, if each voxel axis runs along one of x, y, z, and no voxel then moves
    by more than 0.02 voxels; else None.
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


class StraightSampler:
    """Planes of a volume that lies along the patient's axes."""

    def __init__(self, voxels: Voxels, affine: FloatArray) -> None:
        self._voxels = voxels
        axes = np.argmax(np.abs(affine[:3, :3]), axis=0).tolist()
        self._axis_of = {patient: voxel for voxel, patient in enumerate(axes)}
        self._step = {p: affine[p, v] for p, v in self._axis_of.items()}
        self._start = {p: affine[p, 3] for p in range(3)}

    def stored_plane(self, grid: PlaneGrid, index: int) -> IntArray | None:
        """Return stored values as they are, if pixel for pixel they fit the grid."""
        (place,) = self._slices(grid, [index]) or [None]
        rows, columns = self._places(grid)
        turned = self._turned(grid)
        if place is None or not (_is_whole(rows) and _is_whole(columns)):
            return None
        plane = turned[place]
        if (rows.size, columns.size) != plane.shape:
            return None
        return plane[:: _way(rows), :: _way(columns)]

    def plane(
        self, grid: PlaneGrid, indexes: Iterable[int], projection: Projection
    ) -> Float32Array:
        """Return a slab; its voxels are projected before they are interpolated."""
        places = self._slices(grid, indexes)
        rows, columns = self._places(grid)
        if not places:
            return np.full((rows.size, columns.size), np.nan, np.float32)
        block = self._turned(grid)[min(places) : max(places) + 1]
        flat, padded = self._flattened(block, projection)
        values = _along_columns(_along_columns(flat, columns).T, rows).T
        outside = ~(_inside(rows, flat.shape[0])[:, None] & _inside(columns, flat.shape[1]))
        if padded is not None:
            outside |= padded[_nearest(rows, flat.shape[0])][
                :, _nearest(columns, flat.shape[1])
            ]
        values = np.ascontiguousarray(values)
        values[outside] = np.nan
        return values

    def _flattened(
        self, block: IntArray, projection: Projection
    ) -> tuple[Float32Array, BoolArray | None]:
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
            return block.mean(axis=0, dtype=np.float32), None
        reduce = np.max if projection is Projection.MAXIMUM else np.min
        return reduce(block, axis=0).astype(np.float32), None

    def _turned(self, grid: PlaneGrid) -> IntArray:
        """Return the voxels as (index, row, column) of the grid, a view."""
        axes = grid.axes
        order = (axes.index, axes.column, axes.row)
        return self._voxels.stored.transpose([self._axis_of[axis] for axis, _ in order])

    def _slices(self, grid: PlaneGrid, indexes: Iterable[int]) -> list[int]:
        """Return the voxel planes of grid planes, those outside left out."""
        axis = grid.axes.index[0]
        count = self._voxels.stored.shape[self._axis_of[axis]]
        points = (grid.point(index, 0.0, 0.0)[axis] for index in indexes)
        places = (round((p - self._start[axis]) / self._step[axis]) for p in points)
        return [place for place in places if 0 <= place < count]

    def _places(self, grid: PlaneGrid) -> tuple[FloatArray, FloatArray]:
        """Return the voxel places of the grid's rows and columns."""
        corner = grid.point(0, 0.5, 0.5)
        found = []
        for (axis, way), size in (
            (grid.axes.column, grid.rows),
            (grid.axes.row, grid.columns),
        ):
            points = corner[axis] + way * grid.pixel_mm * np.arange(size)
            found.append((points - self._start[axis]) / self._step[axis])
        return found[0], found[1]


class ObliqueSampler:
    """Planes of a volume that lies askew: trilinear, eight voxels for a pixel."""

    def __init__(self, voxels: Voxels, affine: FloatArray) -> None:
        self._voxels = voxels
        self._flat = np.ascontiguousarray(voxels.stored).reshape(-1)
        self._shape = voxels.stored.shape
        self._inverse = np.linalg.inv(affine)

    def plane(
        self, grid: PlaneGrid, indexes: Iterable[int], projection: Projection
    ) -> Float32Array:
        """Return a slab: its planes interpolated, then projected."""
        return project((self._one(grid, index) for index in indexes), projection)

    def _one(self, grid: PlaneGrid, index: int) -> Float32Array:
        plane = np.full((grid.rows, grid.columns), np.nan, np.float32)
        start = self._voxel(grid.point(index, 0.5, 0.5))
        down = self._voxel(grid.point(index, 1.5, 0.5)) - start
        right = self._voxel(grid.point(index, 0.5, 1.5)) - start
        for rows in _chunks(grid.rows, grid.columns):
            places = [
                (start[axis] + down[axis] * rows)[:, None].astype(np.float32)
                + (right[axis] * np.arange(grid.columns)).astype(np.float32)
                for axis in range(3)
            ]
            inside = np.ones((rows.size, grid.columns), bool)
            for axis, place in enumerate(places):
                inside &= _inside(place, self._shape[axis])
            across = np.flatnonzero(inside.any(axis=0))
            if across.size == 0:
                continue
            kept = slice(across[0], across[-1] + 1)
            values = self._values([place[:, kept] for place in places])
            values[~inside[:, kept]] = np.nan
            plane[rows[0] : rows[-1] + 1, kept] = values
        return plane

    def _voxel(self, point_mm: tuple[float, float, float]) -> FloatArray:
        return np.asarray(self._inverse[:3, :3] @ point_mm + self._inverse[:3, 3])

    def _values(self, places: list[Float32Array]) -> Float32Array:
        """Return the values at voxel places, (slice, row, column) each."""
        slices, rows, columns = self._shape
        strides = (rows * columns, columns, 1)
        first = np.zeros(places[0].shape, np.intp)
        shares, steps = [], []
        for place, size, stride in zip(places, self._shape, strides, strict=True):
            place = np.clip(place, 0, size - 1)  # noqa: PLW2901 - the rim is flat
            whole = np.minimum(place.astype(np.int32), max(size - 2, 0))
            first += whole.astype(np.intp) * stride
            shares.append(place - whole)
            steps.append(stride if size > 1 else 0)
        values = _mixed(
            *(
                _mixed(
                    *(self._pair(first, s + r, steps[2], shares[2]) for r in (0, steps[1])),
                    shares[1],
                )
                for s in (0, steps[0])
            ),
            shares[0],
        )
        if self._voxels.padding is not None:
            nearest = first
            for share, step in zip(shares, steps, strict=True):
                nearest = nearest + (share >= 0.5) * step
            values[self._voxels.is_padding(self._flat.take(nearest))] = np.nan
        return values

    def _pair(
        self, first: NDArray[np.intp], offset: int, step: int, share: Float32Array
    ) -> Float32Array:
        """Return the values between a voxel and its neighbour along the row."""
        clean, flat = self._voxels.cleaned, self._flat
        one = clean(flat[offset:].take(first)).astype(np.float32)
        other = clean(flat[offset + step :].take(first)).astype(np.float32)
        return _mixed(one, other, share)


def _mixed(one: Float32Array, other: Float32Array, share: Float32Array) -> Float32Array:
    """Return one + share (other - one), in the memory of `other`."""
    other -= one
    other *= share
    other += one
    return other


def _chunks(rows: int, columns: int) -> Iterator[NDArray[np.intp]]:
    size = max(_AT_ONCE // columns, 1)
    for first in range(0, rows, size):
        yield np.arange(first, min(first + size, rows))


def _inside(places: NDArray[np.floating], size: int) -> BoolArray:
    return np.asarray((places >= -_EDGE) & (places <= size - 1 + _EDGE))


def _nearest(places: FloatArray, size: int) -> NDArray[np.intp]:
    return np.clip(np.floor(places + 0.5), 0, size - 1).astype(np.intp)


def _is_whole(places: FloatArray) -> bool:
    return bool(np.abs(places - np.rint(places)).max() < 1e-3)


def _way(places: FloatArray) -> int:
    return 1 if places[-1] >= places[0] else -1


def _along_columns(plane: Float32Array, places: FloatArray) -> Float32Array:
    """Interpolate each row at places along it; beyond the ends it stays the same."""
    size = plane.shape[1]
    kept = np.clip(places, 0, size - 1)
    if _is_whole(kept):
        return plane[:, np.rint(kept).astype(np.intp)]
    whole = np.minimum(kept.astype(np.intp), size - 2)
    share = (kept - whole).astype(np.float32)
    return _mixed(plane[:, whole], plane[:, whole + 1], share)
