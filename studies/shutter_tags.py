"""The display shutter of a data set; a shape that is unusable is told."""

from __future__ import annotations

import math

from studies.elements import Elements
from studies.shutter import Shutter

_MAX_VERTICES = 10_000
_EDGES = (
    "ShutterUpperHorizontalEdge",
    "ShutterLeftVerticalEdge",
    "ShutterLowerHorizontalEdge",
    "ShutterRightVerticalEdge",
)


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
