"""Lengths, angles, regions and the cardiothoracic ratio of one image.

Points are image (row, column), measured from the outer corner of the first pixel;
values stand in millimetres only where the header gives them: see
`studies.pixel_scale`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from studies.errors import OverreadError
from studies.model import Image, ImageHeader
from studies.pixel_scale import (
    PixelScale,
    Point,
    pixel_scale,
    scale_notices,
    value_unit,
)
from studies.region import RegionStatistics, frame_of, statistics

KINDS = {
    "length": 2,
    "angle": 3,
    "cobb": 4,
    "ellipse": 2,
    "rectangle": 2,
    "cardiothoracic": 4,
}
"""What can be measured, and the number of its points."""

REGIONS = frozenset({"ellipse", "rectangle"})
PARALLEL_DEGREES = 10.0
"""Beyond this angle between heart's and chest's width the ratio is doubted."""


class MeasuringRefusedError(OverreadError):
    """A measurement that would say nothing, or something untrue."""

    def __init__(self, kind: str, found: str, allowed: str) -> None:
        self.kind = kind
        self.found = found
        self.allowed = allowed
        super().__init__(
            f"{kind.capitalize()} not measured: {found}; wanted: {allowed}"
        )


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure: ``Figure("mean", -712.3, "HU")``."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures, and what they do not tell, in words for the radiologist."""

    figures: tuple[Figure, ...]
    notices: tuple[str, ...] = ()


def measure(kind: str, points: Sequence[Point], image: Image) -> Measured:
    """Measure between points of an image.

    Parameters
    ----------
    kind
        "length": figure `length`.
        "angle": two ends with the vertex between them; `angle`, 0 to 180 deg.
        "cobb": two ends of a line along an endplate, then two of the other's;
        `cobb`, the acute angle between the lines, 0 to 90 deg. Lines have no
        direction here, so a curve beyond 90 degrees reads as 180 less itself.
        "ellipse", "rectangle": two opposite corners of the upright frame; `mean`,
        `sd` (of the population), `min`, `max` in modality values, `area` of the
        drawn shape, `pixels` counted and, if there are any, `padding` left out.
        "cardiothoracic": two ends of the heart's width, two of the chest's;
        `ratio` of the lines' lengths, `heart`, `chest`.
    points
        As many as `KINDS` says.

    Raises
    ------
    MeasuringRefusedError
        If points are missing, not finite or coincide, or no pixel is inside.
    UnsupportedImageError
        If the header's rescale is unusable.
    """
    _check(kind, points)
    if kind in REGIONS:
        return _region(kind, (points[0], points[1]), image)
    figures = _LINES[kind](tuple(points), pixel_scale(image.header))
    return Measured(figures, notices(kind, points, image.header))


def notices(kind: str, points: Sequence[Point], header: ImageHeader) -> tuple[str, ...]:
    """Say what a measurement does not tell: its doubts, then the scale's limits."""
    angle = kind not in REGIONS and kind != "length"
    if kind == "cardiothoracic":
        # A ratio has no scale, but square pixels are taken for granted in it too.
        angle = header.spacing_mm is None
    return (*doubts(kind, points, header), *scale_notices(header, angle=angle))


def doubts(kind: str, points: Sequence[Point], header: ImageHeader) -> tuple[str, ...]:
    """Say what is odd about the points; needs no pixels, so that it is quick."""
    if kind in REGIONS:
        top, left, bottom, right = frame_of((points[0], points[1]))
        out = top < 0 or left < 0 or bottom > header.rows or right > header.columns
        return ("Part of the region lies outside the image",) if out else ()
    if kind != "cardiothoracic":
        return ()
    scale = pixel_scale(header)
    found = []
    apart = _between_lines(points[:2], points[2:], scale)
    if apart > PARALLEL_DEGREES:
        found.append(f"The two lines are not parallel: {apart:.0f} degrees apart")
    if scale.distance(*points[:2]) > scale.distance(*points[2:]):
        found.append("The heart's line is the longer one: are the lines swapped?")
    return tuple(found)


