"""The lung box of every chest film, by the input gate.

    python -m learning.lung_boxes --data DIR --weights FILE --output CSV

Writes file, row0, column0, row1, column1 (fractions of the film). Where a
radiologist's boxes exist they are written instead.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from inference.film_gate import LungBox
from inference.gate_network import GateNetwork
from inference.preprocess import prepare
from learning.gate_films import square
from learning.gate_samples import INPUT
from learning.gate_weights import read_weights
from learning.labelled_folder import read_labelled_folder
from studies.errors import OverreadError
from studies.model import Float32Array, UInt8Array

LUNGS = ("left_lung", "right_lung")


def drawn_boxes(folder: Path) -> dict[str, LungBox]:
    """Return the box around both lungs of each film that has both drawn.

    Parameters
    ----------
    folder
        With ``labels.csv`` (width, height) and ``boxes.csv`` (file, finding, x,
        y, w, h in pixels).
    """
    sizes = {
        item.file: (float(item.extra["width"]), float(item.extra["height"]))
        for item in read_labelled_folder(folder).items
    }
    lungs: dict[str, dict[str, LungBox]] = {}
    with (folder / "boxes.csv").open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            if row["finding"] in LUNGS and row["file"] in sizes:
                box = _fractions(row, sizes[row["file"]])
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


@torch.inference_mode()
def find_boxes(network: GateNetwork, films: Sequence[UInt8Array]) -> list[LungBox]:
    """Return the lung boxes of films, each (rows, columns).

    The mean over two copies with a border, shifted opposite ways.
    """
    copies, places = zip(*(_copies(film) for film in films), strict=True)
    with torch.autocast("cpu", torch.bfloat16):
        outputs = network(torch.from_numpy(np.concatenate(copies))[:, None])
    boxes = outputs["lung_box"].double().numpy().reshape(len(films), -1, 4)
    return [
        _mean_box(found, of_film) for found, of_film in zip(boxes, places, strict=True)
    ]


def _mean_box(
    found: NDArray[np.float64], places: Sequence[tuple[float, ...]]
) -> LungBox:
    back = [_back(box, place) for box, place in zip(found, places, strict=True)]
    row0, column0, row1, column1 = np.clip(np.mean(back, 0), 0.0, 1.0)
    return float(row0), float(column0), float(row1), float(column1)


def _copies(film: UInt8Array) -> tuple[Float32Array, list[tuple[float, ...]]]:
    """Return prepared copies, and of each its part of the film as a box."""
    rows, columns = film.shape
    pad = 0.1
    tall, wide = round(pad * rows), round(pad * columns)
    larger = cv2.copyMakeBorder(film, tall, tall, wide, wide, cv2.BORDER_CONSTANT)
    places: list[tuple[float, ...]] = []
    inputs = []
    for top, left in ((0, 0), (tall, wide)):
        part = larger[top : top + rows + tall, left : left + columns + wide]
        inputs.append(prepare(part.astype(np.float32) / 255.0, INPUT)[0])
        row, column = (top - tall) / rows, (left - wide) / columns
        places.append((row, column, row + 1 + tall / rows, column + 1 + wide / columns))
    return np.stack(inputs), places


def _back(box: NDArray[np.float64], place: tuple[float, ...]) -> NDArray[np.float64]:
    start = np.array([place[0], place[1], place[0], place[1]])
    tall, wide = place[2] - place[0], place[3] - place[1]
    return np.asarray(start + box * np.array([tall, wide, tall, wide]))


def _fractions(row: dict[str, str], size: tuple[float, float]) -> LungBox:
    x, y, w, h = (float(row[name]) for name in ("x", "y", "w", "h"))
    width, height = size
    return y / height, x / width, (y + h) / height, (x + w) / width


def write_boxes(
    folder: Path, network: GateNetwork, output: Path, batch: int = 32
) -> None:
    """Write the box of every frontal chest film of a labelled folder."""
    drawn = drawn_boxes(folder)
    with read_labelled_folder(folder) as films:
        chest = [i for i in films.items if i.extra.get("kind", "cxr") == "cxr"]
        found: dict[str, LungBox] = {}
        starts = range(0, len(chest), batch)
        for start in track(starts, "finding lungs", console=Console(stderr=True)):
            items = chest[start : start + batch]
            boxes = find_boxes(network, [square(films.read_gray(i)) for i in items])
            found.update(zip((item.file for item in items), boxes, strict=True))
    save_boxes({**found, **drawn}, output)


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
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    try:
        write_boxes(options.data, read_weights(options.weights), options.output)
    except OverreadError as error:
        Console(stderr=True).print(str(error), markup=False)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
