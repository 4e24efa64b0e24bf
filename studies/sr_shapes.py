"""Spatial coordinates of structured reports -> shapes on an image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studies.curves import circle, ellipse
from studies.elements import Elements
from studies.mark_geometry import PlacedImage
from studies.mark_model import Float64Array, Shape
from studies.mark_sources import many_numbers

MAX_SHAPE_POINTS = 100_000
# Beyond this a coordinate is no place on an image.
_FARTHEST = 1e6
_NEEDED = {"CIRCLE": 2, "ELLIPSE": 4}
Shapes = tuple[tuple[Shape, ...], str]


def planar_shapes(elements: Elements) -> Shapes:
    r"""Return the shapes of a SCOORD, else why there is none.

    Graphic Data (0070,0022) holds column and row, from the outer corner of the
    first pixel: 0.0\0.0 is the corner, 0.5\0.5 the centre (PS3.3 C.18.6.1.1).
    """
    kind = elements.text("GraphicType").upper()
    points, why = read_points(elements, 2, kind)
    if points is None:
        return (), why
    return shape_of(kind, points[:, ::-1])


def shape_of(kind: str, points: Float64Array) -> Shapes:
    """Return the shapes of (row, column) points of a graphic type."""
    if kind in ("POINT", "MULTIPOINT"):
        return tuple(Shape(point[None, :].copy()) for point in points), ""
    if kind == "CIRCLE":
        return (Shape(circle(points[0], points[1]), closed=True),), ""
    if kind == "ELLIPSE":
        return (Shape(ellipse(points[:4]), closed=True),), ""
    if kind in ("POLYLINE", "POLYGON"):
        return (line(points, closed=kind == "POLYGON"),), ""
    return (), f"have the unknown graphic type '{kind[:16]}'"


def line(points: Float64Array, *, closed: bool) -> Shape:
    """Return a line, closed also where its last point is its first."""
    points = np.ascontiguousarray(points, np.float64)
    if len(points) > 2 and np.array_equal(points[0], points[-1]):
        return Shape(points[:-1].copy(), closed=True)
    return Shape(points.copy(), closed=closed and len(points) > 2)


def read_points(
    elements: Elements, dimensions: int, kind: str
) -> tuple[Float64Array | None, str]:
    """Return Graphic Data (0070,0022) as (n, dimensions), else why it is unusable."""
    values = many_numbers(elements, "GraphicData")
    if values is None:
        return None, "hold no usable coordinates"
    if len(values) % dimensions:
        return None, f"hold {len(values)} numbers, no multiple of {dimensions}"
    points = values.reshape(-1, dimensions)
    if len(points) > MAX_SHAPE_POINTS:
        return None, f"have more than {MAX_SHAPE_POINTS} points"
    if np.abs(points).max() > _FARTHEST:
        return None, "lie far outside of any image"
    needed = _NEEDED.get(kind, 1)
    if len(points) < needed:
        return None, f"have {len(points)} points; a {kind.lower()} needs {needed}"
    return points, ""


def spatial_shapes(elements: Elements, image: PlacedImage) -> Shapes:
    """Return what of a SCOORD3D lies within half a slice of an image.

    Lines are cut where they leave the slice; a circle of the patient is not
    among the graphic types (PS3.3 C.18.9.1.2), ellipsoids are not drawn.
    """
    kind = elements.text("GraphicType").upper()
    points, why = read_points(elements, 3, kind)
    if points is None:
        return (), why
    if kind == "ELLIPSOID":
        return (), "are ellipsoids"
    if kind == "ELLIPSE":
        points, kind = ellipse(points[:4]), "POLYGON"
    found, distances = image.project(points)
    near = np.abs(distances) <= image.half_mm + 1e-2
    if kind in ("POINT", "MULTIPOINT"):
        return shape_of(kind, found[near])
    if kind not in ("POLYLINE", "POLYGON"):
        return shape_of(kind, found)
    if near.all():
        return (line(found, closed=kind == "POLYGON"),), ""
    return tuple(line(part, closed=False) for part in _runs(found, near)), ""


def _runs(points: Float64Array, near: NDArray[np.bool_]) -> list[Float64Array]:
    """Return the stretches of at least two points in a row that are near."""
    ends = np.flatnonzero(np.diff(near.astype(np.int8))) + 1
    parts = zip(np.split(points, ends), np.split(near, ends), strict=True)
    return [part for part, kept in parts if kept[0] and len(part) > 1]
