"""Display shutters: what of an image is to be seen (DICOM PS3.3 C.7.6.11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Float64Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shutter:
    r"""What is seen of an image is what lies inside all shapes that are given.

    All in image (row, column) from the outer corner of the first pixel, which
    DICOM calls 1\1: its pixel n reaches from n - 1 to n, its centre is n - 0.5.

    Attributes
    ----------
    rectangle
        Top, left, bottom, right.
    circle
        Row, column of the centre; radius along the columns' direction and along
        the rows': they differ where pixels are not square.
    polygon
        (row, column) of its vertices; closed.
    """

    rectangle: tuple[float, float, float, float] | None = None
    circle: tuple[float, float, float, float] | None = None
    polygon: tuple[tuple[float, float], ...] = ()

    def mask(self, rows: int, columns: int) -> NDArray[np.bool_]:
        """Return which pixels are seen, (rows, columns): those whose centre is."""
        row = (np.arange(rows, dtype=np.float64) + 0.5)[:, None]
        column = (np.arange(columns, dtype=np.float64) + 0.5)[None, :]
        seen = np.ones((rows, columns), bool)
        if self.rectangle is not None:
            top, left, bottom, right = self.rectangle
            seen &= (row > top) & (row < bottom) & (column > left) & (column < right)
        if self.circle is not None:
            middle_row, middle_column, high, wide = self.circle
            away = ((row - middle_row) / high) ** 2 + (
                (column - middle_column) / wide
            ) ** 2
            seen &= away <= 1.0
        if self.polygon:
            seen &= _inside(self.polygon, row, column)
        return seen


def _inside(
    polygon: tuple[tuple[float, float], ...],
    row: Float64Array,
    column: Float64Array,
) -> NDArray[np.bool_]:
    """Tell by the even-odd rule which points lie inside, edge by edge."""
    inside = np.zeros((row.shape[0], column.shape[1]), bool)
    for (r1, c1), (r2, c2) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        if r1 == r2:
            continue
        crossed = (row >= min(r1, r2)) & (row < max(r1, r2))
        rows = np.flatnonzero(crossed[:, 0])
        at = c1 + (row[rows] - r1) / (r2 - r1) * (c2 - c1)
        inside[rows] ^= column < at
    return inside
