"""Display values -> network input, and the way back. NumPy and OpenCV, no torch.

Training (`learning`) and inference share this module, so that a film is
prepared in one way only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np

from inference.model_card import InputSpec
from inference.percentiles import two_percentiles
from studies.model import Float32Array

Crop: TypeAlias = tuple[int, int, int, int]
"""(row, column, rows, columns) in image pixels; may reach beyond the image."""

LungBox: TypeAlias = tuple[float, float, float, float]
"""(top, left, bottom, right) as fractions of the image's height and width."""


@dataclass(frozen=True, slots=True)
class Placement:
    """How a network's grid lies on the image.

    `crop` is (row, column, rows, columns) in image pixels; grid cell (i, j) of
    `grid` = (rows, columns) covers the (i, j)th part of the crop. The crop of a
    letterboxed film reaches beyond the image, by its padding.
    """

    rows: int
    columns: int
    crop: Crop
    grid: tuple[int, int]


def prepare(
    display: Float32Array, spec: InputSpec, lungs: LungBox | None = None
) -> tuple[Float32Array, Crop]:
    """Cut, fit and resize a film to the network's grid, and normalise its greys.

    Parameters
    ----------
    display : (rows, columns)
        Display values, 0 (black) to 1 (white), bone bright.
    lungs
        The lung box; needed where ``spec.region`` is ``lungs``.

    Returns
    -------
    (spec.rows, spec.columns) float32, normalised by mean and std; and the crop
    of the image that it shows, as in `Placement.crop`.

    Raises
    ------
    ValueError
        If the lung box is needed and not given, or has no area.
    """
    region = _region(display.shape, spec, lungs)
    crop = fitted(region, spec)
    size = (spec.columns, spec.rows)
    row, column, rows, columns = shown = _common(region, crop)
    film = display[row : row + rows, column : column + columns]
    if crop == shown:
        small = cv2.resize(film, size, interpolation=cv2.INTER_AREA)
        return normalise(small.astype(np.float32), spec), crop
    padded = _padded(film, shown, crop)
    small = cv2.resize(padded, size, interpolation=cv2.INTER_AREA)
    cells = _cells(shown, crop, spec)
    return normalise(small.astype(np.float32), spec, cells), crop


def fitted(region: Crop, spec: InputSpec) -> Crop:
    """Return the crop whose shape is the network's, by ``spec.fit``.

    ``stretch`` keeps the region and gives its aspect ratio up. ``letterbox``
    widens its shorter side, with (100, 200) onto a square: (200, 200) from 50
    rows above. ``centre-crop`` cuts its longer side.
    """
    row, column, rows, columns = region
    if spec.fit == "stretch":
        return region
    wide = columns * spec.rows > rows * spec.columns
    if wide == (spec.fit == "letterbox"):
        new_rows = max(round(columns * spec.rows / spec.columns), 1)
        # Floor division also of a negative difference: the same half each way.
        return row + (rows - new_rows) // 2, column, new_rows, columns
    new_columns = max(round(rows * spec.columns / spec.rows), 1)
    return row, column + (columns - new_columns) // 2, rows, new_columns


def normalise(
    small: Float32Array, spec: InputSpec, within: tuple[slice, slice] | None = None
) -> Float32Array:
    """Bring the greys of a resized film onto the network's scale.

    Percentiles, not minimum and maximum: a white marker or a black border must
    not set the grey scale of the lungs. A film of one value becomes zeros.

    Parameters
    ----------
    within
        The cells that show the film, without the padding around it.
    """
    if spec.scaling == "range":
        low, high = spec.value_range
        ranged: Float32Array = (small * (high - low) + low).astype(np.float32)
        return ranged
    seen = small if within is None else small[within]
    low, high = two_percentiles(seen, *spec.percentiles)
    if high - low < 1e-6:
        grey = (np.zeros_like(small) - spec.mean) / spec.std
        return grey.astype(np.float32)
    # In double precision as ever, but in one array.
    unit = small.astype(np.float64)
    unit -= low
    unit /= high - low
    np.clip(unit, 0.0, 1.0, out=unit)
    unit -= spec.mean
    unit /= spec.std
    return unit.astype(np.float32)


def _region(shape: tuple[int, ...], spec: InputSpec, lungs: LungBox | None) -> Crop:
    """Return the whole film, or the lung box with its margin, within the film."""
    rows, columns = shape[:2]
    if spec.region == "whole":
        return 0, 0, rows, columns
    if lungs is None:
        raise ValueError("the lungs were not found on the film")
    top, left, bottom, right = lungs
    tall, wide = (
        (bottom - top) * spec.region_margin,
        (right - left) * (spec.region_margin),
    )
    first_row, last_row = _span(top - tall, bottom + tall, rows)
    first_column, last_column = _span(left - wide, right + wide, columns)
    if last_row <= first_row or last_column <= first_column:
        raise ValueError("the lung box found on the film has no area")
    return first_row, first_column, last_row - first_row, last_column - first_column


def _span(first: float, last: float, length: int) -> tuple[int, int]:
    return max(round(first * length), 0), min(round(last * length), length)


def _common(region: Crop, crop: Crop) -> Crop:
    """Return the part of the region that the crop shows."""
    row, column = max(region[0], crop[0]), max(region[1], crop[1])
    last_row = min(region[0] + region[2], crop[0] + crop[2])
    last_column = min(region[1] + region[3], crop[1] + crop[3])
    return row, column, last_row - row, last_column - column


def _padded(film: Float32Array, shown: Crop, crop: Crop) -> Float32Array:
    """Put the film's darkest value around it, as far as the crop reaches."""
    above, left = shown[0] - crop[0], shown[1] - crop[1]
    below = crop[2] - above - shown[2]
    right = crop[3] - left - shown[3]
    darkest = float(film.min())
    padded = cv2.copyMakeBorder(
        film, above, below, left, right, cv2.BORDER_CONSTANT, value=(darkest,)
    )
    return np.asarray(padded, np.float32)


def _cells(shown: Crop, crop: Crop, spec: InputSpec) -> tuple[slice, slice]:
    """Return the cells of the network's grid that show the film, in part at least."""
    spans = []
    for axis, length in ((0, spec.rows), (1, spec.columns)):
        first = (shown[axis] - crop[axis]) * length / crop[axis + 2]
        last = first + shown[axis + 2] * length / crop[axis + 2]
        spans.append(slice(int(np.floor(first)), int(np.ceil(last))))
    return spans[0], spans[1]
