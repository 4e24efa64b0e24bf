"""``overread open``: the workstation, with studies if given."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from cli.screen import screen_problem


def run(paths: Sequence[Path]) -> int:
    """Start the workstation; return when its window is closed.

    A path that is not there is told on stderr and makes the exit code 1; the
    others open. What is wrong with their files is shown in the window.
    """
    missing = [path for path in paths if not path.exists()]
    for path in missing:
        _complain(f"{path}: not found. Check the path.")
    present = [path for path in paths if path not in missing]
    if missing and not present:
        return 1
    problem = screen_problem()
    if problem:
        _complain(problem)
        return 1
    from gui.app import main

    return main(present) or (1 if missing else 0)


def _complain(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201 (the command's own words)
