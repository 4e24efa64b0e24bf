"""Making a picture smaller without aliasing, fast enough for a zoom. Qt-free."""

from __future__ import annotations

import math

import cv2
import numpy as np

from gui.memory import Memory
from gui.region import Grid, Region
from studies.model import IntArray

_CANDIDATES = 64
_SAME_PLACE = 1 / 64
"""Device pixels by which a picture may be shifted; `warpAffine` rounds to 1/32."""

_QUICK_BLUR = 0.3
"""A quick picture may be enlarged by this power of two: from a smaller halving."""


class Pyramid:
    """One picture and its halvings, each made when it is first needed.

    Below a scale of 1 a screen pixel averages all the pixels it covers: the
    picture is taken linearly at twice the size wanted, which is never below its
    own, and each 2 x 2 pixels of that are averaged. On RG1 that takes a fifth
    of the time of OpenCV's INTER_AREA and lands on the exact scale. From 1 on
    the picture is taken linearly. `memory` is for what comes in between.
    """

    def __init__(self, pixels: IntArray, memory: Memory | None = None) -> None:
        self._memory = memory or Memory()
        self._levels: dict[tuple[int, int], IntArray] = {(0, 0): pixels}

    def sampled(self, grid: Grid, region: Region, *, quick: bool = False) -> IntArray:
        """Return a region of the scaled picture, (region height, region width).

        The picture's outer top-left corner is that of the scaled one. In one
        piece, for a table is applied to that a third faster. A quick
        one, for the steps of a zoom, is taken linearly from the halving next
        above its size, without the last averaging: a quarter of the time.
        """
        source, memory = self._levels[0, 0], self._memory
        if region.is_empty:
            shape = (max(region.height, 0), max(region.width, 0), *source.shape[2:])
            return np.zeros(shape, dtype=source.dtype)
        if min(grid.x, grid.y) >= 1.0:
            return _linear(source, grid.x, grid.y, region, memory).copy()
        slack = _QUICK_BLUR if quick else 1e-9
        level = self._level(_halvings(grid.x, slack), _halvings(grid.y, slack))
        across = grid.x * source.shape[1] / level.shape[1]
        down = grid.y * source.shape[0] / level.shape[0]
        if quick:
            return _linear(level, across, down, region, memory).copy()
        fine = _linear(level, 2 * across, 2 * down, region.doubled(), memory)
        size = region.width, region.height
        small = cv2.resize(fine, size, interpolation=cv2.INTER_AREA)
        return np.asarray(small, dtype=source.dtype)

    def _level(self, across: int, down: int) -> IntArray:
        """Return the picture halved so many times along its rows and columns.

        A mammogram of 20 megapixels shown whole is averaged from its quarter,
        and not at every step of a zoom from all its pixels.
        """
        found = self._levels.get((across, down))
        if found is None:
            finer = self._level(max(across - 1, 0), max(down - 1, 0))
            found = _halved(finer, across=across > 0, down=down > 0)
            self._levels[across, down] = found
        return found


def _halvings(scale: float, slack: float) -> int:
    """Return how often a length may be halved and stay above `scale` of itself."""
    return max(math.floor(-math.log2(scale) + slack), 0)


def _halved(pixels: IntArray, *, across: bool, down: bool) -> IntArray:
    """Average two pixels each, along rows, columns or both."""
    rows, columns = pixels.shape[:2]
    across, down = across and columns >= 4, down and rows >= 4
    even = columns + (columns % 2) * across, rows + (rows % 2) * down
    if even != (columns, rows):
        pixels = np.asarray(cv2.resize(pixels, even), dtype=pixels.dtype)
    size = even[0] // (1 + across), even[1] // (1 + down)
    half = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return np.asarray(half, dtype=pixels.dtype)


def _linear(
    source: IntArray, across: float, down: float, region: Region, memory: Memory
) -> IntArray:
    """Return a region of a picture scaled linearly about its top-left corner.

    OpenCV's `resize` takes a fifth of the time of `warpAffine`, but begins at the
    corner of what it is given. So it is given a part that begins at a pixel
    whose corner lies on a corner of the scaled picture's pixels.
    """
    left, top = _start(region.x, across), _start(region.y, down)
    if left is not None and top is not None:
        return _resized(source, across, down, region, (left, top), memory)
    # OpenCV counts pixel centres as whole numbers: half a pixel from the corner.
    x, y = 0.5 * across - 0.5 - region.x, 0.5 * down - 0.5 - region.y
    warped = cv2.warpAffine(
        source,
        np.array([[across, 0.0, x], [0.0, down, y]]),
        (region.width, region.height),
        flags=cv2.INTER_LINEAR,
        # The film's own border, not black: the visible part ends where it ends.
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(warped, dtype=source.dtype)


def _start(position: int, scale: float) -> int | None:
    """Return a source pixel before a scaled position that lies on a whole one.

    None where none of those shortly before it does. A linear picture needs the
    pixel before, too.
    """
    nearest = max(math.floor(position / scale) - 2, 0)
    for pixel in range(nearest, max(nearest - _CANDIDATES, -1), -1):
        at = pixel * scale
        if abs(at - round(at)) <= _SAME_PLACE:
            return pixel
    return None


def _resized(
    source: IntArray,
    across: float,
    down: float,
    region: Region,
    start: tuple[int, int],
    memory: Memory,
) -> IntArray:
    """Return the region of the picture scaled from a pixel on, in the memory."""
    left, top = start
    x, y = region.x - round(left * across), region.y - round(top * down)
    right, bottom = x + region.width, y + region.height
    # Two pixels more than the end needs, so that the cut does not show.
    part = source[
        top : top + math.ceil(bottom / down) + 2,
        left : left + math.ceil(right / across) + 2,
    ]
    # Up to a pixel may be left over at the far edge, where the scale is no whole one.
    height, width = round(part.shape[0] * down), round(part.shape[1] * across)
    shape = (max(height, bottom), max(width, right), *source.shape[2:])
    scaled = memory.array(shape, source.dtype)
    # By factor, not by size: a size would be rounded, and the scale with it.
    cv2.resize(
        part,
        None,
        dst=scaled[:height, :width],
        fx=across,
        fy=down,
        interpolation=cv2.INTER_LINEAR,
    )
    scaled[height:, :width] = scaled[height - 1 : height, :width]
    scaled[:, width:] = scaled[:, width - 1 : width]
    return scaled[y:bottom, x:right]
