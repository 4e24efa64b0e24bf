"""Points of measurements as SCOORD graphics: (column, row), outer corner (0, 0).

That is where the points count from too, so nothing is shifted (PS3.3
C.18.6.1.2). Never import this in the window's process: it imports highdicom.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from highdicom.sr import SourceImageForRegion
from numpy.typing import NDArray

from review.measurement import Measurement, MeasurementKind
from studies.model import ImageHeader

Graphic: TypeAlias = NDArray[np.float64]


def is_inside(item: Measurement) -> bool:
    """Whether all points lie on the image, as an SCOORD must (C.18.6.1.2)."""
    return all(
        0 <= row <= item.rows and 0 <= column <= item.columns
        for row, column in item.points
    )


def selected(header: ImageHeader) -> SourceImageForRegion:
    """Return a reference to the image that coordinates lie on."""
    return SourceImageForRegion(
        header.sop_class_uid,
        header.sop_instance_uid,
        [header.frame + 1] if header.frames > 1 else None,
    )


def lines(item: Measurement, name: str) -> list[Graphic]:
    """Return the polylines that one figure was taken from.

    Parameters
    ----------
    name
        Of the figure: a width of the cardiothoracic ratio has its own line.
    """
    points = np.array([(column, row) for row, column in item.points], dtype=float)
    match item.kind:
        case MeasurementKind.CARDIOTHORACIC if name.casefold().startswith("heart"):
            return [points[:2]]
        case MeasurementKind.CARDIOTHORACIC if name.casefold().startswith("chest"):
            return [points[2:]]
        case MeasurementKind.COBB | MeasurementKind.CARDIOTHORACIC:
            return [points[:2], points[2:]]
        case _:
            return [points]


def region(item: Measurement) -> tuple[str, Graphic]:
    """Return graphic type and data of an ellipse or rectangle.

    An ELLIPSE is given by the ends of its major axis, then of its minor one; a
    rectangle is a closed POLYLINE.
    """
    (row_1, column_1), (row_2, column_2) = item.points
    top, bottom = sorted((row_1, row_2))
    left, right = sorted((column_1, column_2))
    if item.kind is MeasurementKind.RECTANGLE:
        corners: list[Any] = [(left, top), (right, top), (right, bottom)]
        return "POLYLINE", np.array([*corners, (left, bottom), (left, top)])
    row, column = (top + bottom) / 2, (left + right) / 2
    across = [(left, row), (right, row)]
    down = [(column, top), (column, bottom)]
    wide = right - left >= bottom - top
    return "ELLIPSE", np.array([*across, *down] if wide else [*down, *across])
