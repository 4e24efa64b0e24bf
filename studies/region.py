"""The pixels inside an ellipse or a rectangle, and what they say together."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studies.modality import apply_modality, padding_mask
from studies.model import Image, IntArray
from studies.pixel_scale import Point

_LUMINANCE = (0.299, 0.587, 0.114)
"""ITU-R BT.601, as `studies.grayscale.to_display` has it."""

_LARGEST_COUNT = 1 << 20


@dataclass(frozen=True, slots=True)
class RegionStatistics:
    """What the modality values of the counted pixels say.

    Attributes
    ----------
    pixels
        How many were counted: centre inside, on the image, not padding.
    padding
        How many inside were left out as padding.
    mean, sd, minimum, maximum
        NaN where no pixel was counted. `sd` is that of the population, divided by
        n: the pixels of a region are all of it, not a sample of more, and the SD
        of a single pixel is then 0 and not undefined.
    """

    pixels: int
    padding: int
    mean: float
    sd: float
    minimum: float
    maximum: float


def frame_of(points: tuple[Point, Point]) -> tuple[float, float, float, float]:
    """Return (top, left, bottom, right) of the frame between two corners."""
    (top, bottom), (left, right) = (sorted(ends) for ends in zip(*points, strict=True))
    return top, left, bottom, right


def statistics(
    image: Image, points: tuple[Point, Point], *, ellipse: bool
) -> RegionStatistics:
    """Count the pixels whose centre lies in the frame, or in its ellipse.

    Of a rectangle the upper and left edges belong to it, the lower and right ones
    do not, so that two that touch share no pixel. An ellipse has its edge.

    Raises
    ------
    UnsupportedImageError
        If the header's rescale is unusable.
    """
    top, left, bottom, right = frame_of(points)
    if top == bottom or left == right:
        return _statistics_of(image.stored[:0, 0], image)
    rows = _span(top, bottom, image.header.rows, closed=ellipse)
    columns = _span(left, right, image.header.columns, closed=ellipse)
    stored = image.stored[rows, columns]
    if ellipse and stored.size:
        inside = _inside(rows, columns, (top, left, bottom, right))
        stored = stored[inside]
    flat = stored.reshape(-1, 3) if image.stored.ndim == 3 else stored.ravel()
    return _statistics_of(flat, image)


def _span(low: float, high: float, limit: int, *, closed: bool) -> slice:
    """Return the rows or columns whose centres lie between two edges."""
    first = math.ceil(low - 0.5)
    end = math.floor(high - 0.5) + 1 if closed else math.ceil(high - 0.5)
    return slice(max(first, 0), max(min(end, limit), 0))


def _inside(
    rows: slice, columns: slice, frame: tuple[float, float, float, float]
) -> NDArray[np.bool_]:
    top, left, bottom, right = frame
    down = np.arange(rows.start, rows.stop) + 0.5 - (top + bottom) / 2
    across = np.arange(columns.start, columns.stop) + 0.5 - (left + right) / 2
    # A hair of tolerance keeps centres on the edge in, whatever the rounding.
    share = (down / ((bottom - top) / 2))[:, None] ** 2
    share = share + (across / ((right - left) / 2))[None, :] ** 2
    return np.asarray(share <= 1.0 + 1e-9)


def _statistics_of(stored: IntArray, image: Image) -> RegionStatistics:
    """Return the statistics of (n,) stored values, or (n, 3) of a colour image."""
    params = image.header.grayscale
    if image.stored.ndim == 3:
        # Grey levels of a colour image have no padding and no rescale.
        luminance = stored @ np.array(_LUMINANCE)
        return _summary(luminance, np.ones(len(luminance), np.int64), 0)
    values, counts = _counted(stored)
    padded = padding_mask(values, params)
    padding = int(counts[padded].sum())
    values, counts = values[~padded], counts[~padded]
    return _summary(apply_modality(values, params), counts, padding)


def _counted(stored: IntArray) -> tuple[IntArray, NDArray[np.int64]]:
    """Return the values there are and how often each is.

    A large region holds few different values: rescale and sums then run over
    those, exactly and fast enough for each step of a drag.
    """
    if not stored.size:
        return stored, np.zeros(0, np.int64)
    first, last = int(stored.min()), int(stored.max())
    if last - first >= _LARGEST_COUNT:
        return stored, np.ones(stored.size, np.int64)
    found = np.bincount(stored.astype(np.int64) - first)
    there = np.flatnonzero(found)
    return there + first, found[there]


def _summary(
    values: NDArray[np.floating], counts: NDArray[np.int64], padding: int
) -> RegionStatistics:
    pixels = int(counts.sum())
    if not pixels:
        return RegionStatistics(0, padding, *([math.nan] * 4))
    exact = values.astype(np.float64)
    mean = float((exact * counts).sum() / pixels)
    variance = float(((exact - mean) ** 2 * counts).sum() / pixels)
    low, high = float(exact.min()), float(exact.max())
    return RegionStatistics(pixels, padding, mean, math.sqrt(variance), low, high)
