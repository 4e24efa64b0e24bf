"""Display values -> network input, and the way back. NumPy and OpenCV, no torch.

Training (`learning`) and inference share this module, so that a film is
prepared in one way only.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from inference.model_card import InputSpec
from studies.model import Float32Array


@dataclass(frozen=True, slots=True)
class Placement:
    """How a network's grid lies on the image.

    `crop` is (row, column, rows, columns) in image pixels; grid cell (i, j) of
    `grid` = (rows, columns) covers the (i, j)th part of the crop.
    """

    rows: int
    columns: int
    crop: tuple[int, int, int, int]
    grid: tuple[int, int]


def prepare(
    display: Float32Array, spec: InputSpec
) -> tuple[Float32Array, tuple[int, int, int, int]]:
    """Resize a film to the network's grid and normalise its grey scale.

    The film is stretched to the input's shape, its aspect ratio given up:
    several training sources hold only films squeezed to a square, and a border
    added to the others would tell the sources apart.

    Parameters
    ----------
    display : (rows, columns)
        Display values, 0 (black) to 1 (white), bone bright.

    Returns
    -------
    (spec.rows, spec.columns) float32, normalised by mean and std; and the crop
    of the image that it shows, as in `Placement.crop`.
    """
    rows, columns = display.shape
    small = cv2.resize(
        display, (spec.columns, spec.rows), interpolation=cv2.INTER_AREA
    ).astype(np.float32)
    return normalise(small, spec), (0, 0, rows, columns)


def normalise(small: Float32Array, spec: InputSpec) -> Float32Array:
    """Map the percentiles of the film to 0 and 1, clip, then apply mean and std.

    Percentiles, not minimum and maximum: a white marker or a black border must
    not set the grey scale of the lungs. A film of one value becomes zeros.
    """
    low, high = np.percentile(small, spec.percentiles)
    if high - low < 1e-6:
        unit = np.zeros_like(small)
    else:
        unit = np.clip((small - low) / (high - low), 0.0, 1.0)
    return ((unit - spec.mean) / spec.std).astype(np.float32)
