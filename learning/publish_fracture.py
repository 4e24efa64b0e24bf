"""Publish a trained limb-fracture network: manifest, card and figures.

    python -m learning.publish_fracture --data DIR/fracture --run DIR --output DIR

The run was trained on one collection of upper limbs; the other two collections,
which count as one source, it never saw. Writes ``weights.safetensors``,
``manifest.toml``, ``measured.json`` and ``card.md``.
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
from learning.evaluation import as_object
from learning.fracture_calibration import calibrated, to_logit
from learning.fracture_card import commands, write_card
from learning.fracture_control import boxes_painted_over
from learning.fracture_figures import (
    UPPER,
    BoxRule,
    FractureRun,
    box_rule,
    froc_on_test,
    read_run,
)
from learning.fracture_films import LimbFilms, load_limb_films
from learning.fracture_unseen import (
    UnseenFilms,
    limb_kinds,
    unseen_figures,
    unseen_films,
)
from learning.fracture_views import INPUT
from learning.manifest_file import file_sha256, write_manifest
from learning.run_file import read_run as read_run_file
from studies.errors import OverreadError

UPPER_LIMB = (
    "HAND", "FINGER", "THUMB", "WRIST", "FOREARM", "ELBOW", "HUMERUS", "UPPERARM",
    "ARM", "SHOULDER", "CLAVICLE", "SCAPULA", "UPPER EXTREMITY", "UPPEREXTREMITY",
    "UPPER LIMB", "UPPERLIMB", "RADIUS", "ULNA", "RADIUS AND ULNA",
)  # fmt: skip
TRAINED_BY = "learning.train_fracture"
_BLACKOUT_MARGIN = 0.15
_SUMMARY = "Fracture on radiographs of the upper limb, with boxes. Research use only."
_USE = "To show a reader what such a model claims of an upper limb, with boxes."
_DO_NOT_USE = (
    "Legs, hips, ribs, spine; children's growth plates; to rule a fracture out."
)
_LABELS = "A box drawn by an annotator; films without a box count as without."
_MISSING = (
    "Patients, age and sex are not known; two views of one patient may lie in"
    " different splits. No collection of another hospital holds upper limbs without"
    " a fracture in number: specificity there is not known."
)
_LICENCE = "CC BY 4.0 as stated by the uploader; pixels probably from MURA: restricted"


def measure(
    run: FractureRun, films: LimbFilms, unseen: UnseenFilms, weights: Path
) -> dict[str, Any]:
    """Return every figure of the card that no threshold is needed for."""
    test = (run.splits == "test") & (run.sources == UPPER)
    rule = box_rule(run, films)
    return {
        "random_split": run.auroc(test),
        "random_counts": run.counts(test),
        "unseen": unseen_figures(unseen),
        "unclear": int((~run.usable & (run.sources == UPPER)).sum()),
        "run": read_run_file(weights.parent, TRAINED_BY, ("held_out", "views", "plan")),
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


def _with_figures(spec: FindingSpec, figures: dict[str, Any]) -> FindingSpec:
    """Put in what was measured on upper limbs; of other limbs nothing is promised."""
    upper, found = figures["unseen"]["upper"], figures["unseen_found"]
    auroc = _measured(upper["auroc"])
    source = SourceFigure(
        "web collections, upper limb",
        upper["with"],
        upper["without"],
        auroc=auroc,
        sensitivity=None if found is None else Measured(**found),
        note="" if auroc else f"too few without a fracture: {upper['without']}",
    )
    return replace(
        spec,
        unseen_auroc=auroc,
        random_split_auroc=_measured(figures["random_split"]),
        unseen_sources=(source,),
    )


def _failures(figures: dict[str, Any]) -> tuple[KnownFailure, ...]:
    froc, found = figures["froc"], figures["unseen_found"]
    failures = [
        KnownFailure(
            "Fractures without a mark",
            round(1.0 - froc["sensitivity"]["value"], 4),
            froc["n_boxes"],
            f"at {froc['false_marks']:.2f} false marks a film, test films",
        )
    ]
    if found is not None:
        failures.append(
            KnownFailure(
                "Fractures not flagged at a source it never saw",
                round(1.0 - found["value"], 4),
                figures["unseen"]["upper"]["with"],
                "upper limbs of the web collections",
            )
        )
    return tuple(failures)


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
    if not np.array_equal(run.files, films.files):
        raise OverreadError(
            f"{folder / 'predictions.npz'} is of other films than {data} lists; run"
            f" python -m {TRAINED_BY} again"
        )
    unseen = unseen_films(
        run, films.films, limb_kinds(films.files.tolist(), films.sources.tolist())
    )
    output.mkdir(parents=True, exist_ok=True)
    weights = output / "weights.safetensors"
    shutil.copyfile(folder / "weights.safetensors", weights)
    spec, on_test = calibrated(run)
    found = unseen.found(to_logit(spec.threshold, spec.calibration))
    figures = {
        **measure(run, films, unseen, folder / "weights.safetensors"),
        "unseen_found": as_object(found),
        "on_test": on_test,
    }
    card = to_card(output, spec, figures, films)
    write_manifest(card, "python -m learning.publish_fracture")
    everything = {**figures, "sha256": card.sha256}
    (output / "measured.json").write_text(
        json.dumps(everything, indent=1, default=_as_object) + "\n", encoding="utf-8"
    )
    write_card(output / "card.md", card, everything)


def _as_object(value: Any) -> Any:
    if isinstance(value, Measured):
        return {"value": value.value, "low": value.low, "high": value.high}
    raise TypeError(type(value).__name__)


if __name__ == "__main__":
    sys.exit(main())
