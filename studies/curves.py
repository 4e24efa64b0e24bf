"""Circles, ellipses and smooth lines of DICOM graphics as points on them."""

from __future__ import annotations

import numpy as np

from studies.mark_model import Float64Array

_POINTS = 72
_PER_SPAN = 12


def circle(center: Float64Array, on_it: Float64Array) -> Float64Array:
    """Return 72 points of a circle.

    Parameters
    ----------
    center, on_it : (2,)
        Its centre and a point of it, in the image.

    Returns
    -------
    (72, 2)
        Beginning at `on_it`; the first point is not told again at the end.
    """
    across = on_it - center
    return _round(center, across, np.array([-across[1], across[0]]))


def ellipse(axes: Float64Array) -> Float64Array:
    """Return 72 points of an ellipse.

    Parameters
    ----------
    axes : (4, n)
        The ends of the major axis, then those of the minor axis
        (PS3.3 C.18.6.1.2), in the image or in the patient.

    Returns
    -------
    (72, n)
        The first point is not told again at the end.
    """
    center = axes.mean(axis=0)
    return _round(center, (axes[1] - axes[0]) / 2, (axes[3] - axes[2]) / 2)


def _round(
    center: Float64Array, one: Float64Array, other: Float64Array
) -> Float64Array:
    angle = np.linspace(0.0, 2.0 * np.pi, _POINTS, endpoint=False)[:, None]
    return np.asarray(center + np.cos(angle) * one + np.sin(angle) * other, np.float64)


def spline(points: Float64Array) -> Float64Array:
    """Return a smooth line through points, 12 steps a span.

    How INTERPOLATED lines are to be interpolated is left to the viewer
    (PS3.3 C.10.5.1.2); here cubic by the length of the spans.

    Parameters
    ----------
    points : (n, 2)
        Closed where the last is the first; a point told twice in a row counts once.

    Returns
    -------
    (12 (n - 1) + 1, 2)
        The points themselves where there are fewer than three.
    """
    keep = np.any(np.diff(points, axis=0) != 0, axis=1)
    points = points[np.concatenate([[True], keep])]
    if len(points) < 3:
        return points
    from scipy.interpolate import CubicSpline

    length = np.concatenate(
        [[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))]
    )
    closed = bool(np.all(points[0] == points[-1]))
    curve = CubicSpline(length, points, bc_type="periodic" if closed else "natural")
    steps = np.linspace(0, length[-1], _PER_SPAN * (len(points) - 1) + 1)
    return np.asarray(curve(steps), np.float64)
