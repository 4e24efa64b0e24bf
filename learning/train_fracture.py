"""Train the limb-fracture network.

    python -m learning.train_fracture --data DIR/fracture --output DIR
        [--views 8] [--held-out SOURCE...] [--held-out-part PART...]

The trunk is ImageNet's and stays so; its features of every view are kept under
``OUTPUT/../views``. Writes ``checkpoint.pt`` (resumable), ``weights.safetensors``
(averaged), ``predictions.npz`` (logits and maps of every film) and ``run.json``.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress
from safetensors.torch import save_file
from torch import Tensor, nn

from inference.finemap import FineMap, Rest
from learning.fracture_films import LimbFilms, load_limb_films
from learning.fracture_views import Views, build_trunk, keep_views
from learning.network import build_network
from learning.trainer import Plan, Trainer, step_generator
from studies.errors import OverreadError
from studies.model import Float32Array

BATCH = 24
MAP_WEIGHT = 1.0


def build_rest() -> Rest:
    """Return the trained part with ImageNet's stages and fresh heads."""
    imagenet = build_network(1).state_dict()
    rest = Rest(1)
    own = rest.state_dict()
    for name in own:
        part, _, inner = name.partition(".")
        if part == "middle":
            stage, _, below = inner.partition(".")
            own[name] = imagenet[f"blocks.{int(stage) + 3}.{below}"]
        elif part == "deep":
            own[name] = imagenet[f"blocks.5.{inner}"]
    rest.load_state_dict(own)
    # A cell is seldom part of a fracture: begin there.
    nn.init.constant_(rest.point.bias, -3.0)  # type: ignore[arg-type]
    nn.init.constant_(rest.shift, 1.0)
    return rest


def sampling_weights(films: LimbFilms) -> NDArray[np.float64]:
    """Return the chance of each film: root of each source's size, classes alike."""
    weights = np.zeros(len(films))
    for source in np.unique(films.sources):
        inside = films.sources == source
        for label in (0.0, 1.0):
            cell = inside & (films.fracture == label)
            if cell.any():
                # A class of a few films of a source may not be seen over and over.
                weights[cell] = np.sqrt(min(inside.sum(), 4 * cell.sum())) / cell.sum()
    for label in (0.0, 1.0):
        weights[films.fracture == label] /= weights[films.fracture == label].sum()
    return np.asarray(weights / weights.sum())


class Batches:
    """Makes the batch of a step from kept views."""

    def __init__(
        self, films: LimbFilms, views: Views, index: NDArray[np.int64], seed: int
    ) -> None:
        self._films, self._views, self._index = films, views, index
        self._weights = sampling_weights(
            films.where(np.isin(np.arange(len(films)), index))
        )
        self._seed = seed

    def __call__(self, step: int) -> dict[str, Tensor]:
        """Return features, labels, cells, and which films have boxes to learn from."""
        rng = step_generator(self._seed, step)
        chosen = rng.choice(self._index, BATCH, p=self._weights)
        views = rng.integers(len(self._views.features), size=BATCH)
        pairs = list(zip(views.tolist(), chosen.tolist(), strict=True))
        features = np.stack([self._views.features[v, i] for v, i in pairs])
        cells = np.stack([self._views.cells[v, i] for v, i in pairs])
        boxed = np.array([len(self._films.boxes[i]) > 0 for i in chosen])
        fracture = self._films.fracture[chosen]
        return {
            "features": torch.from_numpy(features.astype(np.float32)).contiguous(
                memory_format=torch.channels_last
            ),
            "fracture": torch.from_numpy(fracture),
            "cells": torch.from_numpy(cells.astype(np.float32)),
            "placed": torch.from_numpy((boxed | (fracture == 0)).astype(np.float32)),
        }


