"""Where the letter tags of marks stand: in two columns beside the anatomy. Qt-free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from studies.mark_model import Float64Array

HEIGHT = 20.0
GAP = 10.0
MOST = 12
"""Tags on one image; of more marks the largest get one."""
_EDGE = 8.0
# Left of this stand corner texts and side letters.
_LETTERS = 60.0
_HIGHEST, _LOWEST = 0.14, 0.80


@dataclass(frozen=True, slots=True)
class TagPlace:
    """A tag's left upper corner, and where its leader goes; logical pixels."""

    index: int
    x: float
    y: float
    width: float
    leader: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """Viewport and image on it: left, top, right, bottom in logical pixels."""

    view: tuple[float, float, float, float]
    image: tuple[float, float, float, float]


def place_tags(
    vertices: Sequence[Float64Array], widths: Sequence[float], frame: Frame
) -> tuple[TagPlace, ...]:
    """Return the places of tags, none over another.

    Parameters
    ----------
    vertices
        Of each mark, (n, 2) in logical (x, y); marks out of view get no tag.
    widths
        Of each tag.
    """
    left, top, right, bottom = frame.view
    seen: list[tuple[float, int, Float64Array]] = []
    for index, points in enumerate(vertices):
        x, y = points[:, 0], points[:, 1]
        inside = points[(x >= left) & (x <= right) & (y >= top) & (y <= bottom)]
        if len(inside):
            extent = float(np.prod(np.ptp(points, axis=0) + 1.0))
            seen.append((extent, index, inside))
    seen = sorted(seen, key=lambda one: -one[0])[:MOST]
    middle = (max(left, frame.image[0]) + min(right, frame.image[2])) / 2
    sides: dict[bool, list[tuple[int, Float64Array]]] = {True: [], False: []}
    for _, index, points in seen:
        sides[float(points[:, 0].mean()) <= middle].append((index, points))
    return tuple(
        tag
        for on_left, marks in sides.items()
        for tag in _column(marks, widths, frame, on_left=on_left)
    )


def _column(
    marks: list[tuple[int, Float64Array]],
    widths: Sequence[float],
    frame: Frame,
    *,
    on_left: bool,
) -> list[TagPlace]:
    """Place the tags of one side from top to bottom, each near its mark's height."""
    _, top, _, bottom = frame.view
    highest = top + _HIGHEST * (bottom - top)
    lowest = top + _LOWEST * (bottom - top)
    marks = sorted(marks, key=lambda one: float(one[1][:, 1].mean()))
    pitch = HEIGHT + GAP
    wanted = [float(points[:, 1].mean()) - HEIGHT / 2 for _, points in marks]
    heights: list[float] = []
    for y in wanted:
        above = heights[-1] + pitch if heights else highest
        heights.append(max(y, above))
    # Push up what ran out below.
    limit = lowest
    for place in range(len(heights) - 1, -1, -1):
        heights[place] = min(heights[place], limit)
        limit = heights[place] - pitch
    return [
        _tag(index, points, y, widths[index], frame, on_left=on_left)
        for (index, points), y in zip(marks, heights, strict=True)
    ]


def _tag(
    index: int,
    points: Float64Array,
    y: float,
    width: float,
    frame: Frame,
    *,
    on_left: bool,
) -> TagPlace:
    left, _, right, _ = frame.view
    if on_left:
        x = max(frame.image[0] + _EDGE, left + _LETTERS)
        end = x + width
    else:
        x = min(frame.image[2] - _EDGE, right - _LETTERS) - width
        end = x
    away = np.hypot(points[:, 0] - end, points[:, 1] - (y + HEIGHT / 2))
    nearest = points[int(away.argmin())]
    return TagPlace(index, x, y, width, (float(nearest[0]), float(nearest[1])))
