"""How heat is drawn: one rule for the window, the capture and the legend. No Qt.

Interface design, overlay rules 1-3: clear below the floor, uniform opacity
above it, never so opaque that the peak hides anatomy, never stretched to the
map's own maximum.
"""

from __future__ import annotations

import cv2
import numpy as np

from explain.heatmap import FLOOR
from studies.model import Float32Array, UInt8Array

MAXIMUM_ALPHA = 0.60
"""The opacity slider's 100 %."""

START_OPACITY = 0.70
"""Where the opacity slider starts."""

CONTOUR_LEVELS = (0.25, 0.50, 0.75)
"""Heat levels of the contour mode."""

EDGE = 0.02
"""Above the floor, the heat over which the overlay fades in, against a hard rim."""


def color_table() -> UInt8Array:
    """Return the (256, 3) RGB colours of heat 0 to 1 (inferno)."""
    ramp = np.arange(256, dtype=np.uint8).reshape(1, 256)
    bgr = cv2.applyColorMap(ramp, cv2.COLORMAP_INFERNO)
    return np.ascontiguousarray(bgr[0, :, ::-1])


_COLORS = color_table()


def to_rgba(heat: Float32Array, opacity: float) -> UInt8Array:
    """Colour heat for drawing over a film.

    Parameters
    ----------
    heat : (rows, columns)
        0 to 1, absolute.
    opacity
        The slider, 0 to 1; the drawn alpha is ``opacity * MAXIMUM_ALPHA``.

    Returns
    -------
    (rows, columns, 4) uint8 RGBA, not premultiplied; alpha 0 at and below
    `FLOOR`, uniform from ``FLOOR + EDGE`` on.
    """
    index = np.clip(heat * 255.0 + 0.5, 0.0, 255.0).astype(np.uint8)
    alpha = np.clip((heat - FLOOR) / EDGE, 0.0, 1.0) * (
        255.0 * MAXIMUM_ALPHA * min(max(opacity, 0.0), 1.0)
    )
    rgba = np.empty((*heat.shape, 4), dtype=np.uint8)
    rgba[..., :3] = _COLORS[index]
    rgba[..., 3] = (alpha + 0.5).astype(np.uint8)
    return rgba


def blend(film: UInt8Array, heat: Float32Array, opacity: float) -> UInt8Array:
    """Lay heat over a film.

    Parameters
    ----------
    film : (rows, columns)
        Display values, 0 to 255.
    heat : (rows, columns)
        0 to 1.

    Returns
    -------
    (rows, columns, 3) uint8 RGB.
    """
    rgba = to_rgba(heat, opacity).astype(np.float32)
    alpha = rgba[..., 3:] / 255.0
    mixed = film[..., None] * (1.0 - alpha) + rgba[..., :3] * alpha
    return (mixed + 0.5).astype(np.uint8)


def contours(heat: Float32Array) -> dict[float, list[Float32Array]]:
    """Trace the lines of equal heat at `CONTOUR_LEVELS`.

    Returns
    -------
    For each level a list of closed polygons, each (points, 2) in (column, row)
    pixel coordinates of `heat`; levels that the map never reaches are empty.
    """
    lines: dict[float, list[Float32Array]] = {}
    for level in CONTOUR_LEVELS:
        mask = (heat >= level).astype(np.uint8)
        found, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        lines[level] = [
            polygon.reshape(-1, 2).astype(np.float32)
            for polygon in found
            if len(polygon) >= 3
        ]
    return lines
