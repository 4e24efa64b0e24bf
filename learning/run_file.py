"""Reads what a training run says of itself: ``run.json`` in its folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from studies.errors import OverreadError


class RunFileError(OverreadError):
    """A folder without the ``run.json`` of the training run that is asked for."""

    def __init__(self, path: Path, found: str, command: str) -> None:
        super().__init__(f"{path}: {found}; make it with python -m {command}")


def read_run(folder: Path, command: str, needed: Sequence[str]) -> dict[str, Any]:
    """Return the facts in a run's ``run.json``.

    Parameters
    ----------
    folder
        Output folder of the run.
    command
        Module that trains such a run, e.g. ``learning.train_gate``.
    needed
        Facts that must be there.

    Raises
    ------
    RunFileError
        If the file is missing, no JSON object, or lacks a fact.
    """
    path = folder / "run.json"
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunFileError(path, f"cannot be read ({error})", command) from error
    if not isinstance(facts, dict):
        raise RunFileError(path, "holds no JSON object", command)
    missing = [name for name in needed if name not in facts]
    if missing:
        raise RunFileError(path, f"says nothing of {', '.join(missing)}", command)
    return facts
