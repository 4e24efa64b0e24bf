"""Where an image lies on the screen: one matrix for film, overlay and outlines.

Qt-free. Three coordinate systems, all (row, column) until the screen:

*image*: pixels of the image, measured from the outer corner of its first pixel,
as in `review.decision.Box`: the centre of that pixel is (0.5, 0.5).
*device*: physical pixels of the viewport from its top-left corner, in (x, y).
*view*: Qt's logical pixels, device divided by the device pixel ratio.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Float64Array: TypeAlias = NDArray[np.float64]

MAXIMUM_SCALE = 32.0
"""Device pixels per image pixel; beyond it a pixel is a tile, not anatomy."""

MINIMUM_SHARE_OF_FIT = 0.25
"""The image cannot be made smaller than this share of the whole-film view."""


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of whole device pixels, from the scaled image's corner."""

    x: int
    y: int
    width: int
    height: int

    def covers(self, other: Region) -> bool:
        """Whether the other lies within."""
        return (
            self.x <= other.x
            and self.y <= other.y
            and self.x + self.width >= other.x + other.width
            and self.y + self.height >= other.y + other.height
        )


@dataclass(frozen=True, slots=True)
class ViewGeometry:
    """A uniform scale and a whole-pixel shift.

    Attributes
    ----------
    rows, columns
        Of the image.
    height, width
        Of the viewport in device pixels.
    ratio
        Device pixels per logical pixel, e.g. 1.25.
    scale
        Device pixels per image pixel.
    x, y
        Device position of the image's outer top-left corner. Whole numbers, so
        that a pan moves what is already drawn without resampling it.
    """

    rows: int
    columns: int
    height: int
    width: int
    ratio: float = 1.0
    scale: float = 1.0
    x: int = 0
    y: int = 0

    @property
    def fit_scale(self) -> float:
        """Scale at which the whole image just fits."""
        return min(self.height / self.rows, self.width / self.columns)

    @property
    def is_fit(self) -> bool:
        """Whether this is the whole-film view."""
        return self == self.fitted()

    def fitted(self) -> ViewGeometry:
        """Return the whole image, centred."""
        return self._centred(self.fit_scale, self.rows / 2, self.columns / 2)

    def resized(self, height: int, width: int, ratio: float) -> ViewGeometry:
        """Return the view in another viewport: fit stays fit, else centre stays."""
        row, column = self.center
        other = replace(self, height=height, width=width, ratio=ratio)
        if self.is_fit:
            return other.fitted()
        return other._centred(self.scale, row, column)

    def zoomed(self, scale: float, x: float, y: float) -> ViewGeometry:
        """Return the view at another scale, the image point under (x, y) kept there.

        Parameters
        ----------
        scale
            Device pixels per image pixel; held within the limits.
        x, y
            Device pixels.
        """
        scale = self._limited(scale)
        factor = scale / self.scale
        return replace(
            self,
            scale=scale,
            x=round(x - (x - self.x) * factor),
            y=round(y - (y - self.y) * factor),
        )._held()

    def panned(self, dx: float, dy: float) -> ViewGeometry:
        """Return the view moved by whole device pixels, never wholly off screen."""
        return replace(self, x=self.x + round(dx), y=self.y + round(dy))._held()

    def centred(self, row: float, column: float, scale: float) -> ViewGeometry:
        """Return the view with an image point in the middle, at a scale."""
        return self._centred(self._limited(scale), row, column)

    @property
    def center(self) -> tuple[float, float]:
        """Image (row, column) in the middle of the viewport."""
        return self.to_image(self.width / 2, self.height / 2)

    def to_device(self, row: float, column: float) -> tuple[float, float]:
        """Return the device (x, y) of an image position."""
        return self.x + column * self.scale, self.y + row * self.scale

    def to_view(self, row: float, column: float) -> tuple[float, float]:
        """Return the logical (x, y) of an image position."""
        x, y = self.to_device(row, column)
        return x / self.ratio, y / self.ratio

    def to_image(self, x: float, y: float) -> tuple[float, float]:
        """Return the image (row, column) of a device position."""
        return (y - self.y) / self.scale, (x - self.x) / self.scale

    def view_to_image(self, x: float, y: float) -> tuple[float, float]:
        """Return the image (row, column) of a logical position."""
        return self.to_image(x * self.ratio, y * self.ratio)

    def matrix(self) -> Float64Array:
        """Return the (2, 3) map from image to device pixels, as OpenCV wants it.

        Both in (column, row) order with the *centre* of the first pixel at
        (0, 0), half a pixel from the corners above; so it can be multiplied
        with `Heatmap.grid_to_image`.
        """
        half = 0.5 * self.scale - 0.5
        return np.array(
            [[self.scale, 0.0, self.x + half], [0.0, self.scale, self.y + half]]
        )

    def visible(self) -> tuple[int, int, int, int]:
        """Return (x, y, width, height) of the image's part of the viewport.

        Device pixels; width or height is 0 when nothing of it is in view.
        """
        left, top = max(self.x, 0), max(self.y, 0)
        right = min(math.ceil(self.x + self.columns * self.scale), self.width)
        bottom = min(math.ceil(self.y + self.rows * self.scale), self.height)
        return left, top, max(right - left, 0), max(bottom - top, 0)

    def region(self, margin: int) -> Region:
        """Return the part in view, and a margin about it, cut to the image.

        In scaled pixels from the image's own corner, so that a pan leaves the
        region's content as it is.
        """
        x, y, width, height = self.visible()
        left = max(x - self.x - margin, 0)
        top = max(y - self.y - margin, 0)
        right = min(x - self.x + width + margin, math.ceil(self.columns * self.scale))
        bottom = min(y - self.y + height + margin, math.ceil(self.rows * self.scale))
        return Region(left, top, max(right - left, 0), max(bottom - top, 0))

    def _limited(self, scale: float) -> float:
        lowest = min(self.fit_scale * MINIMUM_SHARE_OF_FIT, 1.0)
        return min(max(scale, lowest), max(MAXIMUM_SCALE, self.fit_scale))

    def _centred(self, scale: float, row: float, column: float) -> ViewGeometry:
        return replace(
            self,
            scale=scale,
            x=round(self.width / 2 - column * scale),
            y=round(self.height / 2 - row * scale),
        )._held()

    def _held(self) -> ViewGeometry:
        """Keep a strip of the image in view, so that it cannot be lost."""
        strip = 48
        lowest_x = strip - round(self.columns * self.scale)
        lowest_y = strip - round(self.rows * self.scale)
        return replace(
            self,
            x=max(min(self.x, self.width - strip), lowest_x),
            y=max(min(self.y, self.height - strip), lowest_y),
        )
