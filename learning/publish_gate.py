"""Measure the trained input gate and write its model folder.

    python -m learning.publish_gate --data DIR --photographs DIR --weights FILE
        --first RUN --output DIR [--unseen RUN ...]

`--weights` are of the second run, `--first` is the folder of the first.

`--unseen` are output folders of runs with sources held out; each such source is
measured by the run that never saw it.
"""

from __future__ import annotations

import argparse
import functools
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from safetensors.torch import save_file

from inference.film_gate import KINDS
from inference.gate_network import GateNetwork
from learning.calibration import wilson
from learning.gate_films import GateFilms, cached_gate_films
from learning.gate_measures import (
    MEMBERS,
    box_overlaps,
    changed,
    crop_to_cut,
    invert,
    judge_all,
    kind_auroc,
    refusals,
    run_network,
    set_distances,
    turn,
)
from learning.gate_samples import INPUT
from learning.gate_weights import read_weights
from learning.lung_boxes import drawn_boxes
from learning.publish import render, sha256
from studies.errors import OverreadError

VERSION = "1.0.0"
EVERY = 4
"""Of the good chest films every fourth is turned, inverted and cut off."""

_KEPT_WHOLE = ("mean", "precision_root", "scale")


def measure(network: GateNetwork, films: GateFilms, data: Path) -> dict[str, Any]:
    """Return all figures on the test films."""
    test = films.where(films.test)
    outputs = run_network(network, test.films)
    good = {wanted: _of(test, *kinds) for wanted, kinds in MEMBERS.items()}
    measured: dict[str, Any] = {
        "auroc": _aurocs(outputs, test),
        "good": {
            wanted: _refused(outputs, test, mask, wanted)
            for wanted, mask in good.items()
        },
        "bad": {wanted: _refused_kinds(outputs, test, wanted) for wanted in MEMBERS},
    }
    chest = test.where(good["frontal chest"])
    every = np.arange(0, len(chest.kinds), EVERY)
    measured["changed"] = _changed(network, chest.where(every))
    measured["lungs"] = _lungs(network, films, data)
    measured["milliseconds"] = _milliseconds(network)
    return measured


def unseen(run: Path, films: GateFilms) -> dict[str, Any]:
    """Return the refused share of good films of the sources that a run left out."""
    held_out = json.loads((run / "run.json").read_text(encoding="utf-8"))["held_out"]
    network = read_weights(run / "weights.safetensors")
    set_distances(network, films.where(~np.isin(films.sources, held_out)))
    found: dict[str, Any] = {}
    for wanted, kinds in MEMBERS.items():
        chosen = films.where(np.isin(films.sources, held_out) & _of(films, *kinds))
        if len(chosen.kinds):
            outputs = run_network(network, chosen.films)
            everything = np.ones(len(chosen.kinds), np.bool_)
            found[wanted] = _refused(outputs, chosen, everything, wanted)
    return found


def _of(films: GateFilms, *kinds: str) -> Any:
    return np.isin(films.kinds, [KINDS.index(kind) for kind in kinds])


def _share(hits: int, count: int) -> dict[str, float]:
    share = wilson(hits, count)
    return {"value": share.value, "low": share.low, "high": share.high, "n": count}


def _aurocs(outputs: Any, test: GateFilms) -> list[dict[str, Any]]:
    rows = []
    for wanted, members in MEMBERS.items():
        for kind in KINDS:
            count = int(_of(test, kind).sum())
            if kind not in members and count:
                auroc = kind_auroc(outputs, test.kinds, wanted, [kind])
                rows.append(
                    {"wanted": wanted, "against": kind, "n": count, "auroc": auroc}
                )
    return rows


def _refused(outputs: Any, films: GateFilms, mask: Any, wanted: str) -> Any:
    chosen = {name: value[mask] for name, value in outputs.items()}
    return {
        group.group: _share(round(group.refused.value * group.films), group.films)
        for group in refusals(judge_all(chosen, wanted), films.sources[mask])
    }


def _refused_kinds(outputs: Any, test: GateFilms, wanted: str) -> Any:
    bad = ~_of(test, *MEMBERS[wanted])
    chosen = {name: value[bad] for name, value in outputs.items()}
    names = np.array([KINDS[kind] for kind in test.kinds[bad]])
    return {
        group.group: _share(round(group.refused.value * group.films), group.films)
        for group in refusals(judge_all(chosen, wanted), names)
    }


