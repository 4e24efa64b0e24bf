"""Train a chest-film classifier, once, with a source held out or none.

    python -m learning.train --data DIR --output DIR [--held-out SOURCE]

Writes ``checkpoint.pt`` (resumable), ``weights.safetensors`` (the averaged
weights) and ``predictions.csv`` (logits of every film) to the output folder.
The recipe is fixed beforehand: the number of steps is not chosen by looking at
a held-out source, so that leave-one-source-out stays a fair measurement.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress
from safetensors.torch import save_file
from torch import Tensor, nn

from inference.model_card import InputSpec
from inference.preprocess import normalise, prepare
from learning.augment import augment
from learning.films import LABELS, FilmSet, load_films
from learning.network import build_network
from studies.errors import OverreadError
from studies.model import Float32Array

INPUT = InputSpec(
    rows=224, columns=224, channels=3, percentiles=(1.0, 99.0), mean=0.5, std=0.25
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that fixes a run; `films` counts films shown, repeats included."""

    films: int = 8000
    batch: int = 32
    rate: float = 4e-4
    weight_decay: float = 0.02
    warm_up: float = 0.08
    average: float = 0.98
    smoothing: float = 0.03
    seed: int = 0

    @property
    def steps(self) -> int:
        """Number of optimiser steps."""
        return math.ceil(self.films / self.batch)


def sampling_weights(films: FilmSet) -> NDArray[np.float64]:
    """Return the chance of each film to be drawn, (n,), summing to 1.

    A source is drawn with the square root of its size, and within it each
    combination of labels likewise: the large one-class sources must not teach
    the network to name the source.
    """
    weights = np.zeros(len(films))
    for source in np.unique(films.sources):
        inside = films.sources == source
        cells = ["".join(_symbol(v) for v in row) for row in films.labels[inside]]
        _, index, counts = np.unique(
            np.array(cells), return_inverse=True, return_counts=True
        )
        per_cell = np.sqrt(counts) / np.sqrt(counts).sum()
        weights[inside] = math.sqrt(inside.sum()) * (per_cell / counts)[index]
    return np.asarray(weights / weights.sum())


def _symbol(value: float) -> str:
    return "?" if math.isnan(value) else str(int(value))


def batches(films: FilmSet, recipe: Recipe, start: int) -> Iterator[tuple[Tensor, ...]]:
    """Yield (input, labels) for the steps from `start` on.

    Each step has a random generator of its own, seeded by (seed, step), so
    that a resumed run sees the films it would have seen.
    """
    weights = sampling_weights(films)

    def make(step: int) -> tuple[Tensor, Tensor]:
        rng = np.random.default_rng([recipe.seed, step])
        chosen = rng.choice(len(films), recipe.batch, p=weights)
        inputs = np.stack(
            [
                normalise(
                    augment(films.films[i], INPUT.rows, rng).astype(np.float32) / 255.0,
                    INPUT,
                )
                for i in chosen
            ]
        )
        return to_tensor(inputs), torch.from_numpy(films.labels[chosen])

    with ThreadPoolExecutor(1) as pool:
        ahead = pool.submit(make, start)
        for step in range(start, recipe.steps):
            ready = ahead.result()
            ahead = pool.submit(make, step + 1)
            yield ready


def to_tensor(inputs: Float32Array) -> Tensor:
    """Repeat (n, rows, columns) over three channels, channels last."""
    grey = torch.from_numpy(inputs)[:, None]
    return grey.expand(-1, INPUT.channels, -1, -1).contiguous(
        memory_format=torch.channels_last
    )


