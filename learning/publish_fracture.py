"""Publish a trained limb-fracture network: manifest, card and figures.

    python -m learning.publish_fracture --data DIR/fracture --run DIR --output DIR

The run was trained on one collection of upper limbs; the other two collections
are sources that it never saw. Writes ``weights.safetensors``, ``manifest.toml``,
``measured.json`` and ``card.md``.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from inference.model_card import (
    Code,
    ExplainSpec,
    FindingSpec,
    InclusionRules,
    ModelCard,
)
from inference.model_facts import (
    ControlFigure,
    KnownFailure,
    Measured,
    ModelFacts,
    SourceFigure,
    TrainingSource,
)
from inference.model_outputs import Calibration
from learning.calibration import fit_platt, sensitivity_threshold, wilson
from learning.conformal import class_conditional
from learning.fracture_card import commands, write_card
from learning.fracture_control import boxes_painted_over
from learning.fracture_figures import (
    UPPER,
    WEB,
    BoxRule,
    FractureRun,
    box_rule,
    froc_on_test,
    mean_of,
    read_run,
)
from learning.fracture_films import LimbFilms, load_limb_films
from learning.fracture_views import INPUT
from learning.manifest_file import file_sha256, write_manifest
from studies.errors import OverreadError

CODE = Code("SCT", "125605004", "Fracture of bone")
UPPER_LIMB = (
    "HAND", "FINGER", "THUMB", "WRIST", "FOREARM", "ELBOW", "HUMERUS", "UPPERARM",
    "ARM", "SHOULDER", "CLAVICLE", "SCAPULA", "UPPER EXTREMITY", "UPPEREXTREMITY",
    "UPPER LIMB", "UPPERLIMB", "RADIUS", "ULNA", "RADIUS AND ULNA",
)  # fmt: skip
_BLACKOUT_MARGIN = 0.15
_SUMMARY = "Fracture on radiographs of the upper limb, with boxes. Research use only."
_USE = "To show a reader what such a model claims of an upper limb, with boxes."
_DO_NOT_USE = (
    "Legs, hips, ribs, spine; children's growth plates; to rule a fracture out."
)
_LABELS = "A box drawn by an annotator; films without a box count as without."
_MISSING = (
    "Patients, age and sex are not known; two views of one patient may lie in"
    " different splits."
)
_LICENCE = "CC BY 4.0 as stated by the uploader; pixels probably from MURA: restricted"


def measure(run: FractureRun, films: LimbFilms, weights: Path) -> dict[str, Any]:
    """Return every figure of the card."""
    test = (run.splits == "test") & (run.sources == UPPER)
    unseen = {name: run.auroc(run.sources == name) for name in WEB}
    rule = box_rule(run, films)
    return {
        "random_split": run.auroc(test),
        "random_counts": run.counts(test),
        "unseen": unseen,
        "unseen_counts": {name: run.counts(run.sources == name) for name in WEB},
        "unclear": int((~run.usable & (run.sources == UPPER)).sum()),
        "run": json.loads((weights.parent / "run.json").read_text(encoding="utf-8")),
        "unseen_mean": mean_of([v for v in unseen.values() if v is not None]),
        "by_part": _by_part(run, test),
        "box_rule": asdict(rule),
        "froc": froc_on_test(run, films, rule),
        "painted_over": boxes_painted_over(run, films, weights, test),
    }


def _by_part(run: FractureRun, test: Any) -> dict[str, list[int]]:
    """Return per body part the fractures, for subgroup rows; negatives name none."""
    parts = sorted({str(p) for p in run.parts[test] if p and p != "upper limb"})
    return {
        part: [int((test & run.usable & (run.parts == part)).sum())] for part in parts
    }


def calibrated(run: FractureRun) -> tuple[FindingSpec, dict[str, Any]]:
    """Fit calibration, threshold and sets; return the finding without figures.

    On two kinds of film of equal weight: validation films of the training
    source, and the films of `fracatlas_subset`, which the network never saw and
    which holds both classes in like number.
    """
    val = (run.splits == "val") & (run.sources == UPPER) & run.usable
    other = (run.sources == WEB[1]) & run.usable
    keep = val | other
    logits, labels = run.logits[keep], run.fracture[keep]
    weights = np.where(val[keep], 1.0 / val.sum(), 1.0 / other.sum())
    fitted = fit_platt(logits, labels, list(run.files[keep]), weights=weights)
    films, positive = len(labels), int(labels.sum())
    calibration = Calibration(
        fitted.slope,
        fitted.intercept,
        fitted.var_slope,
        fitted.var_intercept,
        fitted.covariance,
        films,
        positive,
    )
    probabilities = to_probability(run.logits, calibration)
    point = sensitivity_threshold(probabilities[keep], labels)
    if point is None:
        raise OverreadError(f"{films} films are too few for a threshold")
    spec = FindingSpec(
        key="fracture",
        name="Fracture",
        column="fracture",
        code=CODE,
        threshold=point[0],
        calibration=calibration,
        heatmap_reference=1.0,
        note="A plate or a nail may be taken for a fracture, and a healed one too.",
        operating_point=point[1],
        conformal=class_conditional(probabilities[keep], labels),
    )
    test = (run.splits == "test") & (run.sources == UPPER) & run.usable
    return spec, _on_test(probabilities[test], run.fracture[test], point[0])


def to_probability(
    logits: np.ndarray[Any, Any], fitted: Calibration
) -> np.ndarray[Any, Any]:
    """Return calibrated probabilities, in the logits' shape."""
    values: np.ndarray[Any, Any] = 1.0 / (
        1.0 + np.exp(-(fitted.slope * logits + fitted.intercept))
    )
    return values


