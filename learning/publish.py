"""Make the chest model's folder: weights, ensemble, gate, manifest, card.

    python -m learning.publish --data DIR --features FILE --gate FILE --output DIR

`--features` is the output of ``python -m learning.chest_features``, `--gate` the
input gate's weights. Every figure of the card is computed here and written to
``measured.json`` beside it.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jinja2 import Environment, StrictUndefined
from rich.console import Console
from safetensors.torch import save_file

import resources
from inference.gate_network import GateNetwork
from inference.model_card import EnsembleSpec, GateSpec, ModelCard
from inference.model_facts import ModelFacts
from inference.model_outputs import FindingSpec
from inference.preprocess import prepare
from learning import chest_card, chest_controls, chest_facts, measures
from learning.chest_features import INPUT, lung_box, read_features, run
from learning.chest_measures import Evidence, measure_label, probabilities
from learning.films import LABELS, FilmSet
from learning.gate_weights import read_weights
from learning.head_ensemble import MEMBERS, fit_members, keep, mean_heads, spread_of
from learning.heads import Float64Array, fit_basis
from learning.labelled_folder import LabelledFilm, LabelledFolder, read_labelled_folder
from learning.leave_one_out import predict_unseen
from learning.manifest_file import file_sha256, write_manifest
from learning.network import build_network
from learning.network_files import (
    HALF_LIMIT,
    read_network,
    run_network,
    write_ensemble,
    write_network,
)
from learning.runs import predictions, training_mask
from studies.errors import OverreadError
from studies.model import Float32Array

VERSION = "1.0.0"
COMMAND = "python -m learning.publish"
ALWAYS = ("covid", "pneumonia", "tuberculosis", "normal")
PEAK_FILMS = 40
sha256 = file_sha256


def shipped_labels(evidence: Evidence) -> tuple[str, ...]:
    """Return the labels whose figure beats its own uncertainty.

    Those of `ALWAYS`, and of the others each whose AUROC within a source, on
    films of patients that were not trained on, has its interval above one half.
    """
    rest = evidence.seen.where(evidence.seen.splits != "train")
    kept = []
    for label in LABELS:
        own = measures.within_sources(rest, label)
        if label in ALWAYS or any(one.low > 0.5 for one in own.values()):
            kept.append(label)
    return tuple(kept)


def in_use(
    folder: LabelledFolder, items: list[LabelledFilm], gate: GateNetwork
) -> Float32Array:
    """Prepare films as in use, (n, rows, columns), by the gate's own lung boxes."""
    shown = (_display(folder, item) for item in items)
    return np.stack([prepare(film, INPUT, lung_box(gate, film))[0] for film in shown])


def _display(folder: LabelledFolder, item: LabelledFilm) -> Float32Array:
    return folder.read_gray(item).astype(np.float32) / 255.0


def run_all(inputs: Float32Array, batch: int = 32) -> Float32Array:
    """Return the features, (n, 1280), of prepared films."""
    network = build_network(1).to(memory_format=torch.channels_last).eval()
    parts = [
        run(network, list(inputs[start : start + batch]))
        for start in range(0, len(inputs), batch)
    ]
    return np.concatenate(parts)


def odd_features(folder: LabelledFolder, gate: GateNetwork) -> Float32Array:
    """Return the features of the folder's pictures that are no frontal film."""
    items = [i for i in folder.items if i.extra.get("kind", "cxr") != "cxr"]
    return run_all(in_use(folder, items, gate))


def references(peaks: Float32Array, positives: Any) -> list[float]:
    """Return the contribution that a heatmap draws as 1.0, for each label.

    The 95 % quantile of the peaks, (n, labels), among films with the label.
    """
    return [
        round(float(np.quantile(peaks[positives[:, i], i], 0.95)), 4)
        for i in range(peaks.shape[1])
    ]