def _changed(network: GateNetwork, chest: GateFilms) -> dict[str, Any]:
    """Good chest films turned, inverted or cut off by us: the share refused."""
    found = {}
    for name, change in (
        ("turned by 90 degrees", turn(90)),
        ("turned by 180 degrees", turn(180)),
        ("turned by 270 degrees", turn(270)),
        ("inverted", invert),
    ):
        verdicts = judge_all(changed(network, chest.films, change), "frontal chest")
        found[name] = _share(sum(bool(v.reasons) for v in verdicts), len(verdicts))
    upright = judge_all(run_network(network, chest.films), "frontal chest")
    for edge, name in enumerate(("top", "left", "bottom", "right")):
        cropped = [
            crop_to_cut(film, verdict.lung_box, edge, 0.2)
            for film, verdict in zip(chest.films, upright, strict=True)
            if verdict.lung_box and not verdict.reasons
        ]
        cut = judge_all(run_network(network, np.stack(cropped)), "frontal chest")
        found[f"a fifth of the lungs cut off at the {name}"] = _share(
            sum(bool(verdict.reasons) for verdict in cut), len(cut)
        )
    return found


def _lungs(network: GateNetwork, films: GateFilms, data: Path) -> dict[str, Any]:
    drawn = drawn_boxes(data / "cxr")
    known = films.test & np.isin(films.files, list(drawn))
    chosen = films.where(known)
    verdicts = judge_all(run_network(network, chosen.films), "frontal chest")
    truth = [drawn[file] for file in chosen.files.tolist()]
    found = box_overlaps(verdicts, truth)
    return {
        "films": len(found),
        "patients": len(set(chosen.patients.tolist())),
        "mean": float(found.mean()),
        "fifth": float(np.quantile(found, 0.05)),
    }


@torch.inference_mode()
def _milliseconds(network: GateNetwork) -> float:
    film = torch.zeros(1, 1, INPUT.rows, INPUT.columns)
    took = []
    for _ in range(30):
        began = time.perf_counter()
        network(film)
        took.append(time.perf_counter() - began)
    return float(np.median(took) * 1000.0)


def write_weights(network: GateNetwork, path: Path) -> None:
    """Write the weights, the matrices in half precision."""
    state = {
        name: value.half().contiguous()
        if value.ndim > 1 and name not in _KEPT_WHOLE
        else value.contiguous()
        for name, value in network.state_dict().items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(state, path, metadata={"architecture": "overread:gate"})
    path.chmod(0o644)


def publish(options: argparse.Namespace, console: Console) -> None:
    """Measure, and write weights, manifest, card and measured.json."""
    cache = options.weights.parent.parent / "gate-films.npz"
    films = cached_gate_films(options.data, options.photographs, cache)
    network = read_weights(options.weights)
    set_distances(network, films)
    target = options.output / "weights.safetensors"
    write_weights(network, target)
    # What is shipped is measured, half precision and all.
    network.load_state_dict(
        {n: v.half().float() if v.ndim > 1 and n not in _KEPT_WHOLE else v
         for n, v in network.state_dict().items()}
    )  # fmt: skip
    measured = kept(
        options.weights.parent, target, lambda: measure(network, films, options.data)
    )
    measured["unseen"] = [
        kept(run, run / "weights.safetensors", functools.partial(unseen, run, films))
        for run in options.unseen
    ]
    measured["version"] = VERSION
    measured["steps"] = [_steps(options.first), _steps(options.weights.parent)]
    measured["sha256"] = sha256(target)
    text = json.dumps(measured, indent=1)
    (options.output / "measured.json").write_text(text + "\n", encoding="utf-8")
    context = {"measured": measured, "input": INPUT, "counts": _counts(films)}
    for name in ("manifest.toml", "card.md"):
        text = render(f"input-gate-{name}.j2", context)
        (options.output / name).write_text(text, encoding="utf-8")
    console.print(f"written to {options.output}", markup=False)


def kept(
    run: Path, weights: Path, make: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """Return a run's figures, from its ``figures.json`` if of the same weights."""
    path, digest = run / "figures.json", sha256(weights)
    if path.exists():
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["sha256"] == digest:
            return dict(found["figures"])
    figures = make()
    text = json.dumps({"sha256": digest, "figures": figures})
    path.write_text(text, encoding="utf-8")
    return figures


def _steps(run: Path) -> int:
    return int(json.loads((run / "run.json").read_text(encoding="utf-8"))["steps"])


def _counts(films: GateFilms) -> list[dict[str, Any]]:
    rows = []
    for number, kind in enumerate(KINDS):
        for source in np.unique(films.sources[films.kinds == number]):
            inside = (films.kinds == number) & (films.sources == source)
            trained = int((inside & ~films.test).sum())
            test = int((inside & films.test).sum())
            rows.append(
                {"kind": kind, "source": str(source), "trained": trained, "test": test}
            )
    return rows


def main(arguments: list[str] | None = None) -> int:
    """Publish as the command line says; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m learning.publish_gate", description=__doc__
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--photographs", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--first", type=Path, required=True, help="first run")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--unseen", type=Path, nargs="*", default=[])
    options = parser.parse_args(arguments)
    console = Console(stderr=True)
    try:
        publish(options, console)
    except OverreadError as error:
        console.print(str(error), markup=False)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