def _on_test(
    p: np.ndarray[Any, Any], labels: np.ndarray[Any, Any], threshold: float
) -> dict[str, Any]:
    hit, absent = p[labels == 1] >= threshold, p[labels == 0] < threshold
    return {
        "sensitivity": wilson(int(hit.sum()), len(hit)),
        "specificity": wilson(int(absent.sum()), len(absent)),
        "brier": float(np.mean((p - labels) ** 2)),
    }


def to_card(
    folder: Path, spec: FindingSpec, figures: dict[str, Any], films: LimbFilms
) -> ModelCard:
    """Return the card, without the SHA-256 of files that are not there yet."""
    full = figures["random_split"][0]
    hits = figures["froc"]["sensitivity"]
    return ModelCard(
        folder=folder,
        model_id="limb-fracture",
        version="1.0.0",
        name="Limb fracture",
        summary=_SUMMARY,
        manufacturer="Overread",
        licence="Apache-2.0 (weights); see card.md for the terms of the training films",
        architecture="overread:finemap",
        weights="weights.safetensors",
        sha256=file_sha256(folder / "weights.safetensors"),
        input=INPUT,
        explain=ExplainSpec(layer="", head="", methods=("fine-map",)),
        inclusion=InclusionRules(
            modalities=("CR", "DX", "DR", "RG"),
            body_parts=UPPER_LIMB,
            views=(),
            minimum_age_years=None,
            minimum_side_px=200,
            kind="limb",
        ),
        findings=(_with_figures(spec, figures),),
        boxes=(
            BoxRule(**figures["box_rule"]).spec(
                sensitivity=Measured(hits["value"], hits["low"], hits["high"]),
                false_marks=figures["froc"]["false_marks"],
            ),
        ),
        facts=ModelFacts(
            intended_use=_USE,
            do_not_use=_DO_NOT_USE,
            label_origin=_LABELS,
            missing=_MISSING,
            training_sources=(
                TrainingSource(
                    UPPER,
                    int(
                        (
                            (films.splits == "train")
                            & films.usable
                            & (films.sources == UPPER)
                        ).sum()
                    ),
                    _LICENCE,
                    "Bone Fracture Detection v4 (Roboflow Universe, veda)",
                ),
            ),
            controls=(
                ControlFigure(
                    "blackout",
                    "Fractures painted over",
                    figures["painted_over"][0],
                    max(full - _BLACKOUT_MARGIN, 0.5),
                    "AUROC on the test films; should fall to 0.50",
                ),
            ),
            known_failures=_failures(figures),
            commands=commands(figures["run"]),
        ),
    )


def _measured(values: tuple[float, float, float] | None) -> Measured | None:
    return None if values is None else Measured(*values)


def _source_figure(
    name: str, counts: tuple[int, int], auroc: tuple[float, float, float] | None
) -> SourceFigure:
    with_finding, without = counts
    return SourceFigure(name, with_finding, without, auroc=_measured(auroc))


def _with_figures(spec: FindingSpec, figures: dict[str, Any]) -> FindingSpec:
    sources = tuple(
        _source_figure(name, figures["unseen_counts"][name], figures["unseen"][name])
        for name in WEB
    )
    return replace(
        spec,
        unseen_auroc=_measured(figures["unseen_mean"]),
        random_split_auroc=_measured(figures["random_split"]),
        unseen_sources=sources,
    )


def _failures(figures: dict[str, Any]) -> tuple[KnownFailure, ...]:
    froc = figures["froc"]
    missed = 1.0 - froc["sensitivity"]["value"]
    return (
        KnownFailure(
            "Fractures without a mark",
            round(missed, 4),
            froc["n_boxes"],
            f"at {froc['false_marks']:.2f} false marks a film, test films",
        ),
    )


def main(arguments: list[str] | None = None) -> int:
    """Publish as the command line says; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m learning.publish_fracture",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    try:
        _publish(options.data, options.run, options.output)
    except OverreadError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _publish(data: Path, folder: Path, output: Path) -> None:
    run, films = read_run(folder), load_limb_films(data)
    output.mkdir(parents=True, exist_ok=True)
    weights = output / "weights.safetensors"
    shutil.copyfile(folder / "weights.safetensors", weights)
    figures = measure(run, films, folder / "weights.safetensors")
    spec, on_test = calibrated(run)
    card = to_card(output, spec, figures, films)
    write_manifest(card, "python -m learning.publish_fracture")
    everything = {**figures, "on_test": on_test, "sha256": card.sha256}
    (output / "measured.json").write_text(
        json.dumps(everything, indent=1, default=_as_object) + "\n"
    )
    write_card(output / "card.md", card, everything)


def _as_object(value: Any) -> Any:
    if isinstance(value, Measured):
        return {"value": value.value, "low": value.low, "high": value.high}
    raise TypeError(type(value).__name__)


if __name__ == "__main__":
    sys.exit(main())
