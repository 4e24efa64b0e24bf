"""Limb films with their fracture labels and boxes, letterboxed to one square."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from learning.boxes_csv import BOXES, Box, read_boxes
from learning.labelled_folder import LabelledFilm, read_labelled_folder
from studies.model import Float32Array, UInt8Array

SIDE = 384
"""Rows and columns of the network's input: fine lines want pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class LimbFilms:
    """Films with labels, all arrays aligned.

    Attributes
    ----------
    films : (n, SIDE, SIDE) uint8
        The film in the middle, its aspect ratio kept, the rest its darkest value.
    fracture : (n,) float32
        1 or 0.
    boxes
        Of each film: (boxes, 4) first row, first column, last row, last column
        in pixels of the square; empty where none was drawn.
    usable : (n,) bool
        False where the label's meaning is not clear (see `is_clear`).
    sources, parts, splits, files : (n,)
    """

    films: UInt8Array
    fracture: Float32Array
    boxes: tuple[Float32Array, ...]
    usable: NDArray[np.bool_]
    sources: NDArray[np.str_]
    parts: NDArray[np.str_]
    splits: NDArray[np.str_]
    files: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.films)

    def where(self, mask: NDArray[np.bool_]) -> LimbFilms:
        """Return the films at which `mask`, (n,), is true."""
        return LimbFilms(
            self.films[mask],
            self.fracture[mask],
            tuple(box for box, keep in zip(self.boxes, mask, strict=True) if keep),
            self.usable[mask],
            self.sources[mask],
            self.parts[mask],
            self.splits[mask],
            self.files[mask],
        )


def is_clear(item: LabelledFilm) -> bool:
    """Whether a positive label surely means a fracture.

    A box of class "humerus" may mark the bone: so the collection's README.
    """
    return not (item.labels.get("fracture") == 1 and "humerus" in item.cell("note"))


def load_limb_films(folder: Path) -> LimbFilms:
    """Read a labelled folder of limb films, with its boxes.csv.

    Raises
    ------
    OverreadError
        If the folder has no labels.csv, or a film cannot be read.
    """
    drawn, _ = read_boxes(folder / BOXES)
    with read_labelled_folder(folder) as labelled:
        items = [item for item in labelled.items if "fracture" in item.labels]
        placed = [
            letterbox(labelled.read_gray(item), drawn.get(item.file, ()))
            for item in items
        ]
    return LimbFilms(
        films=np.stack([film for film, _ in placed]),
        fracture=np.array([item.labels["fracture"] for item in items], np.float32),
        boxes=tuple(boxes for _, boxes in placed),
        usable=np.array([is_clear(item) for item in items]),
        sources=np.array([item.source for item in items]),
        parts=np.array([item.cell("body_part") for item in items]),
        splits=np.array([item.split for item in items]),
        files=np.array([item.file for item in items]),
    )


def letterbox(
    film: UInt8Array, boxes: tuple[Box, ...]
) -> tuple[UInt8Array, Float32Array]:
    """Put a film, (rows, columns), into the middle of the square, and its boxes.

    Returns
    -------
    (SIDE, SIDE) uint8, and (boxes, 4) float32 in pixels of the square.
    """
    rows, columns = film.shape
    scale = SIDE / max(rows, columns)
    tall, wide = max(round(rows * scale), 1), max(round(columns * scale), 1)
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    top, left = (SIDE - tall) // 2, (SIDE - wide) // 2
    square = np.full((SIDE, SIDE), int(film.min()), np.uint8)
    small = cv2.resize(film, (wide, tall), interpolation=way)
    square[top : top + tall, left : left + wide] = small
    found = [
        (
            top + box.row * scale,
            left + box.column * scale,
            top + (box.row + box.rows) * scale,
            left + (box.column + box.columns) * scale,
        )
        for box in boxes
    ]
    return square, np.array(found, np.float32).reshape(-1, 4)
