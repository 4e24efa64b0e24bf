"""The outline of a mask along its pixels' edges. Qt-free."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from studies.mark_model import Float64Array, Region
from studies.model import UInt8Array

LEVELS = (0.25, 0.50, 0.75)
"""Lines of a fractional region; 0.50 is its outline."""


def outline(region: Region, level: float = 0.5) -> list[Float64Array]:
    """Return closed lines around the pixels at or above a level.

    Parameters
    ----------
    level
        Share of inside, 0 to 1; of a mask that is not fractional all is inside.

    Returns
    -------
    Each (n, 2) in image (row, column); holes are lines too, so that the area
    follows by the even-odd rule.
    """
    threshold = max(int(np.ceil(level * 255)), 1) if region.fractional else 1
    inside = (region.patch >= threshold).astype(np.uint8)
    corner = np.array([region.row, region.column], np.float64)
    return [line + corner for line in trace(inside)]


def trace(mask: UInt8Array) -> list[Float64Array]:
    """Return the lines along the pixel edges of a mask of 0 and 1, (rows, columns).

    Each line is (points, 2) in (row, column) from the mask's outer corner, closed,
    without its first point at the end.

    OpenCV's contours run through the centres of border pixels. In the mask at
    twice its size each pixel has four parts; a part on an even place touches the
    edge before it, one on an odd place that behind it: so each point of the
    contour is moved outwards to the pixel's corner, and the lines are exact.
    """
    double = cv2.resize(mask, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
    # A border of its own: OpenCV ignores what touches the picture's edge.
    double = cv2.copyMakeBorder(double, 2, 2, 2, 2, cv2.BORDER_CONSTANT, value=0)
    found, _ = cv2.findContours(double, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    return [line for contour in found if len(line := _snapped(contour)) > 2]


def _snapped(contour: NDArray[np.generic]) -> Float64Array:
    points = contour.reshape(-1, 2)[:, ::-1].astype(np.int64) - 2
    corners = (points + 1) // 2
    moved = np.any(corners != np.roll(corners, 1, axis=0), axis=1)
    return corners[moved].astype(np.float64)
