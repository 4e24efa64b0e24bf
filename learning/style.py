"""Give a film the look of another: its grey histogram and its sharpness.

A source can be told by both (detector, export, JPEG, resizing). A film shown in
another source's look keeps its anatomy and loses that clue.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from studies.model import UInt8Array

SHARPER, SOFTER = 1.0, -3.0
"""Bounds of the change of a frequency, in natural logarithms: detail may be
taken away freely, but noise must not be blown up to look like texture."""


def restyle(
    film: UInt8Array, other: UInt8Array, rng: np.random.Generator
) -> UInt8Array:
    """Move a film towards the grey histogram and spectrum of another.

    Parameters
    ----------
    film, other : (side, side) uint8
    rng
        Draws which of the two, and how far.
    """
    changed = film
    if rng.random() < 0.7:
        changed = match_histogram(changed, other, float(rng.uniform(0.3, 1.0)))
    if rng.random() < 0.8:
        changed = match_spectrum(changed, other, float(rng.uniform(0.3, 1.0)))
    return changed


def match_histogram(film: UInt8Array, other: UInt8Array, share: float) -> UInt8Array:
    """Map grey values so that their distribution becomes `other`'s, partly.

    Parameters
    ----------
    film, other : (rows, columns) uint8
    share
        0 keeps the film, 1 maps it wholly.
    """
    own, target = _cumulative(film), _cumulative(other)
    # 1e-9: equal shares of two films may differ in their last bit.
    table = np.searchsorted(target, own - 1e-9).clip(0, 255).astype(np.float64)
    mixed = share * table + (1.0 - share) * np.arange(256.0)
    return np.asarray(np.clip(mixed + 0.5, 0.0, 255.0).astype(np.uint8)[film])


def _cumulative(film: UInt8Array) -> NDArray[np.float64]:
    counts = np.bincount(film.ravel(), minlength=256)
    result: NDArray[np.float64] = np.cumsum(counts) / film.size
    return result


def match_spectrum(film: UInt8Array, other: UInt8Array, share: float) -> UInt8Array:
    """Scale each spatial frequency towards its mean strength in `other`.

    By radius only: directions, and so the anatomy, stay. The lowest three radii
    are kept, because they are the film's overall shading.

    Parameters
    ----------
    film, other : (side, side) uint8, of one size.
    share
        0 keeps the film, 1 takes the whole spectrum over.

    References
    ----------
    Yang and Soatto, FDA: Fourier domain adaptation, 2020; they swap the low
    frequencies of two images, we scale the high ones.
    """
    side = film.shape[0]
    spectrum = np.fft.rfft2(film.astype(np.float32))
    change = share * (_profile(other) - _profile(film))
    change = np.clip(_smoothed(change), SOFTER, SHARPER)
    change[:3] = 0.0
    back = np.fft.irfft2(spectrum * np.exp(change)[_radii(side)], (side, side))
    return np.asarray(np.clip(back + 0.5, 0.0, 255.0).astype(np.uint8))


def _smoothed(change: NDArray[np.float64]) -> NDArray[np.float64]:
    padded = np.pad(change, 2, "edge")
    return np.convolve(padded, np.full(5, 0.2), "valid")


def _profile(film: UInt8Array) -> NDArray[np.float64]:
    """Return the log mean amplitude at each radius, (side // 2 + 1,)."""
    side = film.shape[0]
    radii = _radii(side).ravel()
    strength = np.abs(np.fft.rfft2(film.astype(np.float32))).ravel()
    counts = np.bincount(radii, minlength=side // 2 + 1)
    sums = np.bincount(radii, strength, side // 2 + 1)
    result: NDArray[np.float64] = np.log(sums / counts + 1.0)
    return result


@lru_cache(maxsize=4)
def _radii(side: int) -> NDArray[np.int64]:
    rows, columns = np.mgrid[:side, : side // 2 + 1]
    rows = np.minimum(rows, side - rows)
    radii = np.hypot(rows, columns).astype(np.int64)
    return np.asarray(np.minimum(radii, side // 2))
