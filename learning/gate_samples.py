"""Samples for the input gate: films turned, inverted, cut off, with the truth of it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.film_gate import KINDS, TURNS, LungBox
from inference.gate_network import SIDE
from inference.model_card import InputSpec
from inference.preprocess import normalise
from learning.augment import add_frame, add_patches, add_text
from learning.not_films import panels, synthetic
from learning.photometric import grey_scale, jpeg, mixed_chains, resolution
from studies.model import Float32Array, UInt8Array

INPUT = InputSpec(
    rows=SIDE, columns=SIDE, channels=1, percentiles=(1.0, 99.0), mean=0.5, std=0.25
)

FRONTAL = KINDS.index("frontal chest")
OTHER = KINDS.index("other")
_LIMBS = (KINDS.index("upper limb"), KINDS.index("other limb"))
_RADIOGRAPHS = (FRONTAL, KINDS.index("lateral chest"), *_LIMBS)

WHOLE, CUT = 0.02, 0.10
"""Lungs count as whole if at most this share of the lung box's height or width
lies outside on every side, as cut off from that share on; between, untold."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture and what is true of it; NaN or -1 where nothing is asked.

    `film` (SIDE, SIDE) is normalised; `box` (4,) in fractions of it.
    """

    film: Float32Array
    kind: int
    turn: int
    inverted: float
    cut_off: float
    box: NDArray[np.float64]


def make_sample(
    film: UInt8Array,
    kind: int,
    box: LungBox | None,
    rng: np.random.Generator,
) -> Sample:
    """Return a randomly placed, turned and changed copy with its truth.

    Parameters
    ----------
    film : (rows, columns) uint8
    kind
        Into `KINDS`.
    box
        The lung box of a frontal chest film, if it is known.
    """
    matrix = _placement(film.shape, kind, rng)
    placed = _warp(film, matrix, rng)
    if kind != FRONTAL and rng.random() < 0.5:
        placed = np.ascontiguousarray(placed[:, ::-1])
    turn = _turn(kind, rng)
    turned = np.ascontiguousarray(np.rot90(placed, -turn))
    inverted = rng.random() < 0.2
    if inverted:
        turned = np.asarray(255 - turned, np.uint8)
    changed = _change(turned, rng)
    truth = np.full(4, np.nan)
    cut_off = float("nan")
    if kind == FRONTAL and turn == 0 and box is not None:
        truth = moved_box(box, film.shape, matrix)
        cut_off = is_cut_off(truth)
    return Sample(
        film=normalise(changed.astype(np.float32) / 255.0, INPUT),
        kind=kind,
        turn=turn if kind == FRONTAL else -1,
        inverted=float(inverted) if kind in _RADIOGRAPHS else float("nan"),
        cut_off=cut_off,
        box=np.clip(truth, 0.0, 1.0),
    )


def make_other(films: UInt8Array, rng: np.random.Generator) -> Sample:
    """Return a picture that is no film: drawn, or several films side by side."""
    drawn = synthetic(SIDE, rng) if rng.random() < 0.6 else panels(films, SIDE, rng)
    changed = _change(drawn, rng)
    film = normalise(changed.astype(np.float32) / 255.0, INPUT)
    nothing = float("nan")
    return Sample(film, OTHER, -1, nothing, nothing, np.full(4, np.nan))


def moved_box(
    box: LungBox, shape: tuple[int, ...], matrix: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return where a placement puts a box: (4,), fractions of the result."""
    rows, columns = shape[:2]
    row0, column0, row1, column1 = box
    corners = np.array(
        [(c * columns, r * rows) for r in (row0, row1) for c in (column0, column1)]
    )
    moved = (corners @ matrix[:, :2].T + matrix[:, 2]) / SIDE
    (left, top), (right, bottom) = moved.min(0), moved.max(0)
    return np.array([top, left, bottom, right])


def is_cut_off(box: NDArray[np.float64]) -> float:
    """Return 1 if a part of the lungs lies outside, 0 if not, NaN between.

    `box` is (row0, column0, row1, column1) in fractions of the film. With
    (-0.1, 0.1, 0.7, 0.9): 0.1 of a height of 0.8 is outside, 12.5 %: cut off.
    """
    tall, wide = box[2] - box[0], box[3] - box[1]
    outside = max(
        -box[0] / tall, (box[2] - 1) / tall, -box[1] / wide, (box[3] - 1) / wide
    )
    if outside >= CUT:
        return 1.0
    return 0.0 if outside <= WHOLE else float("nan")


def _placement(
    shape: tuple[int, ...], kind: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return the (2, 3) matrix from film pixels (column, row) to the sample's."""
    rows, columns = shape[:2]
    widest = 180.0 if kind in _LIMBS else 8.0
    angle = np.deg2rad(rng.uniform(-widest, widest))
    zoomed = kind == FRONTAL and rng.random() < 0.35
    scale = rng.uniform(1.1, 1.8) if zoomed else rng.uniform(0.85, 1.12)
    reach = 0.3 if zoomed else 0.06
    stretch = np.exp(rng.uniform(-0.15, 0.15))
    sx, sy = scale * stretch * SIDE / columns, scale / stretch * SIDE / rows
    cos, sin = np.cos(angle), np.sin(angle)
    linear = np.array([[cos * sx, -sin * sy], [sin * sx, cos * sy]])
    centre = np.array([columns / 2.0, rows / 2.0])
    offset = SIDE * (0.5 + rng.uniform(-reach, reach, 2)) - linear @ centre
    return np.column_stack([linear, offset])


def _warp(
    film: UInt8Array, matrix: NDArray[np.float64], rng: np.random.Generator
) -> UInt8Array:
    border = cv2.BORDER_CONSTANT if rng.random() < 0.7 else cv2.BORDER_REPLICATE
    fill = float(rng.choice([0.0, 0.0, float(film.mean()), 255.0]))
    warped = cv2.warpAffine(
        film, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR,
        borderMode=border, borderValue=fill,
    )  # fmt: skip
    return np.asarray(warped, np.uint8)


def _turn(kind: int, rng: np.random.Generator) -> int:
    if rng.random() < (0.3 if kind == FRONTAL else 0.15):
        return int(rng.integers(1, len(TURNS)))
    return 0


def _change(film: UInt8Array, rng: np.random.Generator) -> UInt8Array:
    for step, chance in (
        (mixed_chains, 0.2),
        (grey_scale, 0.6),
        (resolution, 0.25),
        (add_frame, 0.15),
        (add_patches, 0.15),
        (add_text, 0.25),
        (jpeg, 0.2),
    ):
        if rng.random() < chance:
            film = step(film, rng)
    return film
