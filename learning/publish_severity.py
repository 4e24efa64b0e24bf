"""Make the severity model's folder: weights, gate, manifest, card.

    python -m learning.publish_severity --data DIR --features FILE --output DIR

`--features` is the output of ``python -m learning.chest_features``.
Errors and bands are by patient-level cross-validation outside the ``test`` split; the
regression that is shipped is fitted to all scored films there, and measured once on
the films of the ``test`` split.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from inference.model_card import Code, GateSpec, ModelCard
from inference.model_facts import Measured, ModelFacts, TrainingSource
from inference.model_outputs import SeveritySpec
from learning import chest_card, measures
from learning.bootstrap import mean_interval
from learning.chest_features import INPUT, read_features
from learning.conformal import COVERAGE, residual_band
from learning.evaluation import proportion_interval
from learning.films import SEVERITIES, FilmSet
from learning.heads import Basis, Float64Array, Heads
from learning.labelled_folder import LabelledFilm, read_labelled_folder
from learning.manifest_file import file_sha256, write_manifest
from learning.network_files import write_network
from learning.publish import same_films, write_gate, write_texts
from learning.severity import (
    SCALES,
    OutOfFold,
    band_coverage,
    cross_validate,
    fit_ridge,
    severity_basis,
)
from learning.severity_measures import correlation_interval
from studies.errors import OverreadError
from studies.model import Float32Array

VERSION = "1.0.0"
COMMAND = "python -m learning.publish_severity"
COMMANDS = (
    chest_card.COMMANDS[0],
    f"{COMMAND} --data DATA/cxr --features FEATURES.npz"
    " --output resources/models/covid-severity",
    "overread evaluate --model covid-severity --data DATA/cxr --split test"
    " --output REPORT",
)
NAMES = {
    "severity_extent": ("Geographic extent", "EXTENT", "severity_extent"),
    "severity_opacity": ("Degree of opacity", "OPACITY", "severity_opacity"),
    "brixia": ("Brixia score", "BRIXIA", "brixia_senior"),
}
NOTE = "Severity on this film, not a prognosis."
OUTCOMES = {
    "went_icu": ("intensive care", "1"),
    "intubated": ("intubated", "1"),
    "survival": ("died", "0"),
}
"""Columns of labels.csv, in words, and the cell that says yes."""


def fit_shipped(inputs: Float64Array, films: FilmSet, basis: Basis) -> Heads:
    """Fit the regressions to the scored films outside the test split."""
    weights, biases = [], []
    for name in SEVERITIES:
        truth = films.severity(name).astype(np.float64)
        rows = ~np.isnan(truth) & (films.splits != "test")
        weight, bias = fit_ridge(inputs[rows], truth[rows])
        whole = basis.directions @ weight
        weights.append(whole)
        biases.append(bias - float(basis.mean @ whole))
    return Heads(np.array(weights), np.array(biases))


def measure(found: OutOfFold) -> dict[str, Any]:
    """Return the errors and the coverage of out-of-fold values."""
    patients = found.patients.tolist()
    inside = band_coverage(found, COVERAGE)
    return {
        "films": len(found.truth),
        "patients": len(set(patients)),
        "error": mean_interval(found.errors(), patients),
        "baseline": mean_interval(found.baseline_errors(), patients),
        "correlation": correlation_interval(found.truth, found.values, patients),
        "coverage": proportion_interval(inside, np.ones(len(inside), bool), patients),
    }


def measure_test(
    values: Float64Array, films: FilmSet, name: str, spec: SeveritySpec
) -> dict[str, Any] | None:
    """Return error and coverage of the shipped regression on the test split.

    Parameters
    ----------
    values : (n,)
        Of all films, by the shipped regression.

    Returns
    -------
    None if no test film has a score.
    """
    truth = films.severity(name).astype(np.float64)
    rows = ~np.isnan(truth) & (films.splits == "test")
    if not rows.any():
        return None
    found = np.clip(values[rows], 0.0, SCALES[name])
    patients = films.patients[rows].tolist()
    inside = (found - spec.below <= truth[rows]) & (truth[rows] <= found + spec.above)
    return {
        "films": int(rows.sum()),
        "patients": len(set(patients)),
        "error": mean_interval(np.abs(found - truth[rows]), patients),
        "coverage": proportion_interval(inside, np.ones(len(inside), bool), patients),
    }


def to_spec(name: str, found: OutOfFold, facts: dict[str, Any]) -> SeveritySpec:
    """Return the severity's part of the manifest."""
    below, above = residual_band(found.truth, found.values, COVERAGE)
    title, value, column = NAMES[name]
    return SeveritySpec(
        key=name,
        name=title,
        column=column,
        code=Code("99OVERREAD", value, title),
        minimum=0.0,
        maximum=SCALES[name],
        below=below,
        above=above,
        coverage=COVERAGE,
        films=facts["films"],
        mean_absolute_error=Measured(*facts["error"]),
        baseline_error=Measured(*facts["baseline"]),
        note=NOTE,
    )