def publish(
    data: Path, feature_file: Path, gate_file: Path, output: Path, console: Console
) -> None:
    """Write the model's folder.

    Raises
    ------
    OverreadError
        If the features or the gate's weights are missing or of other films.
    """
    films, found = read_features(feature_file)
    kept = np.flatnonzero(films.splits == "test")
    with read_labelled_folder(data) as folder:
        items = _same_films(folder, films)
        gate_network = read_weights(gate_file)
        odd = odd_features(folder, gate_network)
        console.print("running the test films as in use")
        inputs = in_use(folder, [items[i] for i in kept], gate_network)
    features = found["features"].copy()
    features[kept] = run_all(inputs)
    mask = training_mask(films)
    basis = fit_basis(features[mask], films.where(mask))
    members = fit_members(films.where(mask), features[mask], basis)
    heads = mean_heads(members)
    units = predict_unseen(films, features, console)
    sources = set(films.sources.tolist())
    evidence = Evidence(
        films,
        predictions(films, heads.logits(features)),
        {name: part for name, part in units.items() if name in sources},
        {name: part for name, part in units.items() if name not in sources},
    )
    labels = shipped_labels(evidence)
    console.print(f"labels: {', '.join(labels)}", markup=False)
    own = keep(heads, labels)
    weights = output / "weights.safetensors"
    write_network(own, weights, half=True)
    rounded = run_network(read_network(weights, len(labels)), inputs)[0]
    chosen = _peak_films(films, labels)
    with read_labelled_folder(data) as folder:
        some = in_use(folder, [items[i] for i in chosen], gate_network)
    write_network(own, weights, half=False)
    peaks = run_network(read_network(weights, len(labels)), some)[1]
    columns = [LABELS.index(label) for label in labels]
    scales = references(peaks, films.labels[chosen][:, columns] == 1)
    specs = tuple(
        measure_label(evidence, label, scale)
        for label, scale in zip(labels, scales, strict=True)
    )
    shift = precision_shift(own.logits(features[kept]), rounded, specs)
    if shift <= HALF_LIMIT:
        write_network(own, weights, half=True)
    write_ensemble([keep(m, labels) for m in members], output / "ensemble.safetensors")
    gate, gate_measured = chest_controls.gate_facts(films, features, odd)
    _write_gate(gate, output / "gate.safetensors")
    full, painted, marked = (
        chest_controls.test_aurocs(films, heads, found[name], labels)
        for name in ("features", "painted", "marked")
    )
    controls = [
        *chest_controls.painted_controls(full, painted),
        *chest_controls.source_controls(films, features, basis),
        chest_controls.marker_control(full, marked),
    ]
    facts = ModelFacts(
        intended_use=chest_card.INTENDED_USE,
        do_not_use=chest_card.DO_NOT_USE,
        label_origin=chest_card.LABEL_ORIGIN,
        missing=chest_card.MISSING,
        training_sources=chest_facts.training_sources(films, items),
        subgroups=chest_controls.subgroups(evidence.seen, items, ALWAYS),
        controls=tuple(controls),
        known_failures=chest_facts.known_failures(specs),
        commands=chest_card.COMMANDS,
    )
    card = ModelCard(
        folder=output,
        model_id="chest-findings",
        version=VERSION,
        sha256=file_sha256(weights),
        input=INPUT,
        findings=specs,
        gate=GateSpec(
            "gate.safetensors",
            file_sha256(output / "gate.safetensors"),
            gate.scale,
        ),
        ensemble=EnsembleSpec(
            "ensemble.safetensors", file_sha256(output / "ensemble.safetensors")
        ),
        facts=facts,
        **chest_card.SAME,
    )
    write_manifest(card, COMMAND)
    spread = spread_of(members, features)
    result = {
        "version": VERSION,
        "sha256": card.sha256,
        "films": chest_facts.film_counts(films),
        "components": int(np.linalg.matrix_rank(basis.directions)),
        "members": MEMBERS,
        "findings": {
            spec.key: chest_facts.finding_facts(
                evidence, spec, spread[:, LABELS.index(spec.key)]
            )
            for spec in specs
        },
        "half_precision_shift": shift,
        "stored": "half" if shift <= HALF_LIMIT else "single",
        "gate": gate_measured,
    }
    text = json.dumps(result, indent=1) + "\n"
    (output / "measured.json").write_text(text, encoding="utf-8")
    context = {"card": card, "measured": result}
    (output / "card.md").write_text(
        render("chest-findings-card.md.j2", context), encoding="utf-8"
    )
    console.print(f"written to {output}", markup=False)


def _same_films(folder: LabelledFolder, films: FilmSet) -> list[LabelledFilm]:
    by_name = {item.file: item for item in folder.items}
    missing = [file for file in films.files.tolist() if file not in by_name]
    if missing:
        raise OverreadError(
            f"the features are of other films: {missing[0]} is not in labels.csv; run"
            " python -m learning.chest_features again"
        )
    return [by_name[file] for file in films.files.tolist()]


def _peak_films(films: FilmSet, labels: tuple[str, ...]) -> Any:
    """Choose validation films with each label, at most `PEAK_FILMS` of each."""
    chosen: set[int] = set()
    for label in labels:
        there = (films.label(label) == 1) & (films.splits == "val")
        chosen |= set(np.flatnonzero(there)[:PEAK_FILMS].tolist())
    return np.array(sorted(chosen))


def precision_shift(
    exact: Float64Array, rounded: Float32Array, specs: tuple[FindingSpec, ...]
) -> float:
    """Return the greatest change of a probability, from two sets of logits."""
    return max(
        float(
            np.abs(
                probabilities(exact[:, i], spec.calibration)
                - probabilities(rounded[:, i], spec.calibration)
            ).max()
        )
        for i, spec in enumerate(specs)
    )


def _write_gate(gate: measures.Gate, path: Path) -> None:
    arrays = {"mean": gate.mean, "precision_root": gate.precision_root}
    save_file(
        {n: torch.from_numpy(np.ascontiguousarray(v)) for n, v in arrays.items()}, path
    )
    path.chmod(0o644)


def render(template: str, context: dict[str, Any]) -> str:
    """Fill a template of ``resources/templates``."""
    environment = Environment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["toml"] = json.dumps
    environment.filters["auc"] = _auc
    source = resources.path(f"templates/{template}").read_text(encoding="utf-8")
    return environment.from_string(source).render(context) + "\n"


def _auc(measured: Any) -> str:
    if measured is None:
        return "not measurable"
    one = measured if isinstance(measured, dict) else asdict(measured)
    return f"{one['value']:.2f} ({one['low']:.2f} to {one['high']:.2f})"


def main(arguments: list[str] | None = None) -> int:
    """Publish as the command line says; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m learning.publish", description=__doc__
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--gate", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    console = Console(stderr=True)
    try:
        publish(options.data, options.features, options.gate, options.output, console)
    except OverreadError as error:
        console.print(str(error), markup=False)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
