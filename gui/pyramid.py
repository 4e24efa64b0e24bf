"""Making a picture smaller without aliasing, fast enough for a zoom. Qt-free."""

from __future__ import annotations

import math

import cv2
import numpy as np

from studies.model import IntArray


class Pyramid:
    """One picture and its halvings, each made when it is first needed.

    Below a scale of 1 a screen pixel averages all the pixels it covers: the
    picture is taken linearly at twice the size wanted, which is never below its
    own, and each 2 x 2 pixels of that are averaged. On RG1 that takes a fifth
    of the time of OpenCV's INTER_AREA and lands on the exact scale.
    """

    def __init__(self, pixels: IntArray) -> None:
        self._levels = [pixels]
        self._shrunk: tuple[float, IntArray] | None = None

    def shrunk(self, scale: float) -> IntArray:
        """Return the whole picture at a scale below 1.

        (ceil(rows * scale), ceil(columns * scale)); the picture's outer
        top-left corner is that of the result.
        """
        if self._shrunk is None or self._shrunk[0] != scale:
            self._shrunk = (scale, self._shrink(scale))
        return self._shrunk[1]

    def _shrink(self, scale: float) -> IntArray:
        rows, columns = self._levels[0].shape[:2]
        level = self._level(scale)
        # By factor, not by size: a size would be rounded, and the scale with it.
        double = cv2.resize(
            level,
            None,
            fx=2 * scale * columns / level.shape[1],
            fy=2 * scale * rows / level.shape[0],
            interpolation=cv2.INTER_LINEAR,
        )
        height, width = double.shape[0] // 2, double.shape[1] // 2
        even = np.asarray(double[: 2 * height, : 2 * width], dtype=level.dtype)
        small = _halved(even)
        # An odd row or column, or half a pixel, may be left over at the far edge.
        below = max(math.ceil(rows * scale) - height, 0)
        beside = max(math.ceil(columns * scale) - width, 0)
        if below or beside:
            edge = cv2.BORDER_REPLICATE
            padded = cv2.copyMakeBorder(small, 0, below, 0, beside, edge)
            return np.asarray(padded, dtype=small.dtype)
        return small

    def _level(self, scale: float) -> IntArray:
        """Return the smallest halving that is still larger than the result.

        A mammogram of 20 megapixels shown whole is averaged from its quarter,
        and not at every step of a zoom from all its pixels.
        """
        index = 0
        while scale <= 0.5 ** (index + 1) and min(self._levels[index].shape[:2]) >= 4:
            index += 1
            if index == len(self._levels):
                last = self._levels[-1]
                rows, columns = (length + length % 2 for length in last.shape[:2])
                even = cv2.resize(last, (columns, rows))
                self._levels.append(_halved(np.asarray(even, dtype=last.dtype)))
        return self._levels[index]


def _halved(pixels: IntArray) -> IntArray:
    """Average each 2 x 2 pixels of a picture of even size."""
    if min(pixels.shape[:2]) < 2:
        return pixels
    size = pixels.shape[1] // 2, pixels.shape[0] // 2
    half = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return np.asarray(half, dtype=pixels.dtype)