def fracture_loss(network: nn.Module, batch: dict[str, Tensor]) -> Tensor:
    """Cross-entropy of the film, and of each cell where boxes say what it is."""
    out = network(batch["features"])
    logits, cells = out["logits"].float()[:, 0], out["map"].float()[:, 0]
    entropy = nn.functional.binary_cross_entropy_with_logits
    film = entropy(logits, batch["fracture"] * 0.94 + 0.03)
    each = entropy(cells, batch["cells"], reduction="none")
    # Inside and outside of the boxes count alike, or all cells would say "none".
    inside = batch["cells"] * batch["placed"][:, None, None]
    outside = (1.0 - batch["cells"]) * batch["placed"][:, None, None]
    hit = (each * inside).sum() / inside.sum().clamp(min=1.0)
    # Of the cells outside, the worst ones matter: they would be false marks.
    spare = (each * outside).flatten(1).topk(40, dim=1).values.mean()
    spread = (each * outside).sum() / outside.sum().clamp(min=1.0)
    return film + MAP_WEIGHT * (0.3 * hit + 0.5 * spare + 2.0 * spread)


@torch.inference_mode()
def predict(network: nn.Module, views: Views) -> tuple[Float32Array, Float32Array]:
    """Return logits (n,) and maps (n, rows, columns) of the first view."""
    logits, maps = [], []
    for start in range(0, views.features.shape[1], 32):
        kept = views.features[0, start : start + 32].astype(np.float32)
        found = network(
            torch.from_numpy(kept).contiguous(memory_format=torch.channels_last)
        )
        logits.append(found["logits"][:, 0].float().numpy())
        maps.append(found["map"][:, 0].float().numpy())
    return np.concatenate(logits), np.concatenate(maps)


def training_mask(
    films: LimbFilms, held_out: list[str], parts: list[str]
) -> NDArray[np.bool_]:
    """Which films to train on: clear ones of the train split, less what is held out."""
    mask = (films.splits == "train") & films.usable
    mask &= ~np.isin(films.sources, held_out) & ~np.isin(films.parts, parts)
    return np.asarray(mask)


def main(arguments: list[str] | None = None) -> int:
    """Train as the command line says; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m learning.train_fracture",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument(
        "--held-out", nargs="*", default=[], help="sources to leave out"
    )
    parser.add_argument("--held-out-part", nargs="*", default=[], help="body parts too")
    parser.add_argument("--views", type=int, default=8)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    console = Console(stderr=True)
    try:
        _run(options, console)
    except OverreadError as error:
        console.print(str(error), markup=False)
        return 1
    return 0


def _run(options: argparse.Namespace, console: Console) -> None:
    films = load_limb_films(options.data)
    options.output.mkdir(parents=True, exist_ok=True)
    kept = options.output.parent / "views"
    kept.mkdir(exist_ok=True)
    torch.manual_seed(options.seed)
    plan = Plan(steps=options.steps, rate=1e-3, seed=options.seed, average=0.98)
    mask = training_mask(films, options.held_out, options.held_out_part)
    facts = {
        "held_out": options.held_out,
        "parts": options.held_out_part,
        "views": options.views,
    }
    console.print(f"{mask.sum()} films to train on, {plan.steps} steps")
    with Progress(console=console) as progress:
        # The views are of all films of the split, so that runs share them.
        every = films.splits == "train"
        views = keep_views(films.where(every), options.views, kept, progress)
        clean = keep_views(films, 0, kept, progress)
        network = build_rest().to(memory_format=torch.channels_last)
        trainer: Trainer[dict[str, Tensor]] = Trainer(
            network, plan, options.output, facts
        )
        trainer.resume()
        index = np.flatnonzero(mask[every])
        make = Batches(films.where(every), views, index, options.seed)
        trainer.run(make, fracture_loss, progress)
    _write(trainer, films, clean, options.output, {**facts, "plan": asdict(plan)})


def _write(
    trainer: Trainer[dict[str, Tensor]],
    films: LimbFilms,
    clean: Views,
    output: Path,
    facts: dict[str, object],
) -> None:
    rest = trainer.averaged()
    whole = FineMap(1)
    whole.trunk.load_state_dict(build_trunk().state_dict())
    whole.rest.load_state_dict(rest.state_dict())
    state = {
        name: value.contiguous()
        for name, value in whole.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    save_file(state, output / "weights.safetensors")
    logits, maps = predict(rest, clean)
    np.savez(
        output / "predictions.npz",
        logits=logits,
        maps=maps.astype(np.float16),
        fracture=films.fracture,
        usable=films.usable,
        sources=films.sources,
        parts=films.parts,
        splits=films.splits,
        files=films.files,
    )
    (output / "run.json").write_text(json.dumps(facts, indent=1))


if __name__ == "__main__":
    sys.exit(main())
