"""Augmentation that breaks shortcuts: borders, patches, markers.

A model can tell the hospital by all of these, and with it the label (DeGrave et
al. 2021; Maguolo and Nanni 2021). Films are therefore shown with random ones.
"""

from __future__ import annotations

import cv2
import numpy as np

from studies.model import UInt8Array


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
