"""The features of every chest film, once: what heads are then trained on.

    python -m learning.chest_features --data DIR --gate FILE --output FILE

Each film is cut to the lung box that the input gate finds, prepared as in use,
and run through EfficientNet-Lite0 with its ImageNet weights. The films of the
``test`` split are run twice more, for the shortcut checks: with the lungs
painted over, and with a marker burned in.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from torch import nn

from inference.gate_network import GateNetwork
from inference.model_card import InputSpec
from inference.preprocess import LungBox, prepare
from learning.films import FilmSet, read_films
from learning.gate_samples import INPUT as GATE_INPUT
from learning.gate_weights import read_weights
from learning.labelled_folder import LabelledFilm, LabelledFolder, read_labelled_folder
from learning.network import build_network
from studies.errors import OverreadError
from studies.model import Float32Array

INPUT = InputSpec(
    rows=224,
    columns=224,
    channels=3,
    percentiles=(1.0, 99.0),
    mean=0.5,
    std=0.25,
    region="lungs",
    region_margin=0.04,
)
BATCH = 32


@torch.inference_mode()
def lung_box(gate: GateNetwork, film: Float32Array) -> LungBox:
    """Return the lung box of a film, (rows, columns) display values, as in use.

    The whole picture where the box has no area: in use the gate refuses such a one.
    """
    small, _ = prepare(film, GATE_INPUT)
    box = gate(torch.from_numpy(small)[None, None])["lung_box"][0].double().numpy()
    row0, column0, row1, column1 = np.clip(box, 0.0, 1.0)
    if row1 <= row0 or column1 <= column0:
        return 0.0, 0.0, 1.0, 1.0
    return float(row0), float(column0), float(row1), float(column1)


def paint_over(film: Float32Array, box: LungBox) -> Float32Array:
    """Return the film with its lung box, (rows, columns), painted with the mean.

    What is left to a network that sees the box and its margin is the margin.
    """
    rows, columns = film.shape
    painted = film.copy()
    painted[
        round(box[0] * rows) : round(box[2] * rows),
        round(box[1] * columns) : round(box[3] * columns),
    ] = film.mean()
    return painted


def burn_in(film: Float32Array, box: LungBox) -> Float32Array:
    """Return the film with a white letter in the upper left of its lung box."""
    rows, columns = film.shape
    tall = (box[2] - box[0]) * rows
    place = round(box[1] * columns + 0.02 * tall), round(box[0] * rows + 0.12 * tall)
    ink = np.zeros((rows, columns), np.uint8)
    font, size = cv2.FONT_HERSHEY_SIMPLEX, tall / 250.0
    cv2.putText(ink, "L", place, font, size, 255, max(round(tall / 100.0), 1))
    return np.asarray(np.maximum(film, ink.astype(np.float32) / 255.0))


@torch.inference_mode()
def run(network: nn.Module, films: list[Float32Array]) -> Float32Array:
    """Return the pooled features, (n, 1280), of prepared films."""
    grey = torch.from_numpy(np.stack(films))[:, None]
    inputs = grey.expand(-1, INPUT.channels, -1, -1).contiguous(
        memory_format=torch.channels_last
    )
    maps = network.forward_features(inputs)  # type: ignore[operator]  # timm's method
    pooled: Float32Array = maps.mean((2, 3)).numpy()
    return pooled


def _display(folder: LabelledFolder, item: LabelledFilm) -> Float32Array:
    return folder.read_gray(item).astype(np.float32) / 255.0


def compute(
    data: Path, gate: GateNetwork, console: Console, spec: InputSpec = INPUT
) -> tuple[FilmSet, dict[str, Float32Array]]:
    """Run all films of a labelled folder.

    Returns
    -------
    The films, and ``features`` (n, 1280), ``boxes`` (n, 4), ``painted`` and
    ``marked`` (n, 1280), the last two NaN but for the test split.
    """
    network = build_network(1).to(memory_format=torch.channels_last).eval()
    with read_labelled_folder(data) as folder:
        items = [i for i in folder.items if i.extra.get("kind", "cxr") == "cxr"]
        films = read_films(items)
        names = ("features", "painted", "marked")
        found = {n: np.full((len(items), 1280), np.nan, np.float32) for n in names}
        boxes = np.zeros((len(items), 4), np.float32)
        for start in track(
            range(0, len(items), BATCH), "running films", console=console
        ):
            rows = list(range(start, min(start + BATCH, len(items))))
            shown = [_display(folder, items[row]) for row in rows]
            boxes[rows] = [lung_box(gate, film) for film in shown]
            _fill(found["features"], network, spec, shown, boxes, rows)
            tests = [row for row in rows if items[row].split == "test"]
            if tests:
                kept = [shown[row - start] for row in tests]
                both = list(zip(kept, boxes[tests], strict=True))
                painted = [paint_over(film, tuple(box)) for film, box in both]
                _fill(found["painted"], network, spec, painted, boxes, tests)
                marked = [burn_in(film, tuple(box)) for film, box in both]
                _fill(found["marked"], network, spec, marked, boxes, tests)
    return films, {**found, "boxes": boxes}


def _fill(
    target: Float32Array,
    network: nn.Module,
    spec: InputSpec,
    films: list[Float32Array],
    boxes: NDArray[np.float32],
    rows: list[int],
) -> None:
    cut = [
        prepare(film, spec, _box(boxes[row]))[0]
        for film, row in zip(films, rows, strict=True)
    ]
    target[rows] = run(network, cut)


def _box(row: NDArray[np.float32]) -> LungBox:
    row0, column0, row1, column1 = (float(value) for value in row)
    return row0, column0, row1, column1


def read_features(path: Path) -> tuple[FilmSet, dict[str, Float32Array]]:
    """Read what `main` wrote.

    Raises
    ------
    OverreadError
        If the file is missing or another.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            films = FilmSet(*(stored[name] for name in FilmSet.__slots__))
            others = ("features", "painted", "marked", "boxes")
            return films, {name: stored[name] for name in others}
    except (OSError, KeyError, ValueError) as error:
        raise OverreadError(
            f"{path} holds no features ({error}); make them with"
            " python -m learning.chest_features"
        ) from error


def main(arguments: list[str] | None = None) -> int:
    """Write the features as the command line says; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m learning.chest_features", description=__doc__
    )
    parser.add_argument("--data", type=Path, required=True, help="chest films")
    parser.add_argument("--gate", type=Path, required=True, help="input gate's weights")
    parser.add_argument("--output", type=Path, required=True, help="an .npz file")
    parser.add_argument(
        "--margin",
        type=float,
        default=INPUT.region_margin,
        help="kept around the lung box, as a share of it; less than 0 cuts into it",
    )
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    console = Console(stderr=True)
    try:
        spec = replace(INPUT, region_margin=options.margin)
        films, found = compute(options.data, read_weights(options.gate), console, spec)
    except OverreadError as error:
        console.print(str(error), markup=False)
        return 1
    known = {name: getattr(films, name) for name in FilmSet.__slots__}
    np.savez(options.output, allow_pickle=False, **known, **found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
