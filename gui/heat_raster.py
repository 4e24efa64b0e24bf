"""A heat map drawn fine enough that the screen only has to scale it. Qt-free.

The network's grid is coarse (7 x 7). It is resampled once, smoothly, to a
raster over its crop; zooming and panning then cost one scaled blit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from explain.heatmap import FLOOR, Heatmap, warp_heat
from explain.rendering import contours, to_rgba
from gui.film_source import LEVELS, look_up
from gui.memory import Memory
from gui.view_geometry import Float64Array
from studies.model import Float32Array, UInt8Array

UInt16Array: TypeAlias = NDArray[np.uint16]

LONGEST_SIDE = 512
"""Raster samples along the longer side; 73 for each cell of a 7 x 7 grid."""


@dataclass(frozen=True, slots=True, eq=False)
class HeatRaster:
    """Heat, 0 to 1, over `crop` = (row, column, rows, columns) of the image."""

    heat: Float32Array
    crop: tuple[int, int, int, int]

    @property
    def peak(self) -> float:
        """The largest heat."""
        return float(self.heat.max())

    @property
    def is_clear(self) -> bool:
        """Whether all of it lies at or below the floor, so that nothing is drawn."""
        return self.peak <= FLOOR

    def drawn(self) -> tuple[float, float, float, float]:
        """Return (top, left, bottom, right) of what is not clear, in image pixels.

        A sample more on each side, for the screen interpolates between them.
        """
        mask = (self.heat > FLOOR).astype(np.uint8)
        left, top, width, height = cv2.boundingRect(mask)
        corners = ((left - 1.5, top - 1.5), (left + width + 0.5, top + height + 0.5))
        (x0, y0), (x1, y1) = self.to_image(np.array(corners, np.float32)).tolist()
        row, column, rows, columns = self.crop
        top, left = max(y0, row), max(x0, column)
        return top, left, min(y1, row + rows), min(x1, column + columns)

    def matrix(self) -> Float64Array:
        """Return the (2, 3) map from samples to image pixels, centres at (0, 0).

        In (column, row) order, as `ViewGeometry.matrix` goes on from there.
        """
        row, column, rows, columns = self.crop
        height, width = rows / self.heat.shape[0], columns / self.heat.shape[1]
        return np.array(
            [
                [width, 0.0, column + 0.5 * width - 0.5],
                [0.0, height, row + 0.5 * height - 0.5],
            ]
        )

    def to_image(self, points: Float32Array) -> Float32Array:
        """Turn (column, row) raster positions, (points, 2), into image (column, row).

        Raster positions have the centre of sample (0, 0) at (0, 0); image
        positions are measured from the image's outer corner, as in `Box`.
        """
        row, column, rows, columns = self.crop
        size = np.array(self.heat.shape[::-1], dtype=np.float32)
        share = (points + np.float32(0.5)) / size
        span = np.array([columns, rows], dtype=np.float32)
        return (share * span + np.array([column, row], np.float32)).astype(np.float32)


def rasterise(heatmap: Heatmap) -> HeatRaster:
    """Resample a heat map to the raster of its crop, by `explain.heatmap.warp_heat`.

    The grid's outer border is the crop's: sample j covers the jth part of it.
    Of a letterboxed film's map only what lies on the image is kept.
    """
    placement = heatmap.placement
    crop = _on_image(placement.crop, placement.rows, placement.columns)
    samples = max(LONGEST_SIDE // max(heatmap.values.shape), 1)
    rows, height, top = _along(0, heatmap, crop, samples)
    columns, width, left = _along(1, heatmap, crop, samples)
    matrix = np.array([[width, 0, left], [0, height, top]], dtype=np.float32)
    return HeatRaster(warp_heat(heatmap.heat(), matrix, (rows, columns)), crop)


def _along(
    axis: int, heatmap: Heatmap, crop: tuple[int, int, int, int], samples: int
) -> tuple[int, float, float]:
    """Return, along an axis, how many samples there are and where the cells lie.

    Returns
    -------
    Samples of the raster over `crop`; samples a cell; the sample on which the
    first cell's centre lies.
    """
    whole, cells = heatmap.placement.crop, heatmap.values.shape[axis]
    # A whole number of samples a cell where nothing is cut off.
    size = max(round(cells * samples * crop[axis + 2] / whole[axis + 2]), 1)
    scale = size / crop[axis + 2]
    cell = whole[axis + 2] / cells * scale
    return size, cell, (whole[axis] - crop[axis]) * scale + 0.5 * cell - 0.5


def _on_image(
    crop: tuple[int, int, int, int], rows: int, columns: int
) -> tuple[int, int, int, int]:
    """Return the part of a crop that lies on the image."""
    row, column = max(crop[0], 0), max(crop[1], 0)
    last_row = min(crop[0] + crop[2], rows)
    last_column = min(crop[1] + crop[3], columns)
    return row, column, last_row - row, last_column - column


def placement_problem(heatmap: Heatmap, rows: int, columns: int) -> str:
    """Say why a map cannot be laid over an image of rows x columns; "" if it can.

    The self-check of the interface design, overlay rule 7: the map was made for
    an image of this size, its crop covers some of it, its values are finite, and the
    centres of the grid's first and last cell come to lie where
    `Heatmap.grid_to_image` says, to half an image pixel.
    """
    placement = heatmap.placement
    row, column, height, width = placement.crop
    if (placement.rows, placement.columns) != (rows, columns):
        return f"made for {placement.columns} x {placement.rows} pixels"
    if placement.grid != heatmap.values.shape:
        return "grid and values differ"
    if min(_on_image(placement.crop, rows, columns)[2:]) <= 0:
        return "crop lies outside the image"
    if not np.isfinite(heatmap.values).all():
        return "values are not finite"
    last = np.array(placement.grid[::-1], dtype=np.float64) - 1
    matrix = heatmap.grid_to_image().astype(np.float64)
    for cell in (np.zeros(2), last):
        said = np.asarray(matrix[:, :2] @ cell + matrix[:, 2])
        cells = np.array(placement.grid[::-1], dtype=np.float64)
        drawn = (cell + 0.5) / cells * (width, height) + (column, row) - 0.5
        if np.abs(said - drawn).max() > 0.5:
            return "grid and crop disagree"
    return ""


def to_bgra(heat: Float32Array, opacity: float) -> UInt8Array:
    """Colour heat by `explain.rendering.to_rgba`, premultiplied, for Qt.

    Returns
    -------
    (rows, columns, 4) uint8: blue, green, red, alpha.
    """
    rgba = to_rgba(heat, opacity)
    alpha = rgba[..., 3:].astype(np.uint16)
    bgra = np.empty_like(rgba)
    bgra[..., :3] = (rgba[..., 2::-1] * alpha + 127) // 255
    bgra[..., 3] = rgba[..., 3]
    return bgra


def color_table(opacity: float) -> NDArray[np.int32]:
    """Return the 65536 colours of heat in 16 bits, each four bytes as `to_bgra`."""
    heat = np.arange(LEVELS, dtype=np.float32).reshape(1, -1) / (LEVELS - 1)
    return to_bgra(heat.astype(np.float32), opacity).view(np.int32).reshape(-1)


def in_levels(heat: Float32Array) -> UInt16Array:
    """Return heat, 0 to 1, as 0 to 65535."""
    return np.asarray(np.rint(heat * np.float32(LEVELS - 1)), dtype=np.uint16)


def painted(
    levels: UInt16Array,
    table: NDArray[np.int32],
    to_device: Float64Array,
    size: tuple[int, int],
) -> UInt8Array:
    """Return heat on the screen's own pixels, coloured after it is scaled.

    Parameters
    ----------
    levels
        `in_levels` of a raster's heat.
    table
        Of `color_table`.
    to_device : (2, 3)
        From samples to the pixels wanted, centres of the first at (0, 0).
    size
        (rows, columns) wanted, all of them within the crop.

    Returns
    -------
    (rows, columns, 4) uint8, as `to_bgra`.
    """
    warped = cv2.warpAffine(
        levels,
        to_device,
        size[::-1],
        flags=cv2.INTER_LINEAR,
        # Heat keeps its value to the crop's edge, where it ends at once.
        borderMode=cv2.BORDER_REPLICATE,
    )
    colors = look_up(np.asarray(warped, np.uint16), table)
    return colors.view(np.uint8).reshape(*size, 4)


def painted_quickly(
    colors: NDArray[np.int32],
    to_device: Float64Array,
    size: tuple[int, int],
    memory: tuple[Memory, Memory],
) -> UInt8Array:
    """Return heat as `painted` does, but of the nearest sample: for a zoom's steps.

    `colors` is the raster already coloured. A view turns by quarters alone, so
    that rows and columns can be picked one after the other. The result lies in
    the second memory.
    """
    (a, b, c), (d, e, f) = to_device.tolist()
    if a == 0.0:
        colors, a, e = colors.T, b, d
    last_row, last_column = colors.shape[0] - 1, colors.shape[1] - 1
    columns = np.clip(np.rint((np.arange(size[1]) - c) / a), 0, last_column)
    rows = np.clip(np.rint((np.arange(size[0]) - f) / e), 0, last_row)
    wide = memory[0].array((colors.shape[0], size[1]), np.int32)
    picked = memory[1].array(size, np.int32)
    np.take(colors, columns.astype(np.intp), axis=1, out=wide, mode="clip")
    np.take(wide, rows.astype(np.intp), axis=0, out=picked, mode="clip")
    return picked.view(np.uint8).reshape(*size, 4)


def level_lines(raster: HeatRaster) -> dict[float, list[Float32Array]]:
    """Return the lines of contour mode, by level.

    Each line is (points, 2) in image (column, row), from the outer corner.
    """
    return {
        level: [_smooth(raster, polygon, level) for polygon in polygons]
        for level, polygons in contours(raster.heat).items()
    }


def hot_region(raster: HeatRaster) -> list[Float32Array]:
    """Outline where a finding of the model lies, in image (column, row).

    A model of whole images draws no box. Where its map is drawn at all, the
    outline follows the heat at half of the map's own peak, but not below the
    floor, under which nothing is drawn. It says where the map is hottest, not
    how far the disease reaches. Empty if the map peaks at or below the floor.
    """
    if raster.is_clear:
        return []
    level = max(raster.peak / 2, FLOOR)
    mask = (raster.heat >= level).astype(np.uint8)
    found, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    polygons = [p.reshape(-1, 2).astype(np.float32) for p in found if len(p) >= 3]
    return [_smooth(raster, polygon, level) for polygon in polygons]


def _smooth(raster: HeatRaster, polygon: Float32Array, level: float) -> Float32Array:
    """Move each point of a pixel staircase to where the heat is `level`.

    One Newton step along the gradient, of at most one sample. At the crop's
    border, where the heat never falls to the level, points stay.
    """
    columns = polygon[:, 0].astype(np.intp)
    rows = polygon[:, 1].astype(np.intp)
    slope_row = np.asarray(np.gradient(raster.heat, axis=0))
    slope_column = np.asarray(np.gradient(raster.heat, axis=1))
    slope = np.stack([slope_column[rows, columns], slope_row[rows, columns]], axis=1)
    steepness = np.maximum(np.sum(slope**2, axis=1, keepdims=True), np.float32(1e-12))
    off = (level - raster.heat[rows, columns]).reshape(-1, 1)
    step = off / steepness * slope
    length = np.maximum(np.sqrt(np.sum(step**2, axis=1, keepdims=True)), 1.0)
    highest = np.array(raster.heat.shape[::-1], dtype=np.float32) - np.float32(0.5)
    moved = np.clip(polygon + step / length, np.float32(-0.5), highest)
    return raster.to_image(moved.astype(np.float32))
