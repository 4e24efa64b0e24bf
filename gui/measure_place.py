"""Where the text of a measurement stands: beside it, never on what is measured.

Qt-free, in logical pixels of the viewport: it runs for every text at each step of a
pan, and plain numbers are quicker there than Qt's shapes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

XY: TypeAlias = tuple[float, float]
"""(x, y), logical pixels."""

_GAP = 14.0
_NEAR = 8.0
"""How far from a line the picture counts as measured, and stays free of text."""

_ON_SPOT = 1e6
_ON_TEXT = 1e4
_ON_OTHER = 60.0
_IN_CORNER = 300.0
"""Costs in logical pixels: how much further off the shape a text would rather be."""

_CORNER = (230.0, 130.0)
"""What the texts of patient, study and display take of each corner, about."""


class Rect(NamedTuple):
    """An upright rectangle."""

    left: float
    top: float
    right: float
    bottom: float

    def grown(self, by: float) -> Rect:
        """Return it with a margin on each side."""
        return Rect(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def meets(self, other: Rect) -> bool:
        """Whether the two have an area in common."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def nearest(self, at: XY) -> XY:
        """Return its point that lies nearest to another."""
        x = min(max(at[0], self.left), self.right)
        return x, min(max(at[1], self.top), self.bottom)


@dataclass(frozen=True, slots=True)
class Spot:
    """What is measured: the frame of a region, or lines."""

    frame: Rect | None
    lines: tuple[tuple[XY, XY], ...]
    anchors: tuple[XY, ...]

    @property
    def bounds(self) -> Rect:
        """The rectangle about all of it."""
        xs, ys = zip(*self.anchors, strict=True)
        return Rect(min(xs), min(ys), max(xs), max(ys))

    def covered(self, rect: Rect) -> float:
        """Return how much of it a text would cover: 0 where nothing is, else up to 1.

        Of a region, the share of the text that lies on it; a line counts whole, for
        what it ends at is what was meant.
        """
        near = rect.grown(_NEAR)
        if any(crosses(near, *line) for line in self.lines):
            return 1.0
        if self.frame is None or not rect.meets(self.frame):
            return 0.0
        wide = min(rect.right, self.frame.right) - max(rect.left, self.frame.left)
        high = min(rect.bottom, self.frame.bottom) - max(rect.top, self.frame.top)
        area = (rect.right - rect.left) * (rect.bottom - rect.top)
        return max(wide * high / area, 0.01)


def crosses(rect: Rect, start: XY, end: XY) -> bool:
    """Whether a line runs through a rectangle (Liang and Barsky, 1984)."""
    first, last = 0.0, 1.0
    for at, to, low, high in (
        (start[0], end[0], rect.left, rect.right),
        (start[1], end[1], rect.top, rect.bottom),
    ):
        way = to - at
        if way == 0:
            if not low <= at <= high:
                return False
            continue
        enters, leaves = sorted(((low - at) / way, (high - at) / way))
        first, last = max(first, enters), min(last, leaves)
    return first <= last


def place_text(
    size: tuple[float, float],
    spot: Spot,
    view: Rect,
    taken: Sequence[Rect] = (),
    others: Sequence[Spot] = (),
) -> Rect:
    """Return the best place for a text of a (width, height), inside the viewport.

    Parameters
    ----------
    spot
        What must not be covered. Only where it fills the viewport is it, at the
        edge, and then as little as can be.
    taken
        Texts that are placed already.
    others
        What other measurements measure; left free if there is room nearby.
    """
    inner = view.grown(-4)
    seen = [at for at in spot.anchors if _contains(view, at)] or spot.anchors
    anchors = seen[:: max(len(seen) // 4, 1)]
    corners = _corners(view)
    best, least = inner, math.inf
    for far, rect in sorted(
        (_distance(rect, anchors), rect)
        for rect in _candidates(size, spot.bounds, anchors, inner)
    ):
        if far >= least:
            # All that follow are further off, and nothing makes up for that.
            break
        cost = far + _ON_SPOT * spot.covered(rect)
        cost += _ON_TEXT * sum(rect.meets(other) for other in taken)
        cost += _IN_CORNER * any(rect.meets(corner) for corner in corners)
        if cost < least:
            cost += _ON_OTHER * sum(other.covered(rect) > 0 for other in others)
        if cost < least:
            best, least = rect, cost
    return best


def leader(rect: Rect, anchors: Sequence[XY]) -> tuple[XY, XY] | None:
    """Return the line from a text to the nearest anchor; None where it is close."""
    ends = [(math.dist(rect.nearest(at), at), rect.nearest(at), at) for at in anchors]
    if not ends:
        return None
    far, start, end = min(ends)
    return (start, end) if far > _GAP / 2 else None


def _candidates(
    size: tuple[float, float], bounds: Rect, anchors: Sequence[XY], inner: Rect
) -> Iterator[Rect]:
    """Return places about the shape, about its ends, and at the viewport's edge."""
    part = Rect(
        max(bounds.left, inner.left),
        max(bounds.top, inner.top),
        min(bounds.right, inner.right),
        min(bounds.bottom, inner.bottom),
    )
    ends = [Rect(x, y, x, y) for x, y in anchors]
    for frame in (part, *ends, inner.grown(_GAP)):
        yield from _about(size, frame, inner)


def _about(size: tuple[float, float], frame: Rect, inner: Rect) -> Iterator[Rect]:
    width, height = size
    left, top = frame.left - _GAP - width, frame.top - _GAP - height
    middle = (frame.left + frame.right - width) / 2
    centre = (frame.top + frame.bottom - height) / 2
    for x in (frame.right + _GAP, left, middle):
        x = max(min(x, inner.right - width), inner.left)
        for y in (top, centre, frame.bottom + _GAP):
            y = max(min(y, inner.bottom - height), inner.top)
            yield Rect(x, y, x + width, y + height)


def _corners(view: Rect) -> tuple[Rect, ...]:
    width, height = _CORNER
    return tuple(
        Rect(x, y, x + width, y + height)
        for x in (view.left, view.right - width)
        for y in (view.top, view.bottom - height)
    )


def _contains(rect: Rect, at: XY) -> bool:
    return rect.left <= at[0] <= rect.right and rect.top <= at[1] <= rect.bottom


def _distance(rect: Rect, anchors: Sequence[XY]) -> float:
    return min(math.dist(rect.nearest(at), at) for at in anchors)
