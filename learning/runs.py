"""Reading back what the training runs predicted."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from learning.films import LABELS
from learning.leave_one_out import ALL, run_name
from studies.errors import OverreadError
from studies.model import Float32Array


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """Rows of a run's predictions.csv, all arrays aligned.

    `labels` (n, labels) is NaN where unknown; `logits` (n, labels).
    """

    sources: NDArray[np.str_]
    patients: NDArray[np.str_]
    splits: NDArray[np.str_]
    labels: Float32Array
    logits: Float32Array

    def where(self, mask: NDArray[np.bool_]) -> Predictions:
        """Return the rows at which `mask`, (n,), is true."""
        return Predictions(
            self.sources[mask],
            self.patients[mask],
            self.splits[mask],
            self.labels[mask],
            self.logits[mask],
        )

    def known(self, label: str) -> tuple[Predictions, int]:
        """Return the rows that have `label`, and its column."""
        column = LABELS.index(label)
        return self.where(~np.isnan(self.labels[:, column])), column


def read_predictions(runs: Path, held_out: str = "") -> Predictions:
    """Read the predictions of one run.

    Raises
    ------
    OverreadError
        If the run has not finished.
    """
    path = runs / run_name(held_out) / "predictions.csv"
    if not path.exists():
        raise OverreadError(
            f"{path} is missing: run python -m learning.leave_one_out first"
        )
    with path.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))

    def table(prefix: str) -> Float32Array:
        return np.array(
            [[_number(row[f"{prefix}_{name}"]) for name in LABELS] for row in rows],
            dtype=np.float32,
        )

    return Predictions(
        sources=np.array([row["source"] for row in rows]),
        patients=np.array([row["patient"] for row in rows]),
        splits=np.array([row["split"] for row in rows]),
        labels=table("label"),
        logits=table("logit"),
    )


def _number(text: str) -> float:
    return float(text) if text else float("nan")


def held_out_sources(runs: Path) -> tuple[str, ...]:
    """Return the sources that were held out in a finished run."""
    prefix = run_name("x").removesuffix("x")
    folders = sorted(runs.glob(f"{prefix}*/run.json"))
    return tuple(path.parent.name.removeprefix(prefix) for path in folders)


def read_unseen(runs: Path) -> Predictions:
    """Read each source's films as predicted by the run that never saw it."""
    parts = []
    for source in held_out_sources(runs):
        predictions = read_predictions(runs, source)
        parts.append(predictions.where(predictions.sources == source))
    if not parts:
        raise OverreadError(f"{runs} holds no finished run with a source held out")
    return Predictions(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("sources", "patients", "splits", "labels", "logits")
        )
    )


__all__ = ["ALL", "Predictions", "held_out_sources", "read_predictions", "read_unseen"]
