"""Make the brain model's folder from a finished run: weights, manifest, card.

    python -m learning.publish_brain --data DIR --run DIR --others DIR --output DIR

`--run` is the output of ``python -m learning.train_brain``. Every figure of the
card is computed here and written to ``measured.json`` beside it.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress
from safetensors.numpy import save_file as save_arrays
from safetensors.torch import load_file, save_file

from inference.model_card import FindingSpec
from inference.unet import UnetLite0
from learning.brain_calibration import MINIMUM_BLOCKS
from learning.brain_card import to_card
from learning.brain_figures import (
    blocks_of,
    half_shift,
    measure_gate,
    measure_masks,
    measure_normals,
    measure_types,
)
from learning.brain_measures import Results, run_network
from learning.brain_slices import TYPES, BrainSlice, load_slices
from learning.labelled_folder import read_labelled_folder
from learning.manifest_file import file_sha256, write_manifest
from learning.measures import Gate
from learning.publish import render
from learning.run_file import read_run
from learning.train_brain import INPUT, SOURCE
from studies.errors import OverreadError
from studies.model import UInt8Array

VERSION = "1.0.0"
NORMALS = "br35h"
HALF_LIMIT = 1e-3
HALF_FIRST = 32
GATE_EVERY = 2
"""The input gate rests on every second training slice: neighbours are alike."""
OTHERS_EACH = 40
MODULE = "python -m learning.publish_brain"
COMMANDS = [
    "python -m learning.train_brain --data DATA/brain_mri --output RUN",
    f"{MODULE} --data DATA/brain_mri --run RUN --others DATA/cxr"
    " --output resources/models/brain-tumour",
]


def load_network(weights: Path) -> UnetLite0:
    """Return the network with the weights of a file, in single precision."""
    network = UnetLite0(len(TYPES), INPUT.channels).eval()
    state = {name: value.float() for name, value in load_file(weights).items()}
    network.load_state_dict(state, strict=False)
    return network


def write_weights(run: Path, path: Path, *, half: bool) -> None:
    """Write the weights, on request with the matrices in half precision."""
    state = load_file(run / "weights.safetensors")
    if half:
        state = {n: v.half() if v.ndim > 1 else v for n, v in state.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(state, path, metadata={"architecture": "overread:unet-lite0"})
    path.chmod(0o644)


def other_images(folder: Path) -> dict[str, list[UInt8Array]]:
    """Read images that are no brain slice, by their kind, a few of each."""
    found: dict[str, list[UInt8Array]] = {}
    rng = np.random.default_rng(0)
    with read_labelled_folder(folder) as labelled:
        items = list(labelled.items)
        for index in rng.permutation(len(items)):
            kind = items[index].extra.get("kind", "")
            images = found.setdefault(kind, [])
            if kind != "mri" and len(images) < OTHERS_EACH:
                images.append(labelled.read_gray(items[index]))
    return {kind: images for kind, images in found.items() if images}


@dataclass(frozen=True, slots=True, eq=False)
class Ran:
    """Slices, and what the network gave for them."""

    slices: list[BrainSlice]
    results: Results

    @property
    def blocks(self) -> NDArray[np.str_]:
        """Return the blocks of the slices, (n,)."""
        return blocks_of(self.slices)


def counts(slices: list[BrainSlice]) -> dict[str, int]:
    """Say how many slices, masks and blocks there are."""
    masks = sum(item.mask is not None for item in slices)
    return {
        "slices": len(slices),
        "masks": masks,
        "blocks": len(set(blocks_of(slices).tolist())),
    }


def publish(options: argparse.Namespace, console: Console) -> None:
    """Write the model's folder."""
    facts = read_run(options.run, "learning.train_brain", ("plan",))
    network = load_network(options.run / "weights.safetensors")
    with Progress(console=console) as progress:

        def run(name: str, images: list[UInt8Array]) -> Results:
            task = progress.add_task(name, total=len(images))
            return run_network(
                network, images, lambda done, _: progress.update(task, completed=done)
            )

        def run_slices(slices: list[BrainSlice], name: str) -> Ran:
            return Ran(slices, run(name, [item.image for item in slices]))

        unseen = run_slices(load_slices(options.data, SOURCE, "val"), "unseen blocks")
        normals = run_slices(load_slices(options.data, NORMALS), NORMALS)
        training = load_slices(options.data, SOURCE, "train")
        trained = run_slices(training[::GATE_EVERY], "training slices")
        others = {k: run(k, found) for k, found in other_images(options.others).items()}
    others[NORMALS] = normals.results
    specs, types = measure_types(unseen.slices, unseen.results)
    threshold, masks = measure_masks(unseen.slices, unseen.results)
    gate, gate_facts = measure_gate(
        trained.results, unseen.results, unseen.blocks, others
    )
    measured = {
        "version": VERSION,
        **store_weights(options, unseen, specs),
        "run": facts,
        "slices": {"train": counts(training), "val": counts(unseen.slices)},
        "parameters": sum(p.numel() for p in network.parameters()),
        "types": types,
        "masks": masks,
        "normals": measure_normals(normals.slices, normals.results, threshold),
        "gate": gate_facts,
        "commands": COMMANDS,
    }
    write_folder(options.output, specs, gate, measured)
    console.print(f"written to {options.output}", markup=False)


def store_weights(
    options: argparse.Namespace, unseen: Ran, specs: list[FindingSpec]
) -> dict[str, Any]:
    """Write the weights, in half precision where that changes next to nothing."""
    weights = options.output / "weights.safetensors"
    write_weights(options.run, weights, half=True)
    # A few slices mostly show already that half precision will not do.
    for count in (HALF_FIRST, len(unseen.slices)):
        images = [item.image for item in unseen.slices[:count]]
        rounded = run_network(load_network(weights), images)
        shift = half_shift(unseen.results, rounded, specs)
        if shift > HALF_LIMIT:
            write_weights(options.run, weights, half=False)
            break
    return {
        "sha256": file_sha256(weights),
        "half_precision_shift": shift,
        "stored": "half" if shift <= HALF_LIMIT else "single",
    }


def write_folder(
    output: Path, specs: list[FindingSpec], gate: Gate, measured: dict[str, Any]
) -> None:
    """Write gate, figures, manifest and card beside the weights."""
    save_arrays(
        {"mean": gate.mean, "precision_root": gate.precision_root},
        output / "gate.safetensors",
    )
    (output / "gate.safetensors").chmod(0o644)
    text = json.dumps(measured, indent=1) + "\n"
    (output / "measured.json").write_text(text, encoding="utf-8")
    card = to_card(output, specs, gate, measured)
    write_manifest(card, MODULE)
    context = {
        "measured": measured,
        "specs": specs,
        "types": TYPES,
        "minimum_blocks": MINIMUM_BLOCKS,
    }
    (output / "card.md").write_text(
        render("brain-tumour-card.md.j2", context), encoding="utf-8"
    )


def main(arguments: list[str] | None = None) -> int:
    """Publish as the command line says; return the exit code."""
    parser = argparse.ArgumentParser(
        prog=MODULE,
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--others", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    console = Console(stderr=True)
    try:
        publish(options, console)
    except OverreadError as error:
        console.print(str(error), markup=False)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