def out_of_patient(
    inputs: Float64Array, films: FilmSet, name: str, rows: NDArray[np.intp]
) -> Float64Array:
    """Return the values of films, each by a regression without its patient."""
    truth = films.severity(name).astype(np.float64)
    scored = ~np.isnan(truth)
    values = np.zeros(len(rows))
    for patient in np.unique(films.patients[rows]):
        known = scored & (films.patients != patient)
        weight, bias = fit_ridge(inputs[known], truth[known])
        own = films.patients[rows] == patient
        values[own] = inputs[rows[own]] @ weight + bias
    return np.clip(values, 0.0, SCALES[name])


def outcome_facts(
    inputs: Float64Array, films: FilmSet, items: list[LabelledFilm]
) -> list[dict[str, Any]]:
    """Measure how the severities part films by the patient's outcome."""
    rows = []
    for column, (words, yes) in OUTCOMES.items():
        cells = np.array([item.cell(column) for item in items])
        known = np.flatnonzero((cells == "1") | (cells == "0"))
        truth = (cells[known] == yes).astype(np.int64)
        for name in SEVERITIES:
            values = out_of_patient(inputs, films, name, known)
            patients = films.patients[known].tolist()
            measured = measures.auroc(truth, values, patients)
            rows.append(
                {
                    "outcome": words,
                    "severity": NAMES[name][0],
                    "with": int(truth.sum()),
                    "without": int(len(truth) - truth.sum()),
                    "patients": len(set(patients)),
                    "auroc": None if measured is None else asdict(measured),
                }
            )
    return rows


def copy_gate(films: FilmSet, features: Float32Array, output: Path) -> GateSpec:
    """Write the distance from the training films, of all sources."""
    none = np.zeros((0, features.shape[1]), np.float32)
    return write_gate(films, features, none, output)[0]


def publish(data: Path, feature_file: Path, output: Path, console: Console) -> None:
    """Write the model's folder.

    Raises
    ------
    OverreadError
        If the features are missing or of other films.
    """
    films, stored = read_features(feature_file)
    features = stored["features"]
    basis = severity_basis(features, films)
    inputs = basis.seen(features)
    found = {name: cross_validate(inputs, films, name) for name in SEVERITIES}
    facts = {name: measure(one) for name, one in found.items()}
    with read_labelled_folder(data) as folder:
        items = same_films(folder, films)
    weights = output / "weights.safetensors"
    shipped = fit_shipped(inputs, films, basis)
    write_network(shipped, weights, half=False)
    specs = tuple(to_spec(n, found[n], facts[n]) for n in SEVERITIES)
    values = shipped.logits(features)
    for column, spec in enumerate(specs):
        once = measure_test(values[:, column], films, spec.key, spec)
        facts[spec.key]["test"] = once
    gate = copy_gate(films, features, output)
    outcomes = outcome_facts(inputs, films, items)
    scored = ~np.isnan(films.severities).all(axis=1)
    card = ModelCard(
        folder=output,
        model_id="covid-severity",
        version=VERSION,
        sha256=file_sha256(weights),
        input=INPUT,
        task="severity",
        severities=specs,
        gate=gate,
        facts=ModelFacts(
            intended_use="To show how extensive and how dense the opacities of a known"
            " COVID-19 pneumonia look on frontal films of adults, and how they change"
            " from film to film. Research use only.",
            do_not_use="Not as a prognosis; not to find COVID-19; not on children,"
            " lateral films, CT or other anatomy.",
            label_origin="Extent and opacity: mean of three experts (Cohen et al."
            " 2020). Brixia: mean of two radiologists (Signoroni et al. 2021).",
            missing="Films of another collection: all scored films come from one."
            " Films without COVID-19.",
            training_sources=(
                TrainingSource(
                    "cohen",
                    int((scored & (films.splits != "test")).sum()),
                    "stated film by film; severity scores CC BY-SA, Brixia scores"
                    " CC BY-NC-SA 4.0",
                    "Cohen et al. 2020; Signoroni et al. 2021",
                ),
            ),
            commands=COMMANDS,
        ),
        **{**chest_card.SAME, **_WORDS},
    )
    write_manifest(card, COMMAND)
    result = {"version": VERSION, "severities": facts, "outcomes": outcomes}
    write_texts("covid-severity-card.md.j2", card, result)
    console.print(f"written to {output}", markup=False)


_WORDS = {
    "name": "COVID-19 severity",
    "summary": "Geographic extent, degree of opacity and Brixia score of a COVID-19"
    " pneumonia on frontal chest radiographs of adults. Research use only.",
}


def main(arguments: list[str] | None = None) -> int:
    """Publish as the command line says; return the exit code."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    console = Console(stderr=True)
    try:
        publish(options.data, options.features, options.output, console)
    except OverreadError as error:
        console.print(str(error), markup=False)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
