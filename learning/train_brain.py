"""Train the brain-tumour network: a mask and the type of a slice's tumour.

    python -m learning.train_brain --data DIR --output DIR [--without-block NAME]

Writes ``checkpoint.pt`` (resumable), ``weights.safetensors`` (the averaged
weights) and ``run.json``. The recipe is fixed beforehand; the val split is not
looked at. Only one collection is trained on, all of whose slices show a tumour:
see `learning.brain_augment` for where slices without one come from.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress
from safetensors.torch import save_file
from torch import Tensor, nn

from inference.model_card import InputSpec
from inference.preprocess import normalise
from inference.unet import UnetLite0
from learning.brain_augment import augment_slice
from learning.brain_loss import brain_loss
from learning.brain_slices import TYPES, BrainSlice, load_slices
from learning.network import build_network
from learning.trainer import Plan, Trainer, step_generator
from studies.errors import OverreadError
from studies.model import Float32Array

SOURCE = "cheng"
INPUT = InputSpec(
    rows=224,
    columns=224,
    channels=3,
    percentiles=(1.0, 99.5),
    mean=0.5,
    std=0.25,
    fit="letterbox",
)
SMALL_SIDE = 160
SMALL_SHARE = 0.85
"""Most steps see slices of SMALL_SIDE px, which take half as long; the last ones
the full size (Touvron et al., Fixing the train-test resolution discrepancy, 2019)."""
BATCH = 16
MASKED_WEIGHT = 2.0
"""How much oftener a slice with a mask is drawn than one with a box alone."""
FROZEN_STAGES = 3
"""Of the encoder; what they know from ImageNet is edges and textures."""

Batch = tuple[Tensor, Tensor, Tensor]


def build_pretrained() -> UnetLite0:
    """Return the network with ImageNet weights in its encoder, the first frozen."""
    network = UnetLite0(len(TYPES), INPUT.channels)
    known = build_network(1).state_dict()
    own = network.encoder.state_dict()
    network.encoder.load_state_dict({name: known[name] for name in own})
    for part in frozen_parts(network):
        part.requires_grad_(False)
    return network.to(memory_format=torch.channels_last)


def frozen_parts(network: nn.Module) -> list[nn.Module]:
    """Return the parts of the encoder that are not trained."""
    encoder = network.get_submodule("encoder")
    stages = [f"blocks.{index}" for index in range(FROZEN_STAGES)]
    return [encoder.get_submodule(name) for name in ("conv_stem", "bn1", *stages)]


def sampling_weights(slices: Sequence[BrainSlice]) -> NDArray[np.float64]:
    """Return the chance of each slice to be drawn, (n,), summing to 1.

    Each type is drawn alike, within it each block by the root of its size.
    """
    weights = np.ones(len(slices))
    kinds = np.array([item.kind for item in slices])
    blocks = np.array([item.block for item in slices])
    masked = np.array([item.mask is not None for item in slices])
    weights[masked] = MASKED_WEIGHT
    for kind in np.unique(kinds):
        for block in np.unique(blocks[kinds == kind]):
            cell = (kinds == kind) & (blocks == block)
            weights[cell] *= np.sqrt(cell.sum()) / weights[cell].sum()
        weights[kinds == kind] /= weights[kinds == kind].sum()
    return np.asarray(weights / weights.sum())


def side_of_step(step: int, steps: int) -> int:
    """Return the rows and columns of the slices of a step."""
    return SMALL_SIDE if step < SMALL_SHARE * steps else INPUT.rows


def make_batch(
    slices: Sequence[BrainSlice],
    weights: NDArray[np.float64],
    side: int,
    rng: np.random.Generator,
) -> Batch:
    """Return inputs (n, 3, side, side), targets (n, side / 2, side / 2), kinds (n,)."""
    chosen = rng.choice(len(slices), BATCH, p=weights)
    shown = [augment_slice(slices[index], side, rng) for index in chosen]
    inputs = np.stack(
        [normalise(s.image.astype(np.float32) / 255.0, INPUT) for s in shown]
    )
    targets = torch.from_numpy(np.stack([s.target for s in shown]))
    return to_tensor(inputs), targets, torch.tensor([s.kind for s in shown])


def to_tensor(inputs: Float32Array) -> Tensor:
    """Repeat (n, rows, columns) over three channels, channels last."""
    grey = torch.from_numpy(inputs)[:, None]
    return grey.expand(-1, INPUT.channels, -1, -1).contiguous(
        memory_format=torch.channels_last
    )


def loss_of(network: nn.Module, batch: Batch) -> Tensor:
    """Return the loss; the frozen parts keep their running statistics."""
    for part in frozen_parts(network):
        part.eval()
    inputs, targets, kinds = batch
    return brain_loss(network(inputs), targets, kinds)


def train(
    slices: Sequence[BrainSlice], plan: Plan, output: Path, console: Console
) -> nn.Module:
    """Train, or go on training, and return the averaged network."""
    torch.manual_seed(plan.seed)
    blocks = sorted({item.block for item in slices})
    trainer: Trainer[Batch] = Trainer(
        build_pretrained(), plan, output, {"slices": len(slices), "blocks": blocks}
    )
    trainer.resume()
    weights = sampling_weights(slices)

    def make(step: int) -> Batch:
        rng = step_generator(plan.seed, step)
        return make_batch(slices, weights, side_of_step(step, plan.steps), rng)

    with Progress(console=console) as progress:
        trainer.run(make, loss_of, progress)
    return trainer.averaged()


def save_network(network: nn.Module, path: Path) -> None:
    """Write all tensors but the counters of batches."""
    state = {
        name: value.contiguous()
        for name, value in network.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    save_file(state, path, metadata={"architecture": "overread:unet-lite0"})


def main(arguments: list[str] | None = None) -> int:
    """Train as the command line says; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m learning.train_brain",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=760)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--without-block", action="append", default=[], help="block to leave out"
    )
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
    with Progress(console=console) as progress:
        task = progress.add_task("reading", total=None)
        slices = load_slices(
            options.data,
            SOURCE,
            "train",
            lambda done, total: progress.update(task, completed=done, total=total),
        )
    slices = [item for item in slices if item.block not in options.without_block]
    plan = Plan(steps=options.steps, rate=8e-4, average=0.99, seed=options.seed)
    console.print(f"{len(slices)} slices to train on, {plan.steps} steps")
    network = train(slices, plan, options.output, console)
    save_network(network, options.output / "weights.safetensors")
    (options.output / "run.json").write_text(
        json.dumps({"plan": asdict(plan), "without_block": options.without_block})
    )


if __name__ == "__main__":
    sys.exit(main())
