"""Display shutters: what of an image is to be seen (DICOM PS3.3 C.7.6.11)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from studies.elements import Elements

Float64Array: TypeAlias = NDArray[np.float64]

_MAX_VERTICES = 10_000
_EDGES = (
    "ShutterUpperHorizontalEdge",
    "ShutterLeftVerticalEdge",
    "ShutterLowerHorizontalEdge",
    "ShutterRightVerticalEdge",
)


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


def read_shutter(
    elements: Elements, spacing_mm: tuple[float, float] | None = None
) -> Shutter | None:
    """Return the shutter of an image, a frame or a presentation state, else None.

    A shape that cannot be read is told in the notices and left out.

    Parameters
    ----------
    elements
        The data set, or an item of Frame Display Shutter Sequence (0018,9472).
    spacing_mm
        Of the image's pixels, (row, column), for the circle.
    """
    shapes = {shape.upper() for shape in elements.texts("ShutterShape")}
    if not shapes:
        return None
    rectangle = _rectangle(elements) if "RECTANGULAR" in shapes else None
    round_one = _circle(elements, spacing_mm) if "CIRCULAR" in shapes else None
    polygon = _polygon(elements) if "POLYGONAL" in shapes else ()
    for name, found in (
        ("RECTANGULAR", rectangle),
        ("CIRCULAR", round_one),
        ("POLYGONAL", polygon),
    ):
        if name in shapes and not found:
            elements.note(f"The {name.lower()} display shutter cannot be used")
    if rectangle is None and round_one is None and not polygon:
        return None
    return Shutter(rectangle, round_one, polygon)


def _rectangle(elements: Elements) -> tuple[float, float, float, float] | None:
    top, left, bottom, right = (elements.number(keyword) for keyword in _EDGES)
    if top is None or left is None or bottom is None or right is None:
        return None
    if bottom < top or right < left:
        return None
    return top - 1.0, left - 1.0, bottom, right


def _circle(
    elements: Elements, spacing_mm: tuple[float, float] | None
) -> tuple[float, float, float, float] | None:
    center = elements.numbers("CenterOfCircularShutter")
    radius = elements.number("RadiusOfCircularShutter")
    finite = all(map(math.isfinite, center))
    if len(center) != 2 or not finite or radius is None or radius <= 0:
        return None
    # The radius is a number of pixels along a row.
    ratio = 1.0 if spacing_mm is None else spacing_mm[1] / spacing_mm[0]
    return center[0] - 0.5, center[1] - 0.5, radius * ratio, radius


def _polygon(elements: Elements) -> tuple[tuple[float, float], ...]:
    numbers = elements.numbers("VerticesOfThePolygonalShutter")
    usable = len(numbers) >= 6 and len(numbers) % 2 == 0
    if not usable or len(numbers) > 2 * _MAX_VERTICES:
        return ()
    if not all(map(math.isfinite, numbers)):
        return ()
    pairs = zip(numbers[::2], numbers[1::2], strict=True)
    return tuple((row - 0.5, column - 0.5) for row, column in pairs)
