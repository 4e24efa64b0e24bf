"""Changed views of limb films, and what the frozen trunk makes of them, kept.

The first stages are not trained, so each view passes them once: the features
are kept in a file and training starts behind them. On two cores this makes
training at 384 px affordable.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import Progress
from torch import Tensor

from inference.finemap import MAP_STRIDE, TRUNK_STRIDE, Trunk
from inference.model_card import InputSpec
from inference.preprocess import normalise
from learning.fracture_films import SIDE, LimbFilms
from learning.network import build_network
from learning.photometric import grey_scale, jpeg, mixed_chains, resolution
from studies.model import Float32Array, UInt8Array

INPUT = InputSpec(
    rows=SIDE,
    columns=SIDE,
    channels=1,
    percentiles=(1.0, 99.0),
    mean=0.5,
    std=0.25,
    fit="letterbox",
)
CELLS = SIDE // MAP_STRIDE
_FEATURES = SIDE // TRUNK_STRIDE
_CHANNELS = 40


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """The trunk's features of several views of each film.

    Attributes
    ----------
    features : (views, films, channels, rows, columns) float16
    cells : (views, films, CELLS, CELLS) uint8
        1 inside a box, 0 outside.
    """

    features: NDArray[np.float16]
    cells: UInt8Array


def make_view(
    film: UInt8Array, boxes: Float32Array, rng: np.random.Generator
) -> tuple[UInt8Array, UInt8Array]:
    """Turn, mirror, shift, scale and recolour a film by chance.

    Any turn is allowed: limbs lie as they lie. What the turn uncovers is black,
    white, grey or stretched out, so that black corners tell nothing.

    Returns
    -------
    (SIDE, SIDE) uint8, and (CELLS, CELLS) uint8, 1 inside a box.
    """
    angle = np.deg2rad(rng.choice([0, 90, 180, 270]) + rng.uniform(-25.0, 25.0))
    scale = np.exp(rng.uniform(-0.25, 0.25))
    cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
    linear = np.array([[cos, -sin], [sin, cos]])
    if rng.random() < 0.5:
        linear[:, 0] *= -1.0
    centre = np.full(2, SIDE / 2.0)
    offset = centre + rng.uniform(-0.08, 0.08, 2) * SIDE - linear @ centre
    matrix = np.column_stack([linear, offset])
    border = int(rng.choice([cv2.BORDER_CONSTANT, cv2.BORDER_REPLICATE]))
    fill = float(rng.choice([0.0, float(film.min()), float(film.mean()), 255.0]))
    turned = cv2.warpAffine(
        film,
        matrix,
        (SIDE, SIDE),
        flags=cv2.INTER_LINEAR,
        borderMode=border,
        borderValue=fill,
    )
    changed = np.asarray(turned, np.uint8)
    for step, chance in (
        (mixed_chains, 0.4),
        (grey_scale, 0.6),
        (resolution, 0.25),
        (jpeg, 0.3),
    ):
        if rng.random() < chance:
            changed = step(changed, rng)
    return changed, _cells(boxes, matrix)


def _cells(
    boxes: Float32Array, matrix: NDArray[np.float64] | None = None
) -> UInt8Array:
    """Return which cells have their centre in a box; a small box has at least one."""
    cells = np.zeros((CELLS, CELLS), np.uint8)
    for first, left, last, right in boxes:
        corners = np.array(
            [[left, first], [right, first], [right, last], [left, last]], np.float64
        )
        if matrix is not None:
            corners = corners @ matrix[:, :2].T + matrix[:, 2]
        scaled = np.rint((corners / MAP_STRIDE - 0.5) * 16).astype(np.int32)
        cv2.fillConvexPoly(cells, scaled, 1, shift=4)
    return cells


def build_trunk() -> Trunk:
    """Return the trunk with ImageNet weights, its stem summed over colours."""
    imagenet = build_network(1).state_dict()
    trunk = Trunk()
    own = trunk.state_dict()
    for name in own:
        value = imagenet[name]
        own[name] = value.sum(1, keepdim=True) if name == "conv_stem.weight" else value
    trunk.load_state_dict(own)
    return trunk.eval().to(memory_format=torch.channels_last)


def to_tensor(films: list[UInt8Array]) -> Tensor:
    """Normalise films, (SIDE, SIDE) uint8, into (n, 1, SIDE, SIDE)."""
    inputs = [normalise(film.astype(np.float32) / 255.0, INPUT) for film in films]
    grey = torch.from_numpy(np.stack(inputs))[:, None]
    return grey.contiguous(memory_format=torch.channels_last)


@torch.inference_mode()
def trunk_features(trunk: Trunk, films: list[UInt8Array]) -> NDArray[np.float16]:
    """Return (n, channels, rows, columns) of a few films."""
    with torch.autocast("cpu", torch.bfloat16):
        found = trunk(to_tensor(films))
    features: NDArray[np.float16] = found.float().half().contiguous().numpy()
    return features


def keep_views(
    films: LimbFilms, views: int, folder: Path, progress: Progress, seed: int = 0
) -> Views:
    """Make the views' features once; later calls read them from the folder.

    `views` of 0 keeps the films as they are, as a single view.
    """
    name = _name(films, views, seed)
    features_path, cells_path = folder / f"{name}.npy", folder / f"{name}-cells.npy"
    if not cells_path.exists():
        _make(films, views, seed, features_path, cells_path, progress)
    return Views(np.load(features_path, mmap_mode="r"), np.load(cells_path))


def _name(films: LimbFilms, views: int, seed: int) -> str:
    digest = hashlib.sha256("\n".join(films.files).encode()).hexdigest()[:12]
    return f"views-{views}-{seed}-{digest}"


def _make(
    films: LimbFilms,
    views: int,
    seed: int,
    features_path: Path,
    cells_path: Path,
    progress: Progress,
) -> None:
    shape = (max(views, 1), len(films), _CHANNELS, _FEATURES, _FEATURES)
    kept = np.lib.format.open_memmap(features_path, "w+", np.float16, shape)
    cells = np.zeros((*shape[:2], CELLS, CELLS), np.uint8)
    trunk = build_trunk()
    task = progress.add_task("views", total=shape[0] * shape[1])
    for view, start, batch in _batches(films, shape[0], seed, changed=views > 0):
        end = start + len(batch)
        kept[view, start:end] = trunk_features(trunk, [film for film, _ in batch])
        cells[view, start:end] = [cell for _, cell in batch]
        progress.update(task, advance=len(batch))
    kept.flush()
    np.save(cells_path, cells)


def _batches(
    films: LimbFilms, views: int, seed: int, *, changed: bool, size: int = 16
) -> Iterator[tuple[int, int, list[tuple[UInt8Array, UInt8Array]]]]:
    def make(view: int, start: int) -> list[tuple[UInt8Array, UInt8Array]]:
        found = []
        for index in range(start, min(start + size, len(films))):
            film, boxes = films.films[index], films.boxes[index]
            rng = np.random.default_rng([seed, view, index])
            found.append(
                make_view(film, boxes, rng) if changed else (film, _cells(boxes))
            )
        return found

    work = [(v, s) for v in range(views) for s in range(0, len(films), size)]
    with ThreadPoolExecutor(1) as pool:
        ahead = pool.submit(make, *work[0])
        for (view, start), following in zip(work, [*work[1:], None], strict=True):
            ready = ahead.result()
            if following is not None:
                ahead = pool.submit(make, *following)
            yield view, start, ready
