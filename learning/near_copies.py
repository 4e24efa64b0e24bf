"""Tells which films are so alike that they may be copies, or of one patient."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from studies.model import Float32Array, UInt8Array

THUMBNAIL = 24

ALIKE = 0.95
"""Least correlation of thumbnails that makes two films alike. In the development
data's limb films of the web it joins the two knees of a patient, each the other's
mirror image; no film stands there twice."""


def likeness(films: UInt8Array) -> Float32Array:
    """Return how alike any two films are, in the best of eight orientations.

    Parameters
    ----------
    films : (n, side, side) uint8

    Returns
    -------
    (n, n)
        Correlation of thumbnails, -1 to 1; 1 on the diagonal.
    """
    size = (THUMBNAIL, THUMBNAIL)
    small = np.stack(
        [cv2.resize(film, size, interpolation=cv2.INTER_AREA) for film in films]
    ).astype(np.float32)
    upright = _normal(small)
    best = np.full((len(films), len(films)), -1.0, np.float32)
    for mirrored in (small, small[:, :, ::-1]):
        for turns in range(4):
            turned = _normal(np.rot90(mirrored, turns, axes=(1, 2)))
            best = np.maximum(best, turned @ upright.T)
    np.fill_diagonal(best, 1.0)
    # The transpose turns the other film instead; rounding alone tells them apart.
    return np.maximum(best, best.T)


def alike_groups(films: UInt8Array, least: float = ALIKE) -> NDArray[np.str_]:
    """Return a name for each film, (n,): the same for films that are alike.

    Chains count: if a is like b and b like c, all three have one name.
    """
    if not len(films):
        return np.array([], np.str_)
    alike = likeness(films) >= least
    names = np.arange(len(films))
    while True:
        lowest = np.where(alike, names[None, :], len(films)).min(1)
        if (lowest == names).all():
            return np.array([str(name) for name in names], np.str_)
        names = lowest


def _normal(thumbnails: Float32Array) -> Float32Array:
    flat = thumbnails.reshape(len(thumbnails), -1)
    flat = flat - flat.mean(1, keepdims=True)
    # A film of one grey has no direction; it is like nothing but itself.
    lengths = np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)
    return np.asarray(flat / lengths, np.float32)