def _check(kind: str, points: Sequence[Point]) -> None:
    wanted = KINDS.get(kind)
    if wanted is None:
        raise MeasuringRefusedError("measurement", f"kind {kind!r}", ", ".join(KINDS))
    if len(points) != wanted:
        raise MeasuringRefusedError(kind, f"{len(points)} points", f"{wanted}")
    if not all(math.isfinite(value) for point in points for value in point):
        raise MeasuringRefusedError(kind, "a point without a place", "finite numbers")


def _length(points: tuple[Point, ...], scale: PixelScale) -> tuple[Figure, ...]:
    return (Figure("length", _line("length", points, scale), scale.unit),)


def _angle(points: tuple[Point, ...], scale: PixelScale) -> tuple[Figure, ...]:
    start, vertex, end = points
    _line("angle", (vertex, start), scale)
    _line("angle", (vertex, end), scale)
    turned = _turn(scale.way(vertex, start), scale.way(vertex, end))
    return (Figure("angle", turned, "deg"),)


def _cobb(points: tuple[Point, ...], scale: PixelScale) -> tuple[Figure, ...]:
    _line("cobb", points[:2], scale)
    _line("cobb", points[2:], scale)
    return (Figure("cobb", _between_lines(points[:2], points[2:], scale), "deg"),)


def _cardiothoracic(points: tuple[Point, ...], scale: PixelScale) -> tuple[Figure, ...]:
    heart = _line("cardiothoracic", points[:2], scale)
    chest = _line("cardiothoracic", points[2:], scale)
    return (
        Figure("ratio", heart / chest, "1"),
        Figure("heart", heart, scale.unit),
        Figure("chest", chest, scale.unit),
    )


_LINES = {
    "length": _length,
    "angle": _angle,
    "cobb": _cobb,
    "cardiothoracic": _cardiothoracic,
}


def _line(kind: str, ends: Sequence[Point], scale: PixelScale) -> float:
    length = scale.distance(ends[0], ends[1])
    if length == 0:
        raise MeasuringRefusedError(kind, "two points in one place", "points apart")
    return length


def _turn(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Return the angle between two ways, 0 to 180 degrees.

    By atan2 of the cross and the dot product: arccos would lose half the digits
    near 0 and 180.
    """
    cross = first[0] * second[1] - first[1] * second[0]
    dot = first[0] * second[0] + first[1] * second[1]
    return math.degrees(math.atan2(abs(cross), dot))


def _between_lines(
    first: Sequence[Point], second: Sequence[Point], scale: PixelScale
) -> float:
    """Return the acute angle between two lines, 0 to 90 degrees."""
    turned = _turn(scale.way(*first), scale.way(*second))
    return min(turned, 180.0 - turned)


def _region(kind: str, points: tuple[Point, Point], image: Image) -> Measured:
    colour = image.stored.ndim == 3
    found = statistics(image, points, ellipse=kind == "ellipse")
    if not found.pixels:
        raise _empty(kind, points, found, image.header)
    unit = value_unit(image.header, colour=colour)
    figures = [
        Figure("mean", found.mean, unit),
        Figure("sd", found.sd, unit),
        Figure("min", found.minimum, unit),
        Figure("max", found.maximum, unit),
        _area(kind, points, pixel_scale(image.header)),
        Figure("pixels", found.pixels, "1"),
    ]
    if found.padding:
        figures.append(Figure("padding", found.padding, "1"))
    told = notices(kind, points, image.header)
    if colour:
        told = (*told, "Colour: the figures are of the luminance")
    return Measured(tuple(figures), told)


def _area(kind: str, points: tuple[Point, Point], scale: PixelScale) -> Figure:
    height, width = (abs(side) for side in scale.way(*points))
    share = math.pi / 4 if kind == "ellipse" else 1.0
    return Figure("area", share * height * width, scale.area_unit)


def _empty(
    kind: str,
    points: tuple[Point, Point],
    found: RegionStatistics,
    header: ImageHeader,
) -> MeasuringRefusedError:
    if found.padding:
        what = f"only padding, {found.padding} pixels"
        return MeasuringRefusedError(kind, what, "pixels of the image")
    top, left, bottom, right = frame_of(points)
    if bottom <= 0 or right <= 0 or top >= header.rows or left >= header.columns:
        return MeasuringRefusedError(kind, "a place outside the image", "pixels")
    return MeasuringRefusedError(
        kind, "no pixel inside", "the centre of at least one pixel"
    )