def masked_loss(logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """Binary cross-entropy over known labels only, each label weighing alike."""
    known = ~torch.isnan(labels)
    target = torch.nan_to_num(labels) * (1.0 - 2.0 * smoothing) + smoothing
    loss = nn.functional.binary_cross_entropy_with_logits(
        logits, target, reduction="none"
    )
    per_label = (loss * known).sum(0) / known.sum(0).clamp(min=1)
    return per_label.mean()


class Trainer:
    """One run: network, its running average, optimiser, and where it stands.

    Attributes
    ----------
    step
        Optimiser steps done.
    stop_after
        Step at which to stop and save, or None for the recipe's end.
    """

    def __init__(self, films: FilmSet, recipe: Recipe, output: Path) -> None:
        torch.manual_seed(recipe.seed)
        self.films = films
        self.recipe = recipe
        self.checkpoint = output / "checkpoint.pt"
        self.network = build_network(len(LABELS)).to(memory_format=torch.channels_last)
        self.average = {
            name: value.detach().clone().float()
            for name, value in self.network.state_dict().items()
        }
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=recipe.rate, weight_decay=recipe.weight_decay
        )
        self.step = 0
        self.stop_after: int | None = None

    def resume(self) -> None:
        """Go on from the checkpoint, if there is one of the same recipe."""
        if not self.checkpoint.exists():
            return
        state = torch.load(self.checkpoint, map_location="cpu", weights_only=True)
        if state["recipe"] != asdict(self.recipe):
            raise OverreadError(
                f"{self.checkpoint} belongs to another recipe; choose another"
                " --output or delete it"
            )
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.average = state["average"]
        self.step = state["step"]
        torch.set_rng_state(state["torch_rng"])

    def save(self) -> None:
        """Write the checkpoint, whole or not at all."""
        partial = self.checkpoint.with_suffix(".partial")
        torch.save(
            {
                "recipe": asdict(self.recipe),
                "network": self.network.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "average": self.average,
                "step": self.step,
                "torch_rng": torch.get_rng_state(),
            },
            partial,
        )
        partial.replace(self.checkpoint)

    def run(self, progress: Progress, every: int = 25) -> None:
        """Train to the end of the recipe, saving every `every` steps."""
        task = progress.add_task(
            "training", total=self.recipe.steps, completed=self.step
        )
        self.network.train()
        for inputs, labels in batches(self.films, self.recipe, self.step):
            if self.step == self.stop_after:
                break
            loss = self._one_step(inputs, labels)
            self.step += 1
            progress.update(task, advance=1, description=f"loss {loss:.3f}")
            if self.step % every == 0:
                self.save()
                progress.console.print(
                    f"step {self.step} of {self.recipe.steps}, loss {loss:.4f}"
                )
        self.save()

    def _one_step(self, inputs: Tensor, labels: Tensor) -> float:
        for group in self.optimiser.param_groups:
            group["lr"] = self.recipe.rate * self._schedule()
        with torch.autocast("cpu", torch.bfloat16):
            logits = self.network(inputs)
        loss = masked_loss(logits.float(), labels, self.recipe.smoothing)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        nn.utils.clip_grad_norm_(self.network.parameters(), 2.0)
        self.optimiser.step()
        self._update_average()
        return float(loss.detach())

    def _schedule(self) -> float:
        """Linear warm-up, then half a cosine to zero."""
        done = self.step / self.recipe.steps
        if done < self.recipe.warm_up:
            return (done + 1.0 / self.recipe.steps) / self.recipe.warm_up
        rest = (done - self.recipe.warm_up) / (1.0 - self.recipe.warm_up)
        return 0.5 * (1.0 + math.cos(math.pi * rest))

    @torch.no_grad()
    def _update_average(self) -> None:
        # Early on a long memory would keep the ImageNet weights in the average.
        keep = min(self.recipe.average, (1 + self.step) / (10 + self.step))
        for name, value in self.network.state_dict().items():
            self.average[name].lerp_(value.float(), 1.0 - keep)

    def averaged(self) -> nn.Module:
        """Return the network with the averaged weights, for evaluation."""
        network = build_network(len(LABELS)).to(memory_format=torch.channels_last)
        own = network.state_dict()
        network.load_state_dict(
            {name: value.to(own[name].dtype) for name, value in self.average.items()}
        )
        return network.eval()


@torch.inference_mode()
def predict(network: nn.Module, inputs: Float32Array, batch: int = 32) -> Float32Array:
    """Return logits, (n, labels), in float32 as in use."""
    parts = [
        network(to_tensor(inputs[start : start + batch])).float().numpy()
        for start in range(0, len(inputs), batch)
    ]
    return np.concatenate(parts)


def prepare_all(films: FilmSet) -> Float32Array:
    """Prepare films without augmentation, as in use: (n, rows, columns)."""
    return np.stack(
        [prepare(film.astype(np.float32) / 255.0, INPUT)[0] for film in films.films]
    )


def write_predictions(path: Path, films: FilmSet, logits: Float32Array) -> None:
    """Write one row per film: identity, labels and logits."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(
            ["file", "source", "patient", "split"]
            + [f"label_{name}" for name in LABELS]
            + [f"logit_{name}" for name in LABELS]
        )
        for i in range(len(films)):
            labels = ["" if np.isnan(v) else int(v) for v in films.labels[i]]
            writer.writerow(
                [films.files[i], films.sources[i], films.patients[i], films.splits[i]]
                + labels
                + [f"{value:.6f}" for value in logits[i]]
            )


def training_mask(films: FilmSet, held_out: str) -> NDArray[np.bool_]:
    """Which films to train on.

    The `train` split without the held-out source, and without any patient of
    that source who also appears elsewhere.
    """
    mask = films.splits == "train"
    if held_out:
        held = films.sources == held_out
        mask &= ~held & ~np.isin(films.patients, films.patients[held])
    return np.asarray(mask)


def main(arguments: list[str] | None = None) -> int:
    """Train as the command line says; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m learning.train", description=__doc__
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--held-out", default="", help="source to leave out")
    parser.add_argument("--films", type=int, default=Recipe().films)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
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
    films = load_films(options.data)
    if options.held_out and options.held_out not in films.sources:
        known = ", ".join(np.unique(films.sources))
        raise OverreadError(f"--held-out {options.held_out}: sources are {known}")
    options.output.mkdir(parents=True, exist_ok=True)
    recipe = Recipe(films=options.films, seed=options.seed)
    mask = training_mask(films, options.held_out)
    console.print(f"{mask.sum()} films to train on, {recipe.steps} steps")
    trainer = Trainer(films.where(mask), recipe, options.output)
    trainer.resume()
    with Progress(console=console) as progress:
        trainer.run(progress)
    network = trainer.averaged()
    state = {
        name: value.contiguous()
        for name, value in network.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    save_file(state, options.output / "weights.safetensors")
    logits = predict(network, prepare_all(films))
    write_predictions(options.output / "predictions.csv", films, logits)
    (options.output / "run.json").write_text(
        json.dumps({"held_out": options.held_out, "recipe": asdict(recipe)}, indent=1)
    )


if __name__ == "__main__":
    sys.exit(main())
