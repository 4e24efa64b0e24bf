"""Make the chest model's folder: weights, ensemble, gate, manifest, card.

    python -m learning.publish --data DIR --features FILE --gate FILE --output DIR

`--features` is the output of ``python -m learning.chest_features``, `--gate` the
input gate's weights. Every figure of the card is computed here and written to
``measured.json`` beside it, but for the table of what was tried, which was made once
while choosing.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jinja2 import Environment, StrictUndefined
from rich.console import Console
from safetensors.torch import save_file

import resources
from inference.model_card import EnsembleSpec, GateSpec, ModelCard
from inference.model_facts import ModelFacts
from inference.model_outputs import FindingSpec
from learning import chest_card, chest_controls, chest_facts
from learning.chest_features import INPUT
from learning.chest_measures import measure_label
from learning.chest_model import ALWAYS, ChestModel, fit
from learning.chest_pixels import (
    aurocs_in_use,
    half_shift,
    heatmap_references,
    odd_features,
)
from learning.films import LABELS, FilmSet
from learning.gate_weights import read_weights
from learning.head_ensemble import MEMBERS, keep, spread_of
from learning.labelled_folder import LabelledFilm, LabelledFolder, read_labelled_folder
from learning.manifest_file import file_sha256, write_manifest
from learning.network_files import (
    HALF_LIMIT,
    read_network,
    write_ensemble,
    write_network,
)
from studies.errors import OverreadError
from studies.model import Float32Array

VERSION = "1.0.0"
COMMAND = "python -m learning.publish"
WEIGHTS, ENSEMBLE, GATE = (
    "weights.safetensors",
    "ensemble.safetensors",
    "gate.safetensors",
)
sha256 = file_sha256


def publish(
    data: Path, feature_file: Path, gate_file: Path, output: Path, console: Console
) -> None:
    """Write the model's folder.

    Raises
    ------
    OverreadError
        If the features or the gate's weights are missing or of other films.
    """
    model = fit(feature_file, console)
    console.print(f"labels: {', '.join(model.labels)}", markup=False)
    specs = tuple(measure_label(model.evidence, name, 1.0) for name in model.labels)
    path = output / WEIGHTS
    with read_labelled_folder(data) as folder:
        gate = read_weights(gate_file)
        items = same_films(folder, model.films)
        tests = [items[i] for i in np.flatnonzero(model.films.splits == "test")]
        shift = half_shift(model.shipped, path, folder, tests, gate, specs)
        network = read_network(path, len(specs))
        with_films = folder, items, model.films, model.labels, gate
        scales = heatmap_references(network, *with_films)
        in_use = aurocs_in_use(network, *with_films)
        odd = odd_features(folder, gate)
    if shift <= HALF_LIMIT:
        write_network(model.shipped, path, half=True)
    specs = tuple(
        replace(spec, heatmap_reference=scale)
        for spec, scale in zip(specs, scales, strict=True)
    )
    members = [keep(member, model.labels) for member in model.members]
    write_ensemble(members, output / ENSEMBLE)
    distance, distance_facts = write_gate(model.films, model.features, odd, output)
    card = to_card(model, specs, items, distance, output)
    write_manifest(card, COMMAND)
    result = {
        **to_measured(model, specs),
        "half_precision_shift": shift,
        "stored": "half" if shift <= HALF_LIMIT else "single",
        "gate": distance_facts,
        "nih_test_in_use": in_use,
    }
    write_texts("chest-findings-card.md.j2", card, result)
    console.print(f"written to {output}", markup=False)


def to_card(
    model: ChestModel,
    specs: tuple[FindingSpec, ...],
    items: list[LabelledFilm],
    gate: GateSpec,
    output: Path,
) -> ModelCard:
    """Put the manifest together; the files that it names are there."""
    return ModelCard(
        folder=output,
        model_id="chest-findings",
        version=VERSION,
        sha256=file_sha256(output / WEIGHTS),
        input=INPUT,
        findings=specs,
        gate=gate,
        ensemble=EnsembleSpec(ENSEMBLE, file_sha256(output / ENSEMBLE)),
        facts=ModelFacts(
            intended_use=chest_card.INTENDED_USE,
            do_not_use=chest_card.DO_NOT_USE,
            label_origin=chest_card.LABEL_ORIGIN,
            missing=chest_card.MISSING,
            training_sources=chest_facts.training_sources(model.films, items),
            subgroups=chest_controls.subgroups(model.evidence.seen, items, ALWAYS),
            controls=chest_controls.controls(
                model.films,
                model.heads,
                (model.features, model.painted, model.marked),
                list(model.bases.values()),
                model.labels,
            ),
            known_failures=chest_facts.known_failures(specs),
            commands=chest_card.COMMANDS,
        ),
        **chest_card.SAME,
    )


def to_measured(model: ChestModel, specs: tuple[FindingSpec, ...]) -> dict[str, Any]:
    """Return what ``measured.json`` holds beside the manifest's figures."""
    spread = spread_of(model.members, model.features)
    return {
        "version": VERSION,
        "films": chest_facts.film_counts(model.films),
        "components": {
            str(count): int(np.linalg.matrix_rank(basis.directions))
            for count, basis in model.bases.items()
        },
        "members": MEMBERS,
        "findings": {
            spec.key: chest_facts.finding_facts(
                model.evidence, spec, spread[:, LABELS.index(spec.key)]
            )
            for spec in specs
        },
    }


def same_films(folder: LabelledFolder, films: FilmSet) -> list[LabelledFilm]:
    """Return the folder's rows of the films that features were computed of."""
    by_name = {item.file: item for item in folder.items}
    missing = [file for file in films.files.tolist() if file not in by_name]
    if missing:
        raise OverreadError(
            f"the features are of other films: {missing[0]} is not in labels.csv; run"
            " python -m learning.chest_features again"
        )
    return [by_name[file] for file in films.files.tolist()]


def write_gate(
    films: FilmSet, features: Float32Array, odd: Float32Array, output: Path
) -> tuple[GateSpec, dict[str, Any]]:
    """Write the distance from the training films; return it and its figures."""
    gate, facts = chest_controls.gate_facts(films, features, odd)
    path = output / GATE
    arrays = {"mean": gate.mean, "precision_root": gate.precision_root}
    save_file(
        {n: torch.from_numpy(np.ascontiguousarray(v)) for n, v in arrays.items()}, path
    )
    path.chmod(0o644)
    return GateSpec(GATE, file_sha256(path), gate.scale), facts


def write_texts(template: str, card: ModelCard, result: dict[str, Any]) -> None:
    """Write ``measured.json`` and ``card.md`` into the card's folder."""
    text = json.dumps(result, indent=1) + "\n"
    (card.folder / "measured.json").write_text(text, encoding="utf-8")
    filled = render(template, {"card": card, "measured": result})
    (card.folder / "card.md").write_text(filled, encoding="utf-8")


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
