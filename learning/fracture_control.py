"""The shortcut check of the fracture network: the fractures painted over."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file

from inference.finemap import FineMap
from learning.evaluation import auroc_interval
from learning.fracture_figures import FractureRun
from learning.fracture_films import LimbFilms
from learning.fracture_views import to_tensor
from studies.errors import OverreadError
from studies.model import Float32Array, UInt8Array


def paint_over(film: UInt8Array, boxes: Float32Array) -> UInt8Array:
    """Fill boxes smoothly from their edges, (rows, columns) uint8.

    Inpainted, not blackened: a black box is itself a thing to see.

    References
    ----------
    Telea, An image inpainting technique based on the fast marching method, 2004.
    """
    mask = np.zeros(film.shape, np.uint8)
    for first, left, last, right in np.rint(boxes).astype(int):
        mask[max(first - 2, 0) : last + 3, max(left - 2, 0) : right + 3] = 255
    if not mask.any():
        return film
    return np.asarray(cv2.inpaint(film, mask, 5, cv2.INPAINT_TELEA), np.uint8)


def random_boxes(
    boxes: Float32Array, shape: tuple[int, ...], seed: int
) -> Float32Array:
    """Return boxes of the same sizes anywhere on the film."""
    rng = np.random.default_rng(seed)
    tall, wide = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    first = rng.uniform(0, 1, len(boxes)) * np.maximum(shape[0] - tall, 0)
    left = rng.uniform(0, 1, len(boxes)) * np.maximum(shape[1] - wide, 0)
    return np.stack([first, left, first + tall, left + wide], 1).astype(np.float32)


def boxes_painted_over(
    run: FractureRun, films: LimbFilms, weights: Path, mask: NDArray[np.bool_]
) -> tuple[float, float, float]:
    """Return the AUROC, with its interval, when no fracture is left to see.

    Films without a fracture get boxes of another film's sizes painted over, so
    that the paint itself tells nothing.

    Raises
    ------
    OverreadError
        If the films are of one class.
    """
    boxed = [i for i in np.flatnonzero(mask & run.usable) if len(films.boxes[i])]
    without = [i for i in np.flatnonzero(mask) if run.fracture[i] == 0]
    painted = [paint_over(films.films[i], films.boxes[i]) for i in boxed]
    for number, index in enumerate(without):
        lent = films.boxes[boxed[number % len(boxed)]]
        film = films.films[index]
        painted.append(paint_over(film, random_boxes(lent, film.shape, number)))
    labels = [1] * len(boxed) + [0] * len(without)
    found = auroc_interval(labels, _logits(weights, painted), [""] * len(labels))
    if found is None:
        raise OverreadError("the test films hold one class only")
    return found


@torch.inference_mode()
def _logits(weights: Path, films: list[UInt8Array]) -> NDArray[np.float64]:
    network = FineMap(1)
    network.load_state_dict(load_file(weights), strict=False)
    network.eval()
    parts = [
        network(to_tensor(films[start : start + 8]))["logits"][:, 0].numpy()
        for start in range(0, len(films), 8)
    ]
    return np.concatenate(parts).astype(np.float64)
