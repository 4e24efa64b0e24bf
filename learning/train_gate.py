"""Train the input gate.

    python -m learning.train_gate --data DIR --photographs DIR --output DIR
        [--boxes CSV] [--held-out SOURCE ...]

`--boxes` is what ``python -m learning.lung_boxes`` wrote; without it only the lung
boxes that were drawn by hand are known. Writes ``checkpoint.pt`` (resumable) and
``weights.safetensors``.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.progress import Progress
from safetensors.torch import save_file
from torch import Tensor, nn

from inference.gate_network import GateNetwork
from learning.films import read_boxes
from learning.gate_batches import GateBatch, GateSampler, gate_loss
from learning.gate_films import GateFilms, cached_gate_films
from learning.gate_weights import (
    build_from_imagenet,
    freeze,
    frozen_parts,
)
from learning.lung_boxes import drawn_boxes
from learning.trainer import Plan, Trainer
from studies.errors import OverreadError

PLAN = Plan(steps=600, rate=1e-3, average=0.98, save_every=50)


def loss(network: nn.Module, batch: GateBatch) -> Tensor:
    """Run the network on a batch; its frozen stages keep their statistics."""
    assert isinstance(network, GateNetwork)
    for part in frozen_parts(network):
        part.eval()
    return gate_loss(network(batch.films), batch)


def training_films(films: GateFilms, held_out: list[str]) -> GateFilms:
    """Return what may be trained on, without the held-out sources."""
    unknown = set(held_out) - set(films.sources.tolist())
    if unknown:
        raise OverreadError(f"--held-out: no source {', '.join(sorted(unknown))}")
    return films.where(~films.test & ~np.isin(films.sources, held_out))


def main(arguments: list[str] | None = None) -> int:
    """Train as the command line says; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m learning.train_gate", description=__doc__
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--photographs", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--boxes", type=Path, help="lung boxes of all chest films")
    parser.add_argument("--held-out", nargs="*", default=[], help="sources left out")
    parser.add_argument("--steps", type=int, default=PLAN.steps)
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
    options.output.mkdir(parents=True, exist_ok=True)
    plan = replace(PLAN, steps=options.steps)
    torch.manual_seed(plan.seed)
    cache = options.output.parent / "gate-films.npz"
    films = cached_gate_films(options.data, options.photographs, cache)
    films = training_films(films, options.held_out)
    boxes = drawn_boxes(options.data / "cxr")
    if options.boxes:
        boxes = {**read_boxes(options.boxes), **boxes}
    network = build_from_imagenet()
    freeze(network)
    facts = {"held_out": sorted(options.held_out), "boxes": len(boxes)}
    trainer: Trainer[GateBatch] = Trainer(
        network.to(memory_format=torch.channels_last), plan, options.output, facts
    )
    trainer.resume()
    with Progress(console=console) as progress:
        trainer.run(GateSampler(films, boxes, seed=plan.seed), loss, progress)
    state = {n: v.contiguous() for n, v in trainer.averaged().state_dict().items()}
    save_file(state, options.output / "weights.safetensors")
    run = {"held_out": sorted(options.held_out), "steps": plan.steps}
    (options.output / "run.json").write_text(json.dumps(run), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
