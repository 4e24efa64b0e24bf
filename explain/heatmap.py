"""A heatmap in absolute units, and its way onto the image. No torch, no Qt."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from inference.preprocess import Placement
from studies.model import Float32Array

FLOOR = 0.10
"""Heat below this is not drawn (interface design, overlay rule 2)."""


@dataclass(frozen=True, slots=True, eq=False)
class Heatmap:
    """Saliency of one finding on one image.

    Attributes
    ----------
    values : (grid rows, grid columns), float32, >= 0
        Contribution of each cell to the finding's logit (Grad-CAM for a pooled
        linear head: ReLU of the sum over channels of weight times activation;
        its mean over the cells, before the ReLU, plus the bias is the logit).
        Or the probability of each cell, for a network with a map of its own
        (``"fine-map"``). Not rescaled per image.
    reference
        Contribution that is drawn as 1.0 for a finding that is certain; the
        same for every film (`FindingSpec.heatmap_reference`).
    probability
        Of the finding, calibrated.
    placement
        How the grid lies on the image.
    method
        For example ``"grad-cam"``.
    """

    key: str
    values: Float32Array
    reference: float
    probability: float
    placement: Placement
    method: str

    def __post_init__(self) -> None:
        self.values.setflags(write=False)

    def heat(self) -> Float32Array:
        """Return the drawn values, (grid rows, grid columns), 0 to 1.

        heat = probability * min(1, values / reference). So no map is stretched
        to its own maximum, and a finding of 1 % never exceeds 0.01, which
        lies below `FLOOR`: its map stays clear.
        """
        share = np.clip(self.values / np.float32(self.reference), 0.0, 1.0)
        heat: Float32Array = (share * np.float32(self.probability)).astype(np.float32)
        return heat

    def grid_to_image(self) -> Float32Array:
        """Return the 2 x 3 affine map from grid to image coordinates.

        Both in (column, row) order with the centre of cell or pixel (0, 0) at
        (0, 0), as OpenCV's warps want it. Cell j covers image columns
        crop_column + j * w to crop_column + (j + 1) * w with w = crop columns /
        grid columns, so its centre lies at crop_column + (j + 0.5) * w - 0.5.
        """
        row, column, rows, columns = self.placement.crop
        height = rows / self.placement.grid[0]
        width = columns / self.placement.grid[1]
        return np.array(
            [
                [width, 0.0, column + 0.5 * width - 0.5],
                [0.0, height, row + 0.5 * height - 0.5],
            ],
            dtype=np.float32,
        )


def warp_heat(
    heat: Float32Array, matrix: Float32Array, size: tuple[int, int]
) -> Float32Array:
    """Resample heat smoothly onto a pixel grid.

    Parameters
    ----------
    heat : (grid rows, grid columns)
    matrix : (2, 3)
        Grid coordinates -> target pixel coordinates, (column, row) order.
    size
        (rows, columns) of the target.

    Returns
    -------
    (rows, columns) float32, 0 outside the crop. Cubic, clipped to the range of
    `heat`, because cubic interpolation overshoots.
    """
    rows, columns = size
    # Warping the bare grid would fade the outer half of the border cells to
    # zero; one replicated cell around it keeps their value to the crop's edge.
    padded = np.pad(heat, 2, mode="edge")
    shift = np.array([[1, 0, -2], [0, 1, -2], [0, 0, 1]], dtype=np.float64)
    full = matrix.astype(np.float64) @ shift
    warped = cv2.warpAffine(
        padded, full, (columns, rows), flags=cv2.INTER_CUBIC, borderValue=0.0
    )
    low, high = float(heat.min()), float(heat.max())
    warped = np.clip(warped, min(low, 0.0), high)
    return np.where(_inside(heat.shape, matrix, size), warped, 0.0).astype(np.float32)


def _inside(
    grid: tuple[int, ...], matrix: Float32Array, size: tuple[int, int]
) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Which target pixels lie within the grid's outline."""
    inverse = cv2.invertAffineTransform(matrix.astype(np.float64))
    columns = np.arange(size[1], dtype=np.float64)[None, :]
    rows = np.arange(size[0], dtype=np.float64)[:, None]
    u = inverse[0, 0] * columns + inverse[0, 1] * rows + inverse[0, 2]
    v = inverse[1, 0] * columns + inverse[1, 1] * rows + inverse[1, 2]
    inside = (u >= -0.5) & (u <= grid[1] - 0.5) & (v >= -0.5) & (v <= grid[0] - 0.5)
    return np.asarray(inside, dtype=np.bool_)
