"""The chest films of a labelled folder: labels, severities, where they come from."""

from __future__ import annotations

import csv
import math
import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from learning.labelled_folder import LabelledFilm
from studies.errors import OverreadError
from studies.model import Float32Array

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
"""Labels that are learnt: columns of labels.csv, but for `mass_nodule`, which is
"mass" or "nodule"."""

SEVERITIES = ("severity_extent", "severity_opacity", "brixia")
"""Columns with a severity; Brixia is the mean of the readers there are."""

Box: TypeAlias = tuple[float, float, float, float]
"""First row, first column, last row, last column, as shares of the film."""

_WEBSITE = re.compile(r"https?://(?:www\.)?([^/\s]+)")


@dataclass(frozen=True, slots=True, eq=False)
class FilmSet:
    """What is known of films, all arrays aligned.

    Attributes
    ----------
    labels : (n, len(LABELS)) float32
        1, 0, or NaN where unknown. Unknown is never taken for absent.
    severities : (n, len(SEVERITIES)) float32
        NaN where unknown.
    sources, patients, splits, files : (n,)
        `patients` is the file's name where no patient is known.
    sites : (n,)
        The website that a collected film was taken from, else its source.
    """

    labels: Float32Array
    severities: Float32Array
    sources: NDArray[np.str_]
    patients: NDArray[np.str_]
    splits: NDArray[np.str_]
    files: NDArray[np.str_]
    sites: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.files)

    def where(self, mask: NDArray[np.bool_]) -> Self:
        """Return the films at which `mask`, (n,), is true."""
        return type(self)(*(getattr(self, f.name)[mask] for f in fields(self)))

    def label(self, name: str) -> Float32Array:
        """Return one label of all films, (n,)."""
        return self.labels[:, LABELS.index(name)]

    def severity(self, name: str) -> Float32Array:
        """Return one severity of all films, (n,)."""
        return self.severities[:, SEVERITIES.index(name)]


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


def read_films(items: list[LabelledFilm]) -> FilmSet:
    """Collect what labels.csv says of films."""
    return FilmSet(
        labels=complete_labels(np.array([_labels(i) for i in items], np.float32)),
        severities=np.array([_severities(i) for i in items], np.float32),
        sources=np.array([item.source for item in items]),
        patients=np.array([item.patient_id or item.file for item in items]),
        splits=np.array([item.split for item in items]),
        files=np.array([item.file for item in items]),
        sites=np.array([site_of(item) for item in items]),
    )


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


def site_of(film: LabelledFilm) -> str:
    """Return the website named in a film's attribution or note, else its source.

    A collection gathered from the web is many hospitals; a website is fewer.
    """
    text = f"{film.extra.get('attribution', '')} {film.extra.get('note', '')}"
    found = _WEBSITE.search(text)
    return found.group(1).lower() if found else film.source


def _labels(item: LabelledFilm) -> list[float]:
    known = {name: float(value) for name, value in item.labels.items()}
    either = [known[name] for name in ("mass", "nodule") if name in known]
    if either:
        known["mass_nodule"] = max(either)
    return [known.get(name, math.nan) for name in LABELS]


def _severities(item: LabelledFilm) -> list[float]:
    readers = [_number(item, name) for name in ("brixia_senior", "brixia_junior")]
    known = [value for value in readers if not math.isnan(value)]
    brixia = sum(known) / len(known) if known else math.nan
    return [_number(item, name) for name in SEVERITIES[:2]] + [brixia]


def _number(item: LabelledFilm, column: str) -> float:
    text = item.cell(column)
    return float(text) if text else math.nan
