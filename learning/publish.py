"""Make the model's folder from finished runs: weights, manifest, card.

    python -m learning.publish --data DIR --runs DIR --output DIR

`--runs` is the output of ``python -m learning.leave_one_out``. Every figure of
the card is computed here and written to ``measured.json`` beside it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jinja2 import Environment, StrictUndefined
from numpy.typing import NDArray
from rich.console import Console
from safetensors.numpy import save_file as save_arrays
from safetensors.torch import load_file, save_file

import resources
from inference.findings import calibrate
from inference.model_card import Calibration, FindingSpec, Measured
from inference.preprocess import prepare
from learning import measures
from learning.calibration import fit_platt, youden_threshold
from learning.evaluation import evaluate_finding
from learning.films import LABELS, FilmSet, load_films
from learning.labelled_folder import read_labelled_folder
from learning.leave_one_out import ALL
from learning.network import ARCHITECTURE, build_network
from learning.outputs import OUTPUTS
from learning.runs import (
    Predictions,
    held_out_sources,
    read_predictions,
    read_unseen,
)
from learning.train import INPUT, prepare_all, to_tensor
from studies.errors import OverreadError
from studies.model import Float32Array, UInt8Array

VERSION = "0.1.0"
HALF_LIMIT = 1e-3
"""Half precision is kept only if it moves no probability by more than this."""


def load_network(weights: Path) -> torch.nn.Module:
    """Return the network with the weights of a file, in single precision."""
    network = build_network(len(LABELS)).eval()
    state = {name: value.float() for name, value in load_file(weights).items()}
    network.load_state_dict(state, strict=False)
    return network


def write_weights(runs: Path, path: Path, *, half: bool) -> None:
    """Write the weights, on request with the matrices in half precision.

    Vectors (biases, normalisation) stay in single precision: they are small,
    and running variances may exceed half precision's range.
    """
    state = load_file(runs / ALL / "weights.safetensors")
    if half:
        state = {
            name: value.half() if value.ndim > 1 else value
            for name, value in state.items()
        }
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(state, path, metadata={"architecture": ARCHITECTURE})
    path.chmod(0o644)


def sha256(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def run_once(
    network: torch.nn.Module, inputs: Float32Array, cache: Path, digest: str
) -> tuple[Float32Array, Float32Array, Float32Array]:
    """Run the network over all films, or read what an earlier run gave.

    The cache is used only if it belongs to the same weights and as many films.
    """
    if cache.exists():
        with np.load(cache, allow_pickle=False) as kept:
            if str(kept["digest"]) == digest and len(kept["logits"]) == len(inputs):
                return kept["logits"], kept["features"], kept["peaks"]
    logits, features, peaks = run_network(network, inputs)
    np.savez(cache, logits=logits, features=features, peaks=peaks, digest=digest)
    return logits, features, peaks


@torch.inference_mode()
def run_network(
    network: torch.nn.Module, inputs: Float32Array, batch: int = 64
) -> tuple[Float32Array, Float32Array, Float32Array]:
    """Return logits (n, labels), features (n, channels), and peaks (n, labels).

    The peak is the greatest contribution of a grid cell to the label's logit.
    """
    head = network.get_submodule("classifier")
    weight = head.weight
    logits, features, peaks = [], [], []
    for start in range(0, len(inputs), batch):
        maps = network.forward_features(to_tensor(inputs[start : start + batch]))  # type: ignore[operator]  # timm's method
        pooled = maps.mean((2, 3))
        contribution = torch.einsum("nchw,kc->nkhw", maps, weight)
        logits.append(head(pooled).numpy())
        features.append(pooled.numpy())
        peaks.append(contribution.flatten(2).max(2).values.numpy())
    return np.concatenate(logits), np.concatenate(features), np.concatenate(peaks)


def calibration_set(
    seen: Predictions, unseen: Predictions, label: str
) -> tuple[Predictions, NDArray[np.float64], list[str]]:
    """Choose the films on which a label is calibrated, their weights and groups.

    Half the weight lies on validation films of the sources the final network
    was trained on, half on films of sources the predicting network had never
    seen: a film in use may come from either kind of place. The groups are
    whole sources, so that the interval carries how much sources differ.
    """
    known_seen, _ = seen.where(seen.splits == "val").known(label)
    known_unseen, _ = unseen.known(label)
    both = Predictions(
        *(
            np.concatenate([getattr(known_seen, name), getattr(known_unseen, name)])
            for name in ("sources", "patients", "splits", "labels", "logits")
        )
    )
    sizes = len(known_seen.sources), len(known_unseen.sources)
    weights = np.concatenate([np.full(n, 0.5 * sum(sizes) / max(n, 1)) for n in sizes])
    groups = [f"seen/{s}" for s in known_seen.sources]
    groups += [f"unseen/{s}" for s in known_unseen.sources]
    return both, weights, groups


def measure_label(
    label: str, seen: Predictions, unseen: Predictions, peaks: Float32Array
) -> tuple[FindingSpec, dict[str, Any]]:
    """Calibrate one label, set its operating point, and measure it."""
    films, weights, groups = calibration_set(seen, unseen, label)
    column = LABELS.index(label)
    truth = films.labels[:, column]
    calibration = fit_platt(films.logits[:, column], truth, groups, weights=weights)
    calibrated = probabilities(films.logits[:, column], calibration)
    threshold = round(youden_threshold(calibrated, truth, weights), 4)
    test, _ = seen.where(seen.splits == "test").known(label)
    by_source = measures.within_sources(unseen, label)
    random_split = measures.auroc(
        test.labels[:, column], test.logits[:, column], test.patients.tolist()
    )
    output = OUTPUTS[label]
    spec = FindingSpec(
        key=label,
        name=output.name,
        column=label,
        code=output.code,
        threshold=threshold,
        calibration=calibration,
        heatmap_reference=round(float(np.quantile(peaks[:, column], 0.95)), 4),
        can_be_flagged=output.can_be_flagged,
        unseen_auroc=measures.mean_measured(list(by_source.values())),
        random_split_auroc=random_split,
        note=output.note,
    )
    facts = {
        "name": output.name,
        "threshold": threshold,
        "calibration_films": len(truth),
        "calibration_positives": int(truth.sum()),
        "random_split": _plain(random_split),
        "random_split_films": [
            int((test.labels[:, column] == c).sum()) for c in (1, 0)
        ],
        "random_split_within": {
            name: _plain(m)
            for name, m in measures.within_sources(
                seen.where(seen.splits == "test"), label
            ).items()
        },
        "unseen_mean": _plain(spec.unseen_auroc),
        "unseen": unseen_table(unseen, label, spec),
        "test": evaluate_finding(
            test.labels[:, column],
            probabilities(test.logits[:, column], calibration),
            test.patients.tolist(),
            threshold,
        ),
    }
    return spec, facts


def unseen_table(
    unseen: Predictions, label: str, spec: FindingSpec
) -> dict[str, dict[str, Any]]:
    """Measure each source by the network that never saw it."""
    known, column = unseen.known(label)
    table = {}
    for source in np.unique(known.sources):
        part = known.where(known.sources == source)
        table[str(source)] = evaluate_finding(
            part.labels[:, column],
            probabilities(part.logits[:, column], spec.calibration),
            part.patients.tolist(),
            spec.threshold,
        )
    return table


def probabilities(logits: Float32Array, calibration: Calibration) -> NDArray[Any]:
    """Calibrate many logits, (n,)."""
    spec = _bare_spec(calibration)
    return np.array([calibrate(float(logit), spec)[0] for logit in logits])


def _bare_spec(calibration: Calibration) -> FindingSpec:
    code = OUTPUTS["normal"].code
    return FindingSpec("", "", "", code, 0.5, calibration, 1.0)


def precision_shift(
    exact: Float32Array, rounded: Float32Array, specs: list[FindingSpec]
) -> float:
    """Return the greatest change of a probability, from two sets of logits."""
    shifts = [
        np.abs(
            probabilities(exact[:, i], spec.calibration)
            - probabilities(rounded[:, i], spec.calibration)
        ).max()
        for i, spec in enumerate(specs)
    ]
    return float(max(shifts))


def shortcut_facts(
    network: torch.nn.Module, films: FilmSet, features: Float32Array
) -> dict[str, Any]:
    """Measure what the network can do without lungs, and what it knows of sources."""
    test = films.where(films.splits == "test")
    blacked = replace(test, films=measures.black_out(test.films))
    logits = run_network(network, prepare_all(blacked))[0]
    blackout = {}
    for column, label in enumerate(LABELS):
        known = ~np.isnan(test.labels[:, column])
        blackout[label] = _plain(
            measures.auroc(
                test.labels[known, column],
                logits[known, column],
                test.patients[known].tolist(),
            )
        )
    readable = {}
    for label in ("normal", "covid"):
        mask = films.labels[:, LABELS.index(label)] == 1
        names, counts = np.unique(films.sources[mask], return_counts=True)
        mask &= np.isin(films.sources, names[counts >= 50])
        readable[label] = {
            "sources": sorted(np.unique(films.sources[mask]).tolist()),
            "balanced_accuracy": measures.source_readability(
                features,
                films.sources,
                mask & (films.splits == "train"),
                mask & (films.splits == "test"),
            ),
        }
    return {"blackout": blackout, "source_readability": readable}


def gate_facts(
    network: torch.nn.Module, films: FilmSet, features: Float32Array, data: Path
) -> tuple[measures.Gate, dict[str, Any]]:
    """Fit the input gate and measure whom it refuses."""
    gate, refused = measures.set_gate_scale(
        features, films.sources, films.splits == "train"
    )
    others = run_network(network, prepare_films(odd_films(data)))[1]
    test = gate.distances(features[films.splits == "test"])
    return gate, {
        "refused_unseen": refused,
        "refused_test": float((test > 1.0).mean()),
        "odd_films": len(others),
        "odd_refused": float((gate.distances(others) > 1.0).mean()),
        "odd_auroc": measures.separation(test, gate.distances(others)),
    }


def odd_films(data: Path) -> list[UInt8Array]:
    """Read the pictures of the folder that are no frontal chest film."""
    with read_labelled_folder(data) as folder:
        return [
            folder.read_gray(item)
            for item in folder.items
            if item.extra.get("kind", "cxr") != "cxr"
        ]


def prepare_films(films: list[UInt8Array]) -> Float32Array:
    """Prepare pictures of any size, as in use."""
    return np.stack([prepare(f.astype(np.float32) / 255.0, INPUT)[0] for f in films])


def _plain(measured: Measured | None) -> dict[str, float] | None:
    return None if measured is None else asdict(measured)


def publish(data: Path, runs: Path, output: Path, console: Console) -> None:
    """Write the model's folder.

    Raises
    ------
    OverreadError
        If a run is missing, or its predictions are of other weights.
    """
    films = load_films(data)
    trained = runs / ALL / "weights.safetensors"
    network = load_network(trained)
    inputs = prepare_all(films)
    console.print(f"running the network over {len(films)} films")
    logits, features, peaks = run_once(
        network, inputs, runs / ALL / "outputs.npz", sha256(trained)
    )
    seen, unseen = read_predictions(runs), read_unseen(runs)
    if not np.allclose(logits, seen.logits, atol=1e-3):
        raise OverreadError("predictions.csv is not of these weights; train again")
    console.print("measuring")
    specs, facts = [], {}
    for label in LABELS:
        column = LABELS.index(label)
        positive = (films.labels[:, column] == 1) & (films.splits == "val")
        spec, measured = measure_label(label, seen, unseen, peaks[positive])
        specs.append(spec)
        facts[label] = measured
    test = films.splits == "test"
    weights = output / "weights.safetensors"
    write_weights(runs, weights, half=True)
    rounded = run_network(load_network(weights), inputs[test])[0]
    shift = precision_shift(logits[test], rounded, specs)
    if shift > HALF_LIMIT:
        write_weights(runs, weights, half=False)
    gate, gate_measured = gate_facts(network, films, features, data)
    save_arrays(
        {"mean": gate.mean, "precision_root": gate.precision_root},
        output / "gate.safetensors",
    )
    (output / "gate.safetensors").chmod(0o644)
    result = {
        "version": VERSION,
        "sha256": sha256(weights),
        "run": json.loads((runs / ALL / "run.json").read_text()),
        "films": {
            str(s): {
                split: int(((films.sources == s) & (films.splits == split)).sum())
                for split in ("train", "val", "test")
            }
            for s in np.unique(films.sources)
        },
        "findings": facts,
        "held_out": held_out_sources(runs),
        "half_precision_shift": shift,
        "stored": "half" if shift <= HALF_LIMIT else "single",
        "gate": gate_measured,
        **shortcut_facts(network, films, features),
    }
    (output / "measured.json").write_text(json.dumps(result, indent=1) + "\n")
    context = {
        "measured": result,
        "specs": specs,
        "gate": gate,
        "gate_sha256": sha256(output / "gate.safetensors"),
        "input": INPUT,
        "architecture": ARCHITECTURE,
    }
    for name in ("manifest.toml", "card.md"):
        text = render(f"chest-findings-{name}.j2", context)
        (output / name).write_text(text, encoding="utf-8")
    console.print(f"written to {output}", markup=False)


def render(template: str, context: dict[str, Any]) -> str:
    """Fill a template of ``resources/templates``."""
    environment = Environment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["toml"] = json.dumps
    environment.filters["auc"] = _auc
    environment.filters["share"] = _percent
    source = resources.path(f"templates/{template}").read_text(encoding="utf-8")
    return environment.from_string(source).render(context) + "\n"


def _auc(measured: dict[str, float] | None) -> str:
    if measured is None:
        return "not measurable"
    return f"{measured['value']:.2f} ({measured['low']:.2f} to {measured['high']:.2f})"


def _percent(share: dict[str, float]) -> str:
    value, low, high = (100.0 * share[name] for name in ("value", "low", "high"))
    return f"{value:.1f} % ({low:.1f} to {high:.1f})"


def main(arguments: list[str] | None = None) -> int:
    """Publish as the command line says; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m learning.publish", description=__doc__
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    console = Console(stderr=True)
    try:
        publish(options.data, options.runs, options.output, console)
    except OverreadError as error:
        console.print(str(error), markup=False)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
