"""Measure the trained input gate and write its model folder.

    python -m learning.publish_gate --data DIR --photographs DIR --weights FILE
        --output DIR [--unseen RUN ...]

`--unseen` are output folders of runs with sources held out; each such source is
measured by the run that never saw it.
"""

from __future__ import annotations

import argparse
import functools
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from safetensors.torch import save_file

import inference.film_gate
from inference.film_gate import KINDS
from inference.gate_network import GateNetwork
from learning.fingerprint import of_files
from learning.gate_card import goal_sentence, good_rows, share_text
from learning.gate_figures import measure, unseen
from learning.gate_films import GateFilms, cached_gate_films
from learning.gate_measures import set_distances, set_limits
from learning.gate_samples import INPUT
from learning.gate_weights import read_weights
from learning.manifest_file import file_sha256
from learning.publish import render
from learning.run_file import read_run
from studies.errors import OverreadError

VERSION = "1.0.0"
TRAINED_BY = "learning.train_gate"
_KEPT_WHOLE = ("mean", "precision_root", "scale")


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
    set_limits(network, films)
    target = options.output / "weights.safetensors"
    write_weights(network, target)
    # What is shipped is measured, half precision and all.
    network.load_state_dict(
        {n: v.half().float() if v.ndim > 1 and n not in _KEPT_WHOLE else v
         for n, v in network.state_dict().items()}
    )  # fmt: skip
    measured = kept(
        options.weights.parent,
        made_of(target, cache),
        lambda: measure(network, films, options.data),
    )
    measured["unseen"] = [
        kept(
            run,
            made_of(run / "weights.safetensors", cache, run / "run.json"),
            functools.partial(unseen, run, films),
        )
        for run in options.unseen
    ]
    measured["version"] = VERSION
    measured["steps"] = _steps(options.weights.parent)
    measured["sha256"] = file_sha256(target)
    text = json.dumps(measured, indent=1)
    (options.output / "measured.json").write_text(text + "\n", encoding="utf-8")
    context = {
        **said_of(measured),
        "input": INPUT,
        "counts": _counts(films),
        "commands": commands(measured["steps"], options.unseen),
    }
    for name in ("manifest.toml", "card.md"):
        text = render(f"input-gate-{name}.j2", context)
        (options.output / name).write_text(text, encoding="utf-8")
    console.print(f"written to {options.output}", markup=False)


def said_of(measured: dict[str, Any]) -> dict[str, Any]:
    """Return what the card's template needs of the figures."""
    good, unseen_rows = good_rows([measured["good"]]), good_rows(measured["unseen"])
    return {
        "measured": measured,
        "good": good,
        "unseen": unseen_rows,
        "goal": goal_sentence(good, unseen_rows),
        "share": share_text,
    }


def commands(steps: int, left_out: Sequence[Path]) -> list[str]:
    """Return the commands that made the model."""
    train = (
        "python -m learning.train_gate --data DIR --photographs DIR"
        " --boxes runs/lung_boxes.csv"
    )
    said = [
        "python -m learning.lung_boxes --data DIR/cxr --output runs/lung_boxes.csv",
        f"{train} --output runs/all --steps {steps}",
    ]
    unseen = []
    for number, run in enumerate(left_out, 1):
        facts = read_run(run, TRAINED_BY, ("steps", "held_out"))
        unseen.append(f"runs/unseen-{number}")
        said.append(
            f"{train} --output {unseen[-1]} --steps {facts['steps']}"
            f" --held-out {' '.join(facts['held_out'])}"
        )
    said.append(
        "python -m learning.publish_gate --data DIR --photographs DIR"
        " --weights runs/all/weights.safetensors"
        f" --output resources/models/input-gate --unseen {' '.join(unseen)}"
    )
    return said


def made_of(*files: Path) -> str:
    """Return a fingerprint of what figures depend on: files, and the gate's code.

    Parameters
    ----------
    files
        The weights, the cached films, and what else the figures are of.

    Raises
    ------
    UnreadableFileError
        If a file cannot be read.
    """
    return of_files([*files, *code_files()])


def code_files() -> list[Path]:
    """Return the modules that decide what the gate's figures are."""
    rules, here = Path(inference.film_gate.__file__), Path(__file__)
    named = ("film_gate.py", "gate_network.py", "preprocess.py")
    return [
        *(rules.with_name(name) for name in named),
        here.with_name("lung_boxes.py"),
        *sorted(here.parent.glob("gate_*.py")),
    ]


def kept(
    run: Path, fingerprint: str, make: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """Return a run's figures, from its ``figures.json`` if made of the same.

    Parameters
    ----------
    run
        Output folder of the run.
    fingerprint
        Of `made_of`; figures of another one, or of none, are measured again.
    make
        Measures them.
    """
    path = run / "figures.json"
    if path.exists():
        found = json.loads(path.read_text(encoding="utf-8"))
        if found.get("made_of") == fingerprint:
            return dict(found["figures"])
    figures = make()
    text = json.dumps({"made_of": fingerprint, "figures": figures})
    path.write_text(text, encoding="utf-8")
    return figures


def _steps(run: Path) -> int:
    return int(read_run(run, TRAINED_BY, ("steps",))["steps"])


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
