"""Augmentation that breaks shortcuts: borders, markers, resolution, JPEG, grey scale.

A chest model can tell the hospital by all of these, and with it the label
(DeGrave et al. 2021; Maguolo and Nanni 2021). Each film is therefore shown
with another film's worth of them.
"""

from __future__ import annotations

import cv2
import numpy as np

from learning.photometric import grey_scale, jpeg, mixed_chains, resolution
from learning.style import restyle
from studies.model import UInt8Array


def augment(
    film: UInt8Array,
    side: int,
    rng: np.random.Generator,
    other: UInt8Array | None = None,
) -> UInt8Array:
    """Return a randomly changed copy.

    Parameters
    ----------
    film : (rows, columns) uint8
    side
        Rows and columns of the result.
    other : (rows, columns) uint8 or None
        A film whose look this one may take on.

    Returns
    -------
    (side, side) uint8.
    """
    changed = _place(film, side, rng)
    if other is not None and rng.random() < 0.5:
        look = cv2.resize(other, (side, side), interpolation=cv2.INTER_AREA)
        changed = restyle(changed, np.asarray(look, np.uint8), rng)
    for step, chance in (
        (mixed_chains, 0.5),
        (grey_scale, 0.7),
        (resolution, 0.4),
        (add_frame, 0.35),
        (add_patches, 0.4),
        (add_text, 0.4),
        (jpeg, 0.4),
    ):
        if rng.random() < chance:
            changed = step(changed, rng)
    return changed


def _place(film: UInt8Array, side: int, rng: np.random.Generator) -> UInt8Array:
    """Turn, shift, scale and stretch; the outside is black, grey or mirrored."""
    rows, columns = film.shape
    angle = np.deg2rad(rng.uniform(-12.0, 12.0))
    scale = rng.uniform(0.9, 1.3)
    stretch = np.exp(rng.uniform(-0.16, 0.16))
    sx, sy = scale * stretch * side / columns, scale / stretch * side / rows
    cos, sin = np.cos(angle), np.sin(angle)
    linear = np.array([[cos * sx, -sin * sy], [sin * sx, cos * sy]])
    shift = rng.uniform(-0.08, 0.08, 2) * side
    centre = np.array([columns / 2.0, rows / 2.0])
    offset = np.array([side / 2.0, side / 2.0]) + shift - linear @ centre
    matrix = np.column_stack([linear, offset]).astype(np.float64)
    border = int(rng.choice([cv2.BORDER_CONSTANT, cv2.BORDER_REFLECT_101]))
    fill = float(rng.choice([0.0, 0.0, float(film.mean()), 255.0]))
    return np.asarray(
        cv2.warpAffine(
            film,
            matrix,
            (side, side),
            flags=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR,
            borderMode=border,
            borderValue=fill,
        ),
        dtype=np.uint8,
    )


def add_frame(film: UInt8Array, rng: np.random.Generator) -> UInt8Array:
    """Draw a collimation border of random width on each edge."""
    framed = film.copy()
    side = film.shape[0]
    value = int(rng.choice([0, 0, 0, 40, 255]))
    top, bottom, left, right = (
        int(w) for w in rng.integers(0, side // 10, 4) * (rng.random(4) < 0.7)
    )
    framed[:top] = value
    framed[side - bottom :] = value
    framed[:, :left] = value
    framed[:, side - right :] = value
    return framed


def add_patches(film: UInt8Array, rng: np.random.Generator) -> UInt8Array:
    """Stick on one to three patches: a redaction block, a dot, an erased area."""
    patched = film.copy()
    side = film.shape[0]
    for _ in range(int(rng.integers(1, 4))):
        value = int(rng.choice([0, 255, int(rng.integers(0, 256))]))
        row, column = (int(v) for v in rng.integers(0, side, 2))
        if rng.random() < 0.3:
            cv2.circle(patched, (column, row), int(rng.integers(2, 7)), value, -1)
            continue
        rows, columns = (int(v) for v in rng.integers(4, side // 4, 2))
        patched[row : row + rows, column : column + columns] = value
    return patched


def add_text(film: UInt8Array, rng: np.random.Generator) -> UInt8Array:
    """Write letters as laterality markers and burned-in text, mostly at the edge."""
    written = film.copy()
    side = film.shape[0]
    letters = np.array(list("RLAPSUPINE PORTABLE 0123456789:-"))
    for _ in range(int(rng.integers(1, 4))):
        text = "".join(rng.choice(letters, int(rng.integers(1, 10))))
        row, column = (int(v) for v in rng.integers(0, side, 2))
        if rng.random() < 0.7:
            row = int(rng.choice([rng.integers(8, 40), rng.integers(side - 30, side)]))
        cv2.putText(
            written,
            text,
            (column, row),
            int(rng.choice([cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_PLAIN])),
            float(rng.uniform(0.3, 1.0)),
            int(rng.choice([0, 200, 255])),
            int(rng.integers(1, 3)),
            cv2.LINE_AA,
        )
    return written
