"""The training films of a labelled folder, cut to the lungs, with their labels."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from learning.labelled_folder import LabelledFilm, read_labelled_folder
from studies.errors import OverreadError
from studies.model import Float32Array, UInt8Array

BASE_SIDE = 256
"""Side of the stored copy; augmentation crops and turns it, so it is larger
than the network's input."""

LABELS = (
    "covid",
    "pneumonia",
    "tuberculosis",
    "effusion",
    "edema",
    "infiltration",
    "atelectasis",
    "consolidation",
    "mass_nodule",
    "normal",
)
"""Labels that the model learns, in the order of its outputs: columns of
labels.csv, but for `mass_nodule`, which is "mass" or "nodule"."""

SEVERITIES = ("severity_extent", "severity_opacity", "brixia")
"""Columns with a severity; Brixia is the mean of the two readers there are."""

MARGIN = 0.04
"""Share of the lung box's height and width that is kept around it."""

Box: TypeAlias = tuple[float, float, float, float]
"""First row, first column, last row, last column, as shares of the film."""


@dataclass(frozen=True, slots=True, eq=False)
class FilmSet:
    """Films with labels, all arrays aligned.

    Attributes
    ----------
    films : (n, BASE_SIDE, BASE_SIDE) uint8
        Squeezed to a square, since some sources are only had as squares.
    labels : (n, len(LABELS)) float32
        1, 0, or NaN where unknown. Unknown is never taken for absent.
    severities : (n, len(SEVERITIES)) float32
        NaN where unknown.
    sources, patients, splits, files : (n,)
        `patients` is the file's name where no patient is known.
    """

    films: UInt8Array
    labels: Float32Array
    severities: Float32Array
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
            self.severities[mask],
            self.sources[mask],
            self.patients[mask],
            self.splits[mask],
            self.files[mask],
        )


def complete_labels(labels: Float32Array) -> Float32Array:
    """Fill in what a label implies: a film read as normal has no finding.

    Only from "normal" to the findings; an unknown "normal" stays unknown.
    Without this, tuberculosis would have no negative film at all.
    """
    filled = labels.copy()
    normal = LABELS.index("normal")
    rows = filled[:, normal] == 1
    for column in range(len(LABELS)):
        if column != normal:
            unknown = rows & np.isnan(filled[:, column])
            filled[unknown, column] = 0.0
    return filled


def read_boxes(path: Path) -> dict[str, Box]:
    """Read lung boxes: columns file, row0, column0, row1, column1.

    Raises
    ------
    OverreadError
        If the file is missing, or a cell is no number.
    """
    try:
        with path.open(newline="", encoding="utf-8") as stream:
            return {row["file"]: _box(row) for row in csv.DictReader(stream)}
    except (OSError, KeyError, ValueError) as error:
        raise OverreadError(
            f"lung boxes {path}: {error}; make them with python -m learning.lung_boxes"
        ) from error


def _box(row: dict[str, str]) -> Box:
    first, left, last, right = (
        float(row[name]) for name in ("row0", "column0", "row1", "column1")
    )
    return first, left, last, right


def cut(film: UInt8Array, box: Box, margin: float = MARGIN) -> UInt8Array:
    """Return the part of a film, (rows, columns), that a box and its margin hold."""
    rows, columns = film.shape
    first, left, last, right = box
    tall, wide = margin * (last - first), margin * (right - left)
    top, bottom = max(first - tall, 0.0), min(last + tall, 1.0)
    start, end = max(left - wide, 0.0), min(right + wide, 1.0)
    return film[
        round(top * rows) : max(round(bottom * rows), round(top * rows) + 1),
        round(start * columns) : max(round(end * columns), round(start * columns) + 1),
    ]


def load_films(data: Path, boxes: Mapping[str, Box]) -> FilmSet:
    """Read all frontal chest films of a labelled folder, cut to their lung boxes.

    Raises
    ------
    OverreadError
        If the folder has no labels.csv, a film cannot be read or has no box.
    """
    with read_labelled_folder(data) as folder:
        items = [i for i in folder.items if i.extra.get("kind", "cxr") == "cxr"]
        missing = [item.file for item in items if item.file not in boxes]
        if missing:
            raise OverreadError(f"{len(missing)} films have no box, e.g. {missing[0]}")
        films = np.stack(
            [_square(cut(folder.read_gray(item), boxes[item.file])) for item in items]
        )
    return FilmSet(
        films=films,
        labels=complete_labels(np.array([_labels(i) for i in items], np.float32)),
        severities=np.array([_severities(i) for i in items], np.float32),
        sources=np.array([item.source for item in items]),
        patients=np.array([item.patient_id or item.file for item in items]),
        splits=np.array([item.split for item in items]),
        files=np.array([item.file for item in items]),
    )


def _square(film: UInt8Array) -> UInt8Array:
    small = cv2.resize(film, (BASE_SIDE, BASE_SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def _labels(item: LabelledFilm) -> list[float]:
    known = {name: float(value) for name, value in item.labels.items()}
    either = [known[name] for name in ("mass", "nodule") if name in known]
    if either:
        known["mass_nodule"] = max(either)
    return [known.get(name, math.nan) for name in LABELS]


def _severities(item: LabelledFilm) -> list[float]:
    def number(column: str) -> float:
        text = item.extra.get(column, "") or str(item.labels.get(column, ""))
        return float(text) if text else math.nan

    readers = [number("brixia_senior"), number("brixia_junior")]
    known = [value for value in readers if not math.isnan(value)]
    brixia = sum(known) / len(known) if known else math.nan
    return [number("severity_extent"), number("severity_opacity"), brixia]
