"""What the limb-fracture network is worth: the figures of its card."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.boxes import find_boxes
from inference.model_outputs import BoxSpec
from inference.preprocess import Placement
from learning.boxes_csv import Box
from learning.evaluation import auroc_interval
from learning.fracture_films import SIDE, LimbFilms
from learning.froc import MarkedFilm, evaluate_marks, froc_curve
from studies.errors import OverreadError
from studies.model import Float32Array

UPPER = "mura_roboflow"
WEB = ("multiregion_web", "fracatlas_subset")
FALSE_MARKS = 0.5
"""False marks a film that the box threshold may cost on validation films."""


@dataclass(frozen=True, slots=True)
class BoxRule:
    """How boxes are taken from the map: `BoxSpec`'s fields of these names."""

    threshold: float
    peak_share: float

    def spec(self, **more: Any) -> BoxSpec:
        """Return the manifest's entry, with further fields."""
        return BoxSpec("fracture", self.threshold, peak_share=self.peak_share, **more)


@dataclass(frozen=True, slots=True, eq=False)
class FractureRun:
    """What one training run predicted for every film; arrays aligned.

    `logits` (n,), `maps` (n, rows, columns), `fracture` (n,) 1 or 0.
    """

    logits: NDArray[np.float64]
    maps: Float32Array
    fracture: NDArray[np.int64]
    usable: NDArray[np.bool_]
    sources: NDArray[np.str_]
    parts: NDArray[np.str_]
    splits: NDArray[np.str_]
    files: NDArray[np.str_]

    def auroc(self, mask: NDArray[np.bool_]) -> tuple[float, float, float] | None:
        """Return the AUROC with its interval on the clear films of a mask, (n,)."""
        keep = mask & self.usable
        groups = [""] * int(keep.sum())  # no patient is known
        return auroc_interval(self.fracture[keep], self.logits[keep], groups)

    def counts(self, mask: NDArray[np.bool_]) -> tuple[int, int]:
        """Return clear films with and without a fracture."""
        labels = self.fracture[mask & self.usable]
        return int(labels.sum()), int((1 - labels).sum())


def read_run(folder: Path) -> FractureRun:
    """Read a run's predictions.

    Raises
    ------
    OverreadError
        If the run has not finished.
    """
    path = folder / "predictions.npz"
    if not path.exists():
        raise OverreadError(f"{path} is missing: run python -m learning.train_fracture")
    with np.load(path) as kept:
        return FractureRun(
            kept["logits"].astype(np.float64),
            kept["maps"].astype(np.float32),
            kept["fracture"].astype(np.int64),
            kept["usable"],
            kept["sources"],
            kept["parts"],
            kept["splits"],
            kept["files"],
        )


def marked_films(
    run: FractureRun, films: LimbFilms, mask: NDArray[np.bool_], rule: BoxRule
) -> list[MarkedFilm]:
    """Return marks and boxes of films, in pixels of the square.

    A film with a fracture but without a box is left out: what it would count
    as found is not known.
    """
    grid = run.maps.shape[1:]
    placement = Placement(SIDE, SIDE, (0, 0, SIDE, SIDE), (grid[0], grid[1]))
    spec = rule.spec(maximum=20)
    found = []
    for index in np.flatnonzero(mask & run.usable):
        truth = films.boxes[index]
        if run.fracture[index] and not len(truth):
            continue
        marks = find_boxes(run.maps[index], spec, placement)
        found.append(
            MarkedFilm(
                str(run.sources[index]),
                "",
                tuple(
                    (Box(m.row, m.column, m.rows, m.columns), m.probability)
                    for m in marks
                ),
                tuple(
                    Box(float(a), float(b), float(c - a), float(d - b))
                    for a, b, c, d in truth
                ),
            )
        )
    return found


def box_rule(run: FractureRun, films: LimbFilms) -> BoxRule:
    """Return the rule that finds most on validation films.

    Among those at which the marks cost at most `FALSE_MARKS` a film.
    """
    mask = (run.splits == "val") & (run.sources == UPPER)
    best, chosen = -1.0, BoxRule(0.9, 0.0)
    for share in (0.0, 0.4, 0.5, 0.6, 0.7):
        for threshold in np.arange(0.1, 0.95, 0.05):
            rule = BoxRule(round(float(threshold), 3), share)
            false, found = froc_curve(marked_films(run, films, mask, rule))
            if false[-1] <= FALSE_MARKS and found[-1] > best:
                best, chosen = float(found[-1]), rule
    return chosen


def froc_on_test(run: FractureRun, films: LimbFilms, rule: BoxRule) -> dict[str, Any]:
    """Return the FROC on the test films of the upper-limb source, normals included."""
    mask = (run.splits == "test") & (run.sources == UPPER)
    return evaluate_marks(marked_films(run, films, mask, rule))
