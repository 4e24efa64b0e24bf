"""The training films of a labelled folder, in memory, with their labels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from learning.labelled_folder import LabelledFolder, read_labelled_folder
from studies.model import Float32Array, UInt8Array

BASE_SIDE = 256
"""Side of the stored copy; augmentation crops and turns it, so it is larger
than the network's input."""

LABELS = ("covid", "pneumonia", "tuberculosis", "normal")
"""Columns of labels.csv that the model learns, in the order of its outputs."""


@dataclass(frozen=True, slots=True, eq=False)
class FilmSet:
    """Films with labels, all arrays aligned.

    Attributes
    ----------
    films : (n, BASE_SIDE, BASE_SIDE) uint8
        Squeezed to a square, since some sources are only had as squares.
    labels : (n, len(LABELS)) float32
        1, 0, or NaN where unknown. Unknown is never taken for absent.
    sources, patients, splits, files : (n,)
        `patients` is the file's name where no patient is known.
    """

    films: UInt8Array
    labels: Float32Array
    sources: NDArray[np.str_]
    patients: NDArray[np.str_]
    splits: NDArray[np.str_]
    files: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.films)

    def where(self, mask: NDArray[np.bool_]) -> FilmSet:
        """Return the films at which `mask`, (n,), is true."""
        return FilmSet(
            self.films[mask],
            self.labels[mask],
            self.sources[mask],
            self.patients[mask],
            self.splits[mask],
            self.files[mask],
        )


def complete_labels(labels: Float32Array) -> Float32Array:
    """Fill in what a label implies: a film read as normal has no finding.

    Only from "normal" to the findings; an unknown "normal" stays unknown.
    Without this, tuberculosis would have no negative film outside one source,
    and the network could tell it by that source alone.
    """
    filled = labels.copy()
    normal = LABELS.index("normal")
    rows = filled[:, normal] == 1
    for column in range(len(LABELS)):
        if column != normal:
            unknown = rows & np.isnan(filled[:, column])
            filled[unknown, column] = 0.0
    return filled


def load_films(data: Path) -> FilmSet:
    """Read all frontal chest films of a labelled folder.

    Raises
    ------
    OverreadError
        If the folder has no labels.csv, or a film cannot be read.
    """
    folder: LabelledFolder = read_labelled_folder(data)
    items = [item for item in folder.items if item.extra.get("kind", "cxr") == "cxr"]
    films = np.empty((len(items), BASE_SIDE, BASE_SIDE), dtype=np.uint8)
    for index, item in enumerate(items):
        films[index] = cv2.resize(
            folder.read_gray(item),
            (BASE_SIDE, BASE_SIDE),
            interpolation=cv2.INTER_AREA,
        )
    labels = np.array(
        [[item.labels.get(name, np.nan) for name in LABELS] for item in items],
        dtype=np.float32,
    )
    return FilmSet(
        films=films,
        labels=complete_labels(labels),
        sources=np.array([item.source for item in items]),
        patients=np.array([item.patient_id or item.file for item in items]),
        splits=np.array([item.split for item in items]),
        files=np.array([item.file for item in items]),
    )
