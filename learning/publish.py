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
from inference.model_facts import KnownFailure, ModelFacts, TrainingSource
from inference.model_outputs import FindingSpec
from inference.preprocess import prepare
from learning import chest_card, chest_controls, measures
from learning.chest_features import INPUT, lung_box, read_features, run
from learning.chest_measures import (
    Evidence,
    coverage_across_sources,
    held_films,
    interval_coverage,
    measure_label,
    probabilities,
)
from learning.evaluation import evaluate_finding
from learning.films import LABELS, FilmSet
from learning.gate_weights import read_weights
from learning.heads import Basis, Float64Array, Heads, draw_times, fit_basis, fit_heads
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
MEMBERS = 5
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


def keep(heads: Heads, labels: tuple[str, ...]) -> Heads:
    """Return the heads of some labels."""
    rows = [LABELS.index(label) for label in labels]
    return Heads(heads.weight[rows], heads.bias[rows])


def fit_members(
    films: FilmSet, features: Float32Array, basis: Basis, seed: int = 0
) -> list[Heads]:
    """Fit heads to draws of sites and patients, `MEMBERS` of them.

    A draw that leaves a label without films of both classes is drawn again.
    """
    rng = np.random.default_rng(seed)
    members: list[Heads] = []
    while len(members) < MEMBERS:
        times = draw_times(films, rng)
        heads = fit_heads(features, films, films.labels, basis, times)
        if np.isfinite(heads.bias).all():
            members.append(heads)
    return members


def mean_heads(members: list[Heads]) -> Heads:
    """Return the heads whose logits are the members' mean."""
    return Heads(
        np.mean([member.weight for member in members], axis=0),
        np.mean([member.bias for member in members], axis=0),
    )


def spread_of(members: list[Heads], features: Float32Array) -> Float64Array:
    """Return the standard deviation of the members' logits, (n, labels)."""
    logits = np.stack([member.logits(features) for member in members])
    spread: Float64Array = logits.std(axis=0, ddof=1)
    return spread


def prepared(
    folder: LabelledFolder, items: list[LabelledFilm], boxes: Float32Array
) -> Float32Array:
    """Prepare films as in use, (n, rows, columns)."""
    return np.stack(
        [
            prepare(_display(folder, item), INPUT, tuple(float(v) for v in box))[0]
            for item, box in zip(items, boxes, strict=True)
        ]
    )


def _display(folder: LabelledFolder, item: LabelledFilm) -> Float32Array:
    return folder.read_gray(item).astype(np.float32) / 255.0


def odd_features(folder: LabelledFolder, gate: GateNetwork) -> Float32Array:
    """Return the features of the folder's pictures that are no frontal film."""
    network = build_network(1).to(memory_format=torch.channels_last).eval()
    shown = [
        _display(folder, item)
        for item in folder.items
        if item.extra.get("kind", "cxr") != "cxr"
    ]
    cut = [prepare(film, INPUT, lung_box(gate, film))[0] for film in shown]
    parts = [run(network, cut[s : s + 32]) for s in range(0, len(cut), 32)]
    return np.concatenate(parts)


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
    features = found["features"]
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
    with read_labelled_folder(data) as folder:
        items = _same_films(folder, films)
        odd = odd_features(folder, read_weights(gate_file))
        chosen = _peak_films(films, labels)
        write_network(own, weights, half=True)
        kept = np.flatnonzero(films.splits == "test")
        inputs = prepared(folder, [items[i] for i in kept], found["boxes"][kept])
        rounded = run_network(read_network(weights, len(labels)), inputs)[0]
        some = prepared(folder, [items[i] for i in chosen], found["boxes"][chosen])
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
        training_sources=training_sources(films, items),
        subgroups=chest_controls.subgroups(evidence.seen, items, ALWAYS),
        controls=tuple(controls),
        known_failures=known_failures(specs),
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
        "films": _counts(films),
        "components": int(np.linalg.matrix_rank(basis.directions)),
        "members": MEMBERS,
        "findings": {
            spec.key: _facts(evidence, spec, spread[:, LABELS.index(spec.key)])
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


def training_sources(
    films: FilmSet, items: list[LabelledFilm]
) -> tuple[TrainingSource, ...]:
    """Count the training films of each source, with terms and attribution."""
    result = []
    for source in np.unique(films.sources):
        rows = np.flatnonzero((films.sources == source) & (films.splits == "train"))
        terms = sorted({items[i].extra.get("licence", "") for i in rows} - {""})
        result.append(
            TrainingSource(
                name=str(source),
                films=len(rows),
                licence=terms[0] if len(terms) == 1 else "stated film by film",
                attribution=chest_card.ATTRIBUTIONS.get(str(source), ""),
            )
        )
    return tuple(result)


def known_failures(specs: tuple[FindingSpec, ...]) -> tuple[KnownFailure, ...]:
    """Name the worst false alarms on films of a source that was never seen."""
    found = []
    for spec in specs:
        if not spec.can_be_flagged:
            continue
        for figure in spec.unseen_sources:
            if figure.specificity is not None and figure.without >= MINIMUM_CASES:
                share = 1.0 - figure.specificity.value
                found.append((share, spec.name, figure))
    found.sort(key=lambda one: -one[0])
    return tuple(
        KnownFailure(
            title=f"{name} flagged without it, source {figure.source}",
            share=share,
            cases=figure.without,
            detail="Films of a source that the heads had never seen.",
        )
        for share, name, figure in found[:3]
    )


MINIMUM_CASES = 50


def _counts(films: FilmSet) -> dict[str, dict[str, int]]:
    return {
        str(source): {
            split: int(((films.sources == source) & (films.splits == split)).sum())
            for split in ("train", "val", "test")
        }
        for source in np.unique(films.sources)
    }


def _facts(evidence: Evidence, spec: FindingSpec, spread: Float64Array) -> Any:
    test = evidence.seen.where(evidence.seen.splits == "test").known(spec.key)[0]
    column = LABELS.index(spec.key)
    rest = evidence.seen.where(evidence.seen.splits != "train")
    within = measures.within_sources(test, spec.key)
    return {
        "test": evaluate_finding(
            test.labels[:, column],
            probabilities(test.logits[:, column], spec.calibration),
            test.patients.tolist(),
            spec.threshold,
        ),
        "test_within": {name: asdict(one) for name, one in within.items()},
        "unused_within": {
            name: asdict(one)
            for name, one in measures.within_sources(rest, spec.key).items()
        },
        "held_films": held_films(evidence, spec.key)[1],
        "sets": coverage_across_sources(evidence, spec.key, spec.calibration),
        "intervals": interval_coverage(evidence, spec.key, spec.calibration, spread),
    }


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
