"""The lung box of every chest film, learned from those that were drawn by hand.

    python -m learning.lung_boxes --data DIR --output CSV

Writes file, row0, column0, row1, column1 (fractions of the film). Where a
radiologist's boxes exist they are written instead. The input gate learns from
these boxes; it alone finds the lungs when films are read.

Few films have boxes, all of one collection, so nothing but a ridge regression is
fitted: on what a network with ImageNet's weights sees in each of 7 x 7 places, and on
a thumbnail.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from inference.film_gate import LungBox
from inference.model_card import InputSpec
from inference.preprocess import prepare
from learning.labelled_folder import LabelledFilm, read_labelled_folder
from learning.labels_csv import read_rows
from learning.network import build_network
from studies.errors import OverreadError
from studies.model import UInt8Array

LUNGS = ("left_lung", "right_lung")

INPUT = InputSpec(
    rows=224, columns=224, channels=1, percentiles=(1.0, 99.0), mean=0.5, std=0.25
)

GRID = 7
THUMBNAIL = 24

PENALTY = 3000.0
"""Of the ridge. The mean overlap by folds of patients, 272 films, is 0.880 at 300,
0.879 at 1,000, 0.875 at 3,000 and 0.863 at 10,000; the shipped gate learned from the
boxes of 3,000."""


class LungBoxError(OverreadError):
    """A drawn box, or the size of its film, that is no number."""

    def __init__(self, file: str, line: int, found: Mapping[str, str]) -> None:
        told = ", ".join(f"{name} {cell or 'nothing'}" for name, cell in found.items())
        super().__init__(
            f"{file}, line {line}: found {told}; allowed: numbers, sizes above 0."
            " Mend the row, or take it out"
        )


def drawn_boxes(folder: Path) -> dict[str, LungBox]:
    """Return the box around both lungs of each film that has both drawn.

    Parameters
    ----------
    folder
        With ``labels.csv`` (width, height) and ``boxes.csv`` (file, finding, x,
        y, w, h in pixels).

    Raises
    ------
    LungBoxError
        If a boxed film has no size, or a box is not four numbers.
    LabelsError, UnreadableFileError
        If a table is missing, cannot be read, or lacks a column.
    """
    items = {item.file: item for item in read_labelled_folder(folder).items}
    lungs: dict[str, dict[str, LungBox]] = {}
    table = read_rows(folder / "boxes.csv", ("file", "finding", "x", "y", "w", "h"))
    for line, row in table.rows:
        if row["finding"] in LUNGS and row["file"] in items:
            box = _fractions(row, line, _size_of(items[row["file"]]))
            lungs.setdefault(row["file"], {})[row["finding"]] = box
    return {
        file: union(*boxes.values())
        for file, boxes in lungs.items()
        if len(boxes) == len(LUNGS)
    }


def union(first: LungBox, second: LungBox) -> LungBox:
    """Return the smallest box around two."""
    return (
        min(first[0], second[0]), min(first[1], second[1]),
        max(first[2], second[2]), max(first[3], second[3]),
    )  # fmt: skip


def overlap(first: LungBox, second: LungBox) -> float:
    """Return intersection over union: (0,0,1,1) and (0,0,1,0.5) give 0.5."""
    tall = max(0.0, min(first[2], second[2]) - max(first[0], second[0]))
    wide = max(0.0, min(first[3], second[3]) - max(first[1], second[1]))
    areas = sum((b[2] - b[0]) * (b[3] - b[1]) for b in (first, second))
    return tall * wide / (areas - tall * wide)


def fit(
    seen: NDArray[np.float32], boxes: NDArray[np.float64], penalty: float = PENALTY
) -> Pipeline:
    """Fit boxes, (n, 4), on what is seen in films, (n, `what_is_seen` columns)."""
    ridge: Pipeline = make_pipeline(StandardScaler(), Ridge(alpha=penalty))
    return ridge.fit(seen, boxes)


def measured_overlap(
    seen: NDArray[np.float32],
    boxes: NDArray[np.float64],
    patients: NDArray[np.str_],
    penalty: float = PENALTY,
) -> NDArray[np.float64]:
    """Return the overlap of each film's box with that drawn, by 8 folds of patients."""
    ridge = make_pipeline(StandardScaler(), Ridge(alpha=penalty))
    found = cross_val_predict(ridge, seen, boxes, groups=patients, cv=GroupKFold(8))
    return np.array(
        [overlap(_as_box(a), _as_box(b)) for a, b in zip(found, boxes, strict=True)]
    )


