"""Augmentation of brain slices: view, field, resolution; and slices made normal."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from learning import photometric
from learning.brain_slices import (
    NEGATIVE,
    BrainSlice,
    mirrored,
    overlap,
    paste_mirrored,
)
from studies.model import Float32Array, UInt8Array

ERASED, DECOY = 0.12, 0.25
"""Chances that a tumour is painted over by the other half of the brain, and that
another region is. Every slice of the collection shows a tumour: without the
former the network would mark one everywhere. The latter keeps the seam of the
painting from telling that there is none."""


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A changed slice.

    Attributes
    ----------
    image : (side, side) uint8
    target : (side / 2, side / 2) uint8
        NEGATIVE, UNKNOWN or POSITIVE.
    kind
        Index of the type, or -1 where the tumour was painted over.
    """

    image: UInt8Array
    target: UInt8Array
    kind: int


def augment_slice(item: BrainSlice, side: int, rng: np.random.Generator) -> Shown:
    """Return the slice in another view, field and quality.

    Parameters
    ----------
    side
        Rows and columns of the image; the target has half as many.
    """
    image, target, kind = _paint(item, rng)
    image, target = _place(image, target, side, rng)
    for step, chance in (
        (bias_field, 0.5),
        (photometric.grey_scale, 0.7),
        (photometric.equalise, 0.1),
        (photometric.resolution, 0.3),
        (photometric.blur_or_sharpen, 0.3),
        (photometric.noise, 0.3),
        (photometric.jpeg, 0.3),
    ):
        if rng.random() < chance:
            image = step(image, rng)
    return Shown(image, target, kind)


def _paint(
    item: BrainSlice, rng: np.random.Generator
) -> tuple[UInt8Array, UInt8Array, int]:
    """Paint the tumour over, or another region, or nothing."""
    image, target = item.image, item.target
    if item.box is None:
        return image, target, item.kind
    chance = rng.random()
    columns = image.shape[1]
    if chance < ERASED and not overlap(item.box, mirrored(item.box, columns)):
        nothing = np.full(target.shape, NEGATIVE, np.uint8)
        return paste_mirrored(image, item.box), nothing, -1
    if chance < ERASED + DECOY:
        rows, wide = item.box[2], item.box[3]
        place = (
            rng.uniform(0.15, 0.85) * (image.shape[0] - rows),
            rng.uniform(0.15, 0.85) * (columns - wide),
            rows,
            wide,
        )
        both = (place, mirrored(place, columns))
        if not any(overlap(item.box, _widened(part)) for part in both):
            image = paste_mirrored(image, place)
    return image, target, item.kind


def _widened(
    box: tuple[float, float, float, float], by: float = 7.0
) -> tuple[float, float, float, float]:
    return box[0] - by, box[1] - by, box[2] + 2 * by, box[3] + 2 * by


def _place(
    image: UInt8Array, target: UInt8Array, side: int, rng: np.random.Generator
) -> tuple[UInt8Array, UInt8Array]:
    """Flip left and right, turn, shift, scale and stretch, onto a square."""
    matrix = _random_matrix(image.shape, side, rng)
    fill = float(rng.choice([0.0, 0.0, float(image.min())]))
    placed = cv2.warpAffine(
        image, matrix, (side, side), flags=cv2.INTER_LINEAR, borderValue=fill
    )
    # The centre of the first cell of the half grid lies at 0.5 of the full grid.
    half = 0.5 * matrix
    half[:, 2] -= 0.25
    cells = cv2.warpAffine(
        target, half, (side // 2, side // 2), flags=cv2.INTER_NEAREST
    )
    return np.asarray(placed, np.uint8), np.asarray(cells, np.uint8)


def _random_matrix(
    shape: tuple[int, ...], side: int, rng: np.random.Generator
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    rows, columns = shape[:2]
    angle = np.deg2rad(rng.uniform(-20.0, 20.0))
    scale = side / max(rows, columns) * rng.uniform(0.8, 1.25)
    stretch = np.exp(rng.uniform(-0.1, 0.1))
    flip = -1.0 if rng.random() < 0.5 else 1.0
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = turn @ np.diag([flip * scale * stretch, scale / stretch])
    shift = rng.uniform(-0.08, 0.08, 2) * side
    centre = np.array([columns - 1.0, rows - 1.0]) / 2.0
    offset = (side - 1.0) / 2.0 + shift - linear @ centre
    return np.column_stack([linear, offset])


def bias_field(image: UInt8Array, rng: np.random.Generator) -> UInt8Array:
    """Brighten and darken slowly over the slice, as a coil does."""
    coarse = rng.normal(0.0, 0.25, (3, 3)).astype(np.float32)
    size = (image.shape[1], image.shape[0])
    field: Float32Array = np.exp(
        cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
    )
    return np.asarray(np.clip(image * field + 0.5, 0.0, 255.0), dtype=np.uint8)
