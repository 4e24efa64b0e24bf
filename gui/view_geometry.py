"""Where an image lies on the screen: one matrix for film, overlay and outlines.

Qt-free. Three coordinate systems, all (row, column) until the screen:

*image*: pixels of the image, measured from the outer corner of its first pixel,
as in `review.decision.Box`: the centre of that pixel is (0.5, 0.5).
*device*: physical pixels of the viewport from its top-left corner, in (x, y).
*view*: Qt's logical pixels, device divided by the device pixel ratio.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gui.orientation import Orientation
from gui.region import Grid, Region, ceil, visible_part
from studies.model import ImageHeader

Float64Array: TypeAlias = NDArray[np.float64]

MAXIMUM_SCALE = 32.0
"""Device pixels per image pixel; beyond it a pixel is a tile, not anatomy."""

MINIMUM_SHARE_OF_FIT = 0.25
"""The image cannot be made smaller than this share of the whole-film view."""

_STRIP = 48
"""Device pixels of the image that always stay in view."""


@dataclass(frozen=True, slots=True)
class ViewGeometry:
    """An orientation, a scale and a whole-pixel shift.

    Attributes
    ----------
    rows, columns
        Of the image as stored.
    height, width
        Of the viewport in device pixels.
    ratio
        Device pixels per logical pixel, e.g. 1.25.
    scale
        Device pixels per column of the image; a row takes `aspect` times as
        much.
    x, y
        Device position of the top-left corner of the image as shown. Whole
        numbers, so that a pan moves what is already drawn without resampling.
    turns
        Quarter turns clockwise, 0 to 3, after mirroring.
    mirrored
        Whether the image's left and right are exchanged.
    aspect
        Height of a pixel divided by its width, 1 for square pixels.
    """

    rows: int
    columns: int
    height: int
    width: int
    ratio: float = 1.0
    scale: float = 1.0
    x: int = 0
    y: int = 0
    turns: int = 0
    mirrored: bool = False
    aspect: float = 1.0

    @property
    def orientation(self) -> Orientation:
        """How the image is laid on the screen."""
        return Orientation(self.turns, self.mirrored)

    @property
    def grid(self) -> Grid:
        """How the image is sampled; a pan leaves it."""
        across, down = self.scale, self.scale * self.aspect
        if self.orientation.is_on_side:
            across, down = down, across
        return Grid(across, down, self.orientation)

    @property
    def extent(self) -> tuple[float, float]:
        """(width, height) of the whole image as shown, in device pixels."""
        wide, tall = self._unit_extent
        return wide * self.scale, tall * self.scale

    @property
    def _unit_extent(self) -> tuple[float, float]:
        """The extent at a scale of 1."""
        wide, tall = float(self.columns), self.rows * self.aspect
        return (tall, wide) if self.turns % 2 else (wide, tall)

    @property
    def fit_scale(self) -> float:
        """Scale at which the whole image just fits."""
        wide, tall = self._unit_extent
        return min(self.height / tall, self.width / wide)

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

    def oriented(self, orientation: Orientation) -> ViewGeometry:
        """Return the view turned or flipped: fit stays fit, else centre stays."""
        turns, mirrored = orientation.turns, orientation.mirrored
        other = replace(self, turns=turns, mirrored=mirrored)
        if self.is_fit:
            return other.fitted()
        return other._centred(self.scale, *self.center)

    def of_image(self, rows: int, columns: int, aspect: float) -> ViewGeometry:
        """Return the view of another image: same share of it, same orientation.

        Fit stays fit. Else the middle stays at the same share of rows and
        columns, and the scale at the same multiple of the whole-film scale.
        """
        if (rows, columns, aspect) == (self.rows, self.columns, self.aspect):
            return self
        row, column = self.center
        other = replace(self, rows=rows, columns=columns, aspect=aspect)
        if self.is_fit:
            return other.fitted()
        scale = self.scale / self.fit_scale * other.fit_scale
        row, column = row / self.rows * rows, column / self.columns * columns
        return other._centred(other._limited(scale), row, column)

    def zoomed(self, scale: float, x: float, y: float) -> ViewGeometry:
        """Return the view at another scale, the image point under (x, y) kept there.

        Parameters
        ----------
        scale
            Device pixels per image column; held within the limits.
        x, y
            Device pixels.
        """
        return self.magnified(self._limited(scale) / self.scale, x, y)._held()

    def magnified(self, factor: float, x: float, y: float) -> ViewGeometry:
        """Return the view enlarged about a device point, without any limit."""
        return replace(
            self,
            scale=self.scale * factor,
            x=round(x - (x - self.x) * factor),
            y=round(y - (y - self.y) * factor),
        )

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

    def corner_matrix(self) -> Float64Array:
        """Return the (2, 3) map from image (column, row) to device (x, y).

        Positions are measured from outer corners, as in the coordinate systems
        above.
        """
        unit = self.orientation.unit_matrix(self.rows, self.columns, self.aspect)
        matrix = np.array(unit, dtype=np.float64) * self.scale
        matrix[:, 2] += (self.x, self.y)
        return matrix

    def device_points(self, points: NDArray[np.floating]) -> Float64Array:
        """Return device (x, y) of image positions, (points, 2) in (column, row)."""
        matrix = self.corner_matrix()
        return np.asarray(points @ matrix[:, :2].T + matrix[:, 2], dtype=np.float64)

    def to_device(self, row: float, column: float) -> tuple[float, float]:
        """Return the device (x, y) of an image position."""
        (a, b, c), (d, e, f) = self.corner_matrix().tolist()
        return a * column + b * row + c, d * column + e * row + f

    def to_view(self, row: float, column: float) -> tuple[float, float]:
        """Return the logical (x, y) of an image position."""
        x, y = self.to_device(row, column)
        return x / self.ratio, y / self.ratio

    def to_image(self, x: float, y: float) -> tuple[float, float]:
        """Return the image (row, column) of a device position."""
        c, f = self.corner_matrix()[:, 2].tolist()
        return self._image_way(x - c, y - f)

    def view_to_image(self, x: float, y: float) -> tuple[float, float]:
        """Return the image (row, column) of a logical position."""
        return self.to_image(x * self.ratio, y * self.ratio)

    def view_way_to_image(self, dx: float, dy: float) -> tuple[float, float]:
        """Return the way in image (rows, columns) of a way in logical pixels."""
        return self._image_way(dx * self.ratio, dy * self.ratio)

    def _image_way(self, dx: float, dy: float) -> tuple[float, float]:
        """Return a way in device pixels as (rows, columns) of the image.

        The matrix has one entry in each row and column, so its inverse is that
        of each.
        """
        (a, b, _), (d, e, _) = self.corner_matrix().tolist()
        return (dx / b, dy / d) if self.turns % 2 else (dy / e, dx / a)

    def matrix(self) -> Float64Array:
        """Return the (2, 3) map from image to device pixels, as OpenCV wants it.

        Both in (column, row) order with the *centre* of the first pixel at
        (0, 0), half a pixel from the corners above; so it can be multiplied
        with `Heatmap.grid_to_image`.
        """
        matrix = self.corner_matrix()
        matrix[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5
        return matrix

    def visible(self) -> tuple[int, int, int, int]:
        """Return (x, y, width, height) of the image's part of the viewport.

        Device pixels; width or height is 0 when nothing of it is in view.
        """
        return visible_part((self.x, self.y), self.extent, (self.width, self.height))

    def region(self, margin: int) -> Region:
        """Return the part in view, and a margin about it, cut to the image.

        In device pixels from the shown image's own corner, so that a pan leaves
        the region's content as it is.
        """
        x, y, width, height = self.visible()
        left, top = x - self.x - margin, y - self.y - margin
        if width == 0 or height == 0:
            return Region(left, top, 0, 0)
        wanted = Region(left, top, width + 2 * margin, height + 2 * margin)
        return wanted.within(self.whole())

    def whole(self) -> Region:
        """Return all of the image as a region."""
        wide, tall = self.extent
        return Region(0, 0, ceil(wide), ceil(tall))

    def region_of(self, top: float, left: float, bottom: float, right: float) -> Region:
        """Return the device pixels whose centres lie in a part of the image.

        The part is given in image rows and columns, the region as by `region`.
        """
        corners = np.array([[left, top], [right, bottom]])
        points = self.device_points(corners) - (self.x, self.y)
        low, high = np.ceil(points.min(axis=0) - 0.5), np.ceil(points.max(axis=0) - 0.5)
        x, y = (int(v) for v in low)
        return Region(x, y, int(high[0]) - x, int(high[1]) - y)

    def _limited(self, scale: float) -> float:
        lowest = min(self.fit_scale * MINIMUM_SHARE_OF_FIT, 1.0)
        return min(max(scale, lowest), max(MAXIMUM_SCALE, self.fit_scale))

    def _centred(self, scale: float, row: float, column: float) -> ViewGeometry:
        at_origin = replace(self, scale=scale, x=0, y=0)
        x, y = at_origin.to_device(row, column)
        return replace(
            at_origin, x=round(self.width / 2 - x), y=round(self.height / 2 - y)
        )._held()

    def _held(self) -> ViewGeometry:
        """Keep a strip of the image in view, so that it cannot be lost."""
        wide, tall = self.extent
        return replace(
            self,
            x=max(min(self.x, self.width - _STRIP), _STRIP - round(wide)),
            y=max(min(self.y, self.height - _STRIP), _STRIP - round(tall)),
        )


def pixel_aspect(header: ImageHeader) -> float:
    """Return height of a pixel divided by its width, from spacing or ratio."""
    if header.spacing_mm is None:
        return header.pixel_aspect
    rows, columns = header.spacing_mm
    return rows / columns
