"""Train once on all sources and once without each, then say what was seen.

    python -m learning.leave_one_out --data DIR --output DIR [--jobs 2]

One folder a run (``all``, ``without-SOURCE``); finished runs are kept and
broken ones resumed, so the command can be repeated.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console

from learning.labelled_folder import read_labelled_folder
from learning.train import Recipe
from studies.errors import OverreadError

ALL = "all"


def run_name(held_out: str) -> str:
    """Return the folder of a run."""
    return f"without-{held_out}" if held_out else ALL


def sources_of(data: Path) -> list[str]:
    """Return the sources that hold frontal chest films for training."""
    items = read_labelled_folder(data).items
    return sorted({i.source for i in items if i.split == "train"})


def is_finished(output: Path) -> bool:
    """Tell whether a run has written its last file."""
    return (output / "run.json").exists()


def run_one(held_out: str, data: Path, output: Path, films: int, threads: int) -> int:
    """Train one model in a process of its own; return its exit code."""
    folder = output / run_name(held_out)
    if is_finished(folder):
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "learning.train", "--data", str(data)]
    command += ["--output", str(folder), "--held-out", held_out]
    command += ["--films", str(films), "--threads", str(threads)]
    # One process an OpenMP team: two teams of two on two cores spin for nothing.
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    with (folder / "train.log").open("a") as log:
        return subprocess.run(
            command, stdout=log, stderr=log, env=environment, check=False
        ).returncode


def main(arguments: list[str] | None = None) -> int:
    """Run all trainings; return 1 if one failed."""
    parser = argparse.ArgumentParser(
        prog="python -m learning.leave_one_out", description=__doc__
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--films", type=int, default=Recipe().films)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", nargs="*", help="held-out sources; 'all' for none")
    options = parser.parse_args(arguments)
    console = Console(stderr=True)
    try:
        held_out = ["", *sources_of(options.data)]
    except OverreadError as error:
        console.print(str(error), markup=False)
        return 1
    if options.only is not None:
        held_out = ["" if name == ALL else name for name in options.only]

    def one(name: str) -> tuple[str, int]:
        console.print(f"{run_name(name)}: started", markup=False)
        code = run_one(
            name, options.data, options.output, options.films, options.threads
        )
        console.print(f"{run_name(name)}: exit code {code}", markup=False)
        return name, code

    with ThreadPoolExecutor(options.jobs) as pool:
        results = list(pool.map(one, held_out))
    return 1 if any(code for _, code in results) else 0


if __name__ == "__main__":
    sys.exit(main())
