"""Graphic and text objects of presentation states -> shapes (PS3.3 C.10.5)."""

from __future__ import annotations

import numpy as np

from studies.curves import spline
from studies.elements import Elements
from studies.mark_model import Float64Array, Shape
from studies.mark_sources import long_text
from studies.model import ImageHeader
from studies.sr_shapes import line, read_points, shape_of

Area = tuple[float, float, float, float]
Found = tuple[tuple[Shape, ...], str]
_LONGEST_TEXT = 500
_MOST_KNOTS = 2_000


def graphic_shape(
    item: Elements, header: ImageHeader, area: Area, turned: tuple[int, bool]
) -> Found:
    """Return the shapes of an item of Graphic Object Sequence (0070,0009).

    Parameters
    ----------
    area
        What the presentation shows of the image; see `to_image`.
    turned
        Quarter turns clockwise, and whether mirrored.
    """
    kind = item.text("GraphicType").upper()
    points, why = read_points(item, 2, kind)
    if points is None:
        return (), why
    units = item.text("GraphicAnnotationUnits").upper()
    placed, why = to_image(points, units, header, area, turned)
    if placed is None:
        return (), why
    if kind == "INTERPOLATED":
        curve = spline(placed) if len(placed) <= _MOST_KNOTS else placed
        return (line(curve, closed=False),), ""
    return shape_of(kind, placed)


def text_shapes(
    item: Elements, header: ImageHeader, area: Area, turned: tuple[int, bool]
) -> Found:
    """Return the shapes of an item of Text Object Sequence (0070,0008).

    A text stands at the upper left of its box, else at its anchor; where both are
    given and the anchor is visible, a line joins them.
    """
    words = long_text(item, "UnformattedTextValue")
    if not words:
        return (), "hold no text"
    if len(words) > _LONGEST_TEXT:
        words = f"{words[:_LONGEST_TEXT]}…"
    box = _point(item, "BoundingBoxTopLeftHandCorner")
    anchor = _point(item, "AnchorPoint")
    units = item.text("BoundingBoxAnnotationUnits").upper()
    places: list[Float64Array] = []
    if box is not None:
        placed, why = to_image(box, units, header, area, turned)
        if placed is None:
            return (), why
        places.append(placed)
    if anchor is not None:
        units = item.text("AnchorPointAnnotationUnits").upper()
        placed, why = to_image(anchor, units, header, area, turned)
        if placed is None:
            return (), why
        places.append(placed)
    if not places:
        return (), "have no place"
    shapes = [Shape(places[0].copy(), text=words)]
    if len(places) == 2 and item.text("AnchorPointVisibility").upper() == "Y":
        shapes.append(Shape(np.concatenate(places)))
    return tuple(shapes), ""


def _point(item: Elements, keyword: str) -> Float64Array | None:
    values = np.array(item.numbers(keyword), np.float64)
    if len(values) != 2 or not np.isfinite(values).all():
        return None
    return values[None, :]


def to_image(
    points: Float64Array,
    units: str,
    header: ImageHeader,
    area: Area,
    turned: tuple[int, bool],
) -> tuple[Float64Array | None, str]:
    """Return (column, row) points of a presentation in image (row, column).

    Parameters
    ----------
    points : (n, 2)
        PIXEL: column and row from the image's outer corner; DISPLAY: shares of
        the displayed area, to the right and down, as it is seen after turning.
    units
        Graphic Annotation Units (0070,0005) and its like.
    area
        (row, column) of the outer corner at the upper left of what is seen, then
        at its lower right; the first may be the larger one.
    turned
        Quarter turns clockwise, and whether mirrored: at an odd number of turns
        the image's rows run down the screen.
    """
    if units in ("PIXEL", ""):
        return points[:, ::-1], ""
    if units != "DISPLAY":
        return None, f"are in the units {units[:16].lower()}"
    top, left, bottom, right = area
    across, down = points[:, 0], points[:, 1]
    if turned[0] % 2:
        across, down = down, across
    rows = top + down * (bottom - top)
    columns = left + across * (right - left)
    return np.stack([rows, columns], axis=1), ""
