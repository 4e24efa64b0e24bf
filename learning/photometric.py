"""Photometric changes of a film: grey scale, sharpness, grain, compression.

What differs between detectors, exports and collections, and says nothing of
the patient. Each takes a (rows, columns) uint8 film and returns a new one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import cv2
import numpy as np

from studies.model import UInt8Array

Change: TypeAlias = Callable[[UInt8Array, np.random.Generator], UInt8Array]


def grey_scale(film: UInt8Array, rng: np.random.Generator) -> UInt8Array:
    """Change gamma, contrast and brightness through one table of 256 values."""
    ramp = np.linspace(0.0, 1.0, 256)
    ramp = ramp ** np.exp(rng.uniform(-0.5, 0.5))
    ramp = (ramp - 0.5) * rng.uniform(0.7, 1.3) + 0.5 + rng.uniform(-0.1, 0.1)
    table = (np.clip(ramp, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
    return np.asarray(table[film], dtype=np.uint8)


def equalise(film: UInt8Array, rng: np.random.Generator) -> UInt8Array:
    """Equalise the histogram, of the film or of its parts (CLAHE)."""
    if rng.random() < 0.5:
        return np.asarray(cv2.equalizeHist(film), dtype=np.uint8)
    clahe = cv2.createCLAHE(float(rng.uniform(1.0, 4.0)), (8, 8))
    return np.asarray(clahe.apply(film), dtype=np.uint8)


def resolution(film: UInt8Array, rng: np.random.Generator) -> UInt8Array:
    """Make the film coarser and enlarge it again."""
    side = film.shape[0]
    small = int(rng.uniform(0.35, 1.0) * side)
    low = cv2.resize(film, (small, small), interpolation=cv2.INTER_AREA)
    way = int(rng.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST]))
    return np.asarray(cv2.resize(low, (side, side), interpolation=way), np.uint8)


def blur_or_sharpen(film: UInt8Array, rng: np.random.Generator) -> UInt8Array:
    """Soften, or sharpen by an unsharp mask."""
    blurred = cv2.GaussianBlur(film, (0, 0), float(rng.uniform(0.5, 2.2)))
    if rng.random() < 0.5:
        return np.asarray(blurred, dtype=np.uint8)
    strength = float(rng.uniform(0.3, 1.0))
    return np.asarray(
        cv2.addWeighted(film, 1.0 + strength, blurred, -strength, 0.0), np.uint8
    )


def noise(film: UInt8Array, rng: np.random.Generator) -> UInt8Array:
    """Add grain."""
    sigma = rng.uniform(2.0, 14.0)
    noisy = film + rng.normal(0.0, sigma, film.shape).astype(np.float32)
    return np.clip(noisy, 0.0, 255.0).astype(np.uint8)


def jpeg(film: UInt8Array, rng: np.random.Generator) -> UInt8Array:
    """Compress and read back."""
    quality = int(rng.integers(25, 96))
    _, coded = cv2.imencode(".jpg", film, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)


CHANGES: tuple[Change, ...] = (
    grey_scale,
    equalise,
    resolution,
    blur_or_sharpen,
    noise,
    jpeg,
)


def mixed_chains(
    film: UInt8Array, rng: np.random.Generator, chains: int = 3, longest: int = 3
) -> UInt8Array:
    """Mix a film with several differently changed copies of itself.

    Each copy went through a chain of one to `longest` changes; the copies are
    mixed by Dirichlet(1) weights and the mix with the film by a Beta(1, 1) share.

    References
    ----------
    Hendrycks et al., AugMix, 2020; our changes are those of radiographs, and
    the consistency loss is left out.
    """
    weights = rng.dirichlet(np.ones(chains))
    mixed = np.zeros(film.shape, np.float64)
    for weight in weights:
        copy = film
        for index in rng.integers(0, len(CHANGES), int(rng.integers(1, longest + 1))):
            copy = CHANGES[int(index)](copy, rng)
        mixed += weight * copy
    share = rng.beta(1.0, 1.0)
    result = share * film + (1.0 - share) * mixed
    return np.asarray(np.clip(result + 0.5, 0.0, 255.0).astype(np.uint8))
