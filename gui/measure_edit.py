"""Drawing a measurement and moving its points, in image pixels. Qt-free."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace
from typing import TypeAlias

from review.measurement import POINTS, MeasurementKind

Point: TypeAlias = tuple[float, float]
Points: TypeAlias = tuple[Point, ...]

REGIONS = frozenset({MeasurementKind.ELLIPSE, MeasurementKind.RECTANGLE})
_SIDES = 64
"""Corners of the polygon that stands for an ellipse."""


def held(point: Point, rows: int, columns: int) -> Point:
    """Return the point, kept on the image."""
    return min(max(point[0], 0.0), float(rows)), min(max(point[1], 0.0), float(columns))


def shifted(
    points: Points, d_row: float, d_column: float, rows: int, columns: int
) -> Points:
    """Return the points moved together, their shape kept, held on the image."""
    down = _allowed(d_row, [point[0] for point in points], rows)
    across = _allowed(d_column, [point[1] for point in points], columns)
    return tuple((row + down, column + across) for row, column in points)


def _allowed(way: float, places: list[float], limit: int) -> float:
    return max(min(way, max(limit - max(places), 0.0)), min(-min(places), 0.0))


def handles(kind: MeasurementKind, points: Points) -> Points:
    """Return where a measurement can be taken hold of: its points first.

    A region has its two other corners and the middles of its sides as well.
    """
    if kind not in REGIONS:
        return points
    (top, left), (bottom, right) = points
    middle, centre = (top + bottom) / 2, (left + right) / 2
    corners = ((top, right), (bottom, left))
    sides = ((top, centre), (bottom, centre), (middle, left), (middle, right))
    return (*points, *corners, *sides)


def with_handle(kind: MeasurementKind, points: Points, index: int, at: Point) -> Points:
    """Return the points after the handle `index` was taken to a place."""
    if kind not in REGIONS:
        return (*points[:index], at, *points[index + 1 :])
    (top, left), (bottom, right) = points
    row, column = at
    edges = (
        ((row, column), (bottom, right)),
        ((top, left), (row, column)),
        ((row, left), (bottom, column)),
        ((top, column), (row, right)),
        ((row, left), (bottom, right)),
        ((top, left), (row, right)),
        ((top, column), (bottom, right)),
        ((top, left), (bottom, column)),
    )
    return edges[index]


def lines(kind: MeasurementKind, points: Points) -> tuple[tuple[Point, Point], ...]:
    """Return the straight lines of a measurement, none for a region.

    Points may be missing while it is drawn.
    """
    if kind in REGIONS:
        return ()
    if kind is MeasurementKind.ANGLE:
        return tuple(itertools.pairwise(points))
    return tuple(zip(points[::2], points[1::2], strict=False))


def outline(kind: MeasurementKind, points: Points) -> Points:
    """Return the polygon of a region; empty for anything else.

    As points of the image, so that any way it is shown, turned or with pixels that
    are not square, shows the pixels that are counted.
    """
    if kind not in REGIONS or len(points) < 2:
        return ()
    (top, left), (bottom, right) = points
    if kind is MeasurementKind.RECTANGLE:
        return ((top, left), (top, right), (bottom, right), (bottom, left))
    middle, centre = (top + bottom) / 2, (left + right) / 2
    turns = (2 * math.pi * step / _SIDES for step in range(_SIDES))
    return tuple(
        (
            middle + math.sin(turn) * (bottom - top) / 2,
            centre + math.cos(turn) * (right - left) / 2,
        )
        for turn in turns
    )


def first_shape(
    kind: MeasurementKind, center: Point, reach: float, rows: int, columns: int
) -> Points:
    """Return a measurement about a point, `reach` to each side, held on the image."""
    row, column = center
    left, right = column - reach, column + reach
    shapes: dict[MeasurementKind, Points] = {
        MeasurementKind.LENGTH: ((row, left), (row, right)),
        MeasurementKind.ANGLE: ((row, right), (row, left), (row - reach, right)),
        MeasurementKind.ELLIPSE: ((row - reach, left), (row + reach, right)),
        MeasurementKind.RECTANGLE: ((row - reach, left), (row + reach, right)),
    }
    pair = ((row - reach, left), (row - reach, right))
    two = (*pair, (row + reach, left), (row + reach, right))
    return tuple(held(point, rows, columns) for point in shapes.get(kind, two))


@dataclass(frozen=True, slots=True)
class Draft:
    """A measurement in the making, or one whose points are being changed by keys.

    By mouse, a drag places a line from press to release; a click places its first
    point, and a second click its last. What is left over, the third point of an
    angle, lies where the button is let go.

    Attributes
    ----------
    placed
        The points that stand.
    floating
        The next point, under the pointer.
    began
        Whether the button that is down has placed a point.
    active
        By keys all points are placed at once; the one that arrows move, or None
        for all of them.
    uid
        The measurement that is changed; "" for a new one.
    """

    kind: MeasurementKind
    placed: Points = ()
    floating: Point | None = None
    began: bool = False
    active: int | None = None
    uid: str = ""

    @property
    def points(self) -> Points:
        """What there is to draw."""
        return self.placed if self.floating is None else (*self.placed, self.floating)

    @property
    def complete(self) -> bool:
        """Whether all points are placed."""
        return len(self.placed) == POINTS[self.kind]

    @property
    def awaits_end(self) -> bool:
        """Whether the next point ends a line that has its start."""
        left = POINTS[self.kind] - len(self.placed)
        return bool(self.placed) and (len(self.placed) % 2 == 1 or left == 1)

    def pressed(self, at: Point) -> Draft:
        """Return the draft after the button went down."""
        if self.awaits_end:
            return replace(self, floating=at, began=False)
        return replace(self, placed=(*self.placed, at), floating=at, began=True)

    def moved(self, to: Point) -> Draft:
        """Return the draft after the pointer moved, the button down or not."""
        return replace(self, floating=to) if self.awaits_end else self

    def released(self, at: Point, *, click: bool) -> Draft:
        """Return the draft after the button went up; `click` if it never moved."""
        if self.began and click:
            return replace(self, floating=at, began=False)
        placed = replace(self, placed=(*self.placed, at), floating=None, began=False)
        return replace(placed, floating=at) if placed.awaits_end else placed

    def turned(self, by: int) -> Draft:
        """Return the draft with another point under the arrows; after the last, all."""
        places: list[int | None] = [*range(len(self.placed)), None]
        at = places.index(self.active)
        return replace(self, active=places[(at + by) % len(places)])

    def nudged(self, d_row: float, d_column: float, rows: int, columns: int) -> Draft:
        """Return the draft with the active point moved, or all of them."""
        if self.active is None:
            moved = shifted(self.placed, d_row, d_column, rows, columns)
            return replace(self, placed=moved)
        row, column = self.placed[self.active]
        at = held((row + d_row, column + d_column), rows, columns)
        placed = (*self.placed[: self.active], at, *self.placed[self.active + 1 :])
        return replace(self, placed=placed)
