"""``overread demo``: the workstation on the sample studies."""

from __future__ import annotations

import sys
from pathlib import Path

from cli.screen import qt_problem


def run(output: Path) -> int:
    """Open the samples; without a display work a case through into `output`.

    Returns 0, or 1 if a step failed.
    """
    problem = qt_problem()
    if problem:
        print(problem, file=sys.stderr)  # noqa: T201 (the command's own words)
        return 1
    from gui.demo import run as run_demo

    return run_demo(output, _say)


def _say(line: str) -> None:
    # Flushed: the steps take seconds, and somebody watches.
    print(line, flush=True)  # noqa: T201 (the command's own words)
