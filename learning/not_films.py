"""Pictures that are no film: noise, shapes, pages of text, films side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import cv2
import numpy as np

from studies.model import UInt8Array

Painter: TypeAlias = Callable[[int, np.random.Generator], UInt8Array]


def synthetic(side: int, rng: np.random.Generator) -> UInt8Array:
    """Return a drawn picture, (side, side) uint8."""
    painter: Painter = _PAINTERS[int(rng.integers(len(_PAINTERS)))]
    return painter(side, rng)


def panels(films: UInt8Array, side: int, rng: np.random.Generator) -> UInt8Array:
    """Put two to four films, (n, rows, columns), side by side."""
    chosen = films[rng.integers(0, len(films), 4)]
    down, across = ((1, 2), (2, 1), (2, 2))[int(rng.integers(3))]
    rows = [
        np.hstack([chosen[i * across + j] for j in range(across)]) for i in range(down)
    ]
    picture = cv2.resize(np.vstack(rows), (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(picture, np.uint8)


def _noise(side: int, rng: np.random.Generator) -> UInt8Array:
    """Draw grain of any coarseness: white noise, blurred or not."""
    noise = rng.normal(0.0, 1.0, (side, side))
    sigma = float(np.exp(rng.uniform(-1.5, 3.0)))
    smooth = cv2.GaussianBlur(noise, (0, 0), sigma) if sigma > 0.4 else noise
    lowest, highest = float(smooth.min()), float(smooth.max())
    return np.asarray(255.0 * (smooth - lowest) / (highest - lowest), np.uint8)


def _shapes(side: int, rng: np.random.Generator) -> UInt8Array:
    picture = np.full((side, side), int(rng.integers(0, 256)), np.uint8)
    for _ in range(int(rng.integers(1, 12))):
        centre = tuple(int(v) for v in rng.integers(0, side, 2))
        axes = tuple(int(v) for v in rng.integers(2, side // 2, 2))
        value = int(rng.integers(0, 256))
        if rng.random() < 0.5:
            cv2.ellipse(picture, centre, axes, rng.uniform(0, 180), 0, 360, value, -1)
        else:
            cv2.rectangle(picture, centre, axes, value, -1)
    return picture


def _page(side: int, rng: np.random.Generator) -> UInt8Array:
    picture = np.full((side, side), int(rng.integers(200, 256)), np.uint8)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz      .,0123456789"))
    size = float(rng.uniform(0.25, 0.8))
    for row in range(8, side, max(int(28 * size), 6)):
        line = "".join(rng.choice(letters, 40))
        start = int(rng.integers(2, 12))
        cv2.putText(picture, line, (start, row), cv2.FONT_HERSHEY_SIMPLEX, size, 20, 1)
    return picture if rng.random() < 0.7 else np.asarray(255 - picture, np.uint8)


def _waves(side: int, rng: np.random.Generator) -> UInt8Array:
    """Draw a grating, or the product of two: stripes, checks, ramps."""
    row, column = np.mgrid[0:side, 0:side] / side
    picture = np.ones((side, side))
    for _ in range(int(rng.integers(1, 3))):
        angle, cycles = rng.uniform(0, np.pi), np.exp(rng.uniform(-1.0, 3.5))
        along = row * np.sin(angle) + column * np.cos(angle)
        wave = np.sin(2.0 * np.pi * (cycles * along + rng.random()))
        picture = picture * (np.sign(wave) if rng.random() < 0.3 else wave)
    return np.asarray(np.rint((picture + 1.0) * 127.5), np.uint8)


_PAINTERS: tuple[Painter, ...] = (_noise, _shapes, _page, _waves)