@torch.inference_mode()
def what_is_seen(trunk: nn.Module, films: Sequence[UInt8Array]) -> NDArray[np.float32]:
    """Return what the fit needs of films: (n, 80 * 7 * 7 + 24 * 24).

    Parameters
    ----------
    trunk
        Of `build_trunk`.
    films
        Each (rows, columns).
    """
    inputs = np.stack(
        [prepare(film.astype(np.float32) / 255.0, INPUT)[0] for film in films]
    )
    with torch.autocast("cpu", torch.bfloat16):
        maps = trunk(torch.from_numpy(inputs)[:, None].expand(-1, 3, -1, -1))
    places = nn.functional.adaptive_avg_pool2d(maps.float(), GRID).flatten(1).numpy()
    size = (THUMBNAIL, THUMBNAIL)
    small = np.stack(
        [cv2.resize(film, size, interpolation=cv2.INTER_AREA).ravel() for film in films]
    ).astype(np.float32)
    small -= small.mean(1, keepdims=True)
    small /= small.std(1, keepdims=True) + 1e-3
    return np.hstack([places, small])


def build_trunk() -> nn.Module:
    """Return the first four stages of EfficientNet-Lite0 with ImageNet's weights.

    (n, 3, 224, 224) -> (n, 80, 14, 14).
    """
    whole = build_network(1)
    stages = list(whole.get_submodule("blocks").children())[:4]
    trunk = nn.Sequential(
        whole.get_submodule("conv_stem"), whole.get_submodule("bn1"), *stages
    )
    return trunk.to(memory_format=torch.channels_last).eval()


def _size_of(item: LabelledFilm) -> tuple[float, float]:
    """Return a film's width and height in pixels."""
    found = {name: item.cell(name) for name in ("width", "height")}
    try:
        width, height = (float(cell) for cell in found.values())
    except ValueError:
        width = height = math.nan
    if not (width > 0.0 and height > 0.0):
        raise LungBoxError("labels.csv", item.line, found)
    return width, height


def _fractions(row: Mapping[str, str], line: int, size: tuple[float, float]) -> LungBox:
    found = {name: row[name] for name in ("x", "y", "w", "h")}
    try:
        x, y, w, h = (float(cell) for cell in found.values())
    except ValueError:
        x = y = w = h = math.nan
    if not all(map(math.isfinite, (x, y, w, h))):
        raise LungBoxError("boxes.csv", line, found)
    width, height = size
    return y / height, x / width, (y + h) / height, (x + w) / width


def write_boxes(folder: Path, output: Path, console: Console, batch: int = 32) -> None:
    """Write the box of every frontal chest film of a labelled folder.

    Fitted on the boxes drawn on films outside the ``test`` split, so that the
    gate's overlap can be measured on that split.
    """
    drawn = drawn_boxes(folder)
    with read_labelled_folder(folder) as films:
        chest = [i for i in films.items if i.extra.get("kind", "cxr") == "cxr"]
        trunk = build_trunk()
        parts = []
        for start in track(range(0, len(chest), batch), "reading", console=console):
            items = chest[start : start + batch]
            parts.append(what_is_seen(trunk, [films.read_gray(i) for i in items]))
    seen = np.concatenate(parts)
    known = np.array([i.file in drawn and i.split != "test" for i in chest])
    boxes = np.array([drawn.get(i.file, (0.0,) * 4) for i in chest])
    patients = np.array([i.patient_id or i.file for i in chest])
    agreement = measured_overlap(seen[known], boxes[known], patients[known])
    console.print(
        f"overlap with {known.sum()} drawn boxes, by 8 folds of patients:"
        f" mean {agreement.mean():.3f}, 5 % below {np.quantile(agreement, 0.05):.3f}"
    )
    found = fit(seen[known], boxes[known]).predict(seen)
    files = [item.file for item in chest]
    boxed = dict(zip(files, map(_as_box, found), strict=True))
    save_boxes({**boxed, **drawn}, output)


def _as_box(values: NDArray[np.float64]) -> LungBox:
    row0, column0, row1, column1 = np.clip(values, 0.0, 1.0)
    return float(row0), float(column0), float(row1), float(column1)


def save_boxes(boxes: Mapping[str, LungBox], output: Path) -> None:
    """Write boxes by file as a CSV file."""
    with output.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["file", "row0", "column0", "row1", "column1"])
        for file, box in boxes.items():
            writer.writerow([file, *(f"{value:.4f}" for value in box)])


def main(arguments: list[str] | None = None) -> int:
    """Write the boxes as the command line says; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m learning.lung_boxes", description=__doc__
    )
    parser.add_argument("--data", type=Path, required=True, help="chest films")
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    console = Console(stderr=True)
    try:
        write_boxes(options.data, options.output, console)
    except OverreadError as error:
        console.print(str(error), markup=False)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
