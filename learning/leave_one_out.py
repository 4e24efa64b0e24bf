"""Measure heads on sources, and on websites, that they never saw.

    python -m learning.leave_one_out --features FILE --output JSON

`--features` is the output of ``python -m learning.chest_features``. Each unit is
left out in turn, with the other sources of its hospital, and the basis fitted anew.
The input gate, which cut the films, is the same for all and has seen every source.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from inference.model_facts import Measured
from learning import measures
from learning.chest_features import read_features
from learning.chest_measures import FEWEST
from learning.films import LABELS, FilmSet
from learning.runs import HOSPITALS, Predictions, predictions, train
from studies.errors import OverreadError
from studies.model import Float32Array

PAIR = ("bimcv_covid", "rsna_normal")
"""Two sources of one class each that one database made alike (square, 299 px):
held out together they are films of both classes that no source tells apart by
its processing. They are of two hospitals all the same."""


def held_out(films: FilmSet) -> dict[str, NDArray[np.bool_]]:
    """Return what is left out in turn: sources, the pair, websites; masks (n,)."""
    units = {str(s): films.sources == s for s in np.unique(films.sources)}
    pair = np.isin(films.sources, PAIR)
    if len(np.unique(films.sources[pair])) == len(PAIR):
        units["+".join(PAIR)] = pair
    for site in np.setdiff1d(films.sites, films.sources):
        inside = films.sites == site
        if any(_has_both(column[inside]) for column in films.labels.T):
            units[f"website {site}"] = inside
    return units


def _has_both(labels: Float32Array) -> bool:
    return min(int((labels == 1).sum()), int((labels == 0).sum())) >= FEWEST


def predict_unseen(
    films: FilmSet, features: Float32Array, console: Console
) -> dict[str, Predictions]:
    """Predict each unit's films by heads that never saw it."""
    result = {}
    for name, held in track(
        held_out(films).items(), "leaving out in turn", console=console
    ):
        logits = train(films, features, held).logits(features[held])
        result[name] = predictions(films.where(held), logits)
    return result


def predict_beside(films: FilmSet, features: Float32Array) -> dict[str, Predictions]:
    """Predict each source of `HOSPITALS` by heads that saw its hospital's others.

    Without both there are hardly any films without COVID-19 or pneumonia to learn
    from, unlike the heads in use, which these stand for in the calibration.
    """
    result = {}
    for name in sorted(set(films.sources.tolist()) & set(HOSPITALS)):
        held = films.sources == name
        logits = train(films, features, held, hospital=False).logits(features[held])
        result[name] = predictions(films.where(held), logits)
    return result


def auroc_of(part: Predictions, label: str) -> Measured | None:
    """Return the AUROC of one label, None without both classes."""
    known, column = part.known(label)
    return measures.auroc(
        known.labels[:, column], known.logits[:, column], known.patients.tolist()
    )


def table(unseen: dict[str, Predictions]) -> dict[str, dict[str, Any]]:
    """Return, by label and unit, the films of each class and the AUROC."""
    result: dict[str, dict[str, Any]] = {}
    for label in LABELS:
        rows = {}
        for name, part in unseen.items():
            known, column = part.known(label)
            with_finding = int(known.labels[:, column].sum())
            measured = auroc_of(part, label)
            if len(known.labels):
                rows[name] = {
                    "with": with_finding,
                    "without": len(known.labels) - with_finding,
                    "auroc": None if measured is None else asdict(measured),
                }
        result[label] = rows
    return result


def main(arguments: list[str] | None = None) -> int:
    """Measure as the command line says; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m learning.leave_one_out", description=__doc__
    )
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    console = Console(stderr=True)
    try:
        films, found = read_features(options.features)
    except OverreadError as error:
        console.print(str(error), markup=False)
        return 1
    result = table(predict_unseen(films, found["features"], console))
    options.output.write_text(json.dumps(result, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
