"""The limb-fracture model's card.md, from its figures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inference.model_card import ModelCard


def commands(run: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the commands that made the model, from the run's ``run.json``."""
    return (
        "python -m learning.train_fracture --data DATA/fracture --output RUNS/fracture"
        f" --held-out {' '.join(run['held_out'])} --views {run['views']}"
        f" --steps {run['plan']['steps']}",
        "python -m learning.publish_fracture --data DATA/fracture --run RUNS/fracture"
        " --output resources/models/limb-fracture",
        "overread evaluate --model limb-fracture --data DATA/fracture --split test"
        " --output REPORT",
    )


_TEXT = """# {name} {version}

Research use only. Not for diagnosis, triage or any decision on a patient.

## What it is

A network that gives a radiograph of the upper limb a logit for each of 24 x 24
cells: is this cell part of a fracture? The film's probability comes from its six
highest cells. A box goes around a cell above {box_threshold:.2f} and {box_cells}, then
around the next highest. Local contrast is normalised inside the network, so that
exposure and borders tell it little; then come the first six stages of
EfficientNet-Lite0 (the first three as ImageNet left them) and a light head. Input
384 x 384 px, letterboxed.

**Use:** {use}

**Do not use:** {do_not}

Other limbs are shown as "outside what it was trained on".

Weights: `weights.safetensors`, SHA-256 `{sha256}`, single precision.

## What to expect at a new site

| | films with / without | AUROC (95 % interval) |
|---|---|---|
| test films of the training source, random split | {random_n} | {random} |
{unseen_rows}
| **mean within sources it never saw** | | **{unseen_mean}** |

The goal for an unseen source of upper limbs is 0.80. {verdict} The two sources it
never saw hold all regions of the body, legs included; a source of upper limbs alone,
of another hospital and with both classes, is not among the development data, so the
goal itself **was not measured**. The mean over sources, not one AUROC over the pooled
films: pooling would flatter, since source and label nearly coincide.

## Boxes

On the {froc_n} test films of the training source with {froc_boxes} boxes, films without
a fracture included; a mark finds a box if its centre lies inside or their overlap (IoU)
exceeds 0.2:

| false marks a film | share of fractures found |
|---|---|
{froc_rows}

With every box the model draws: {all_found} found at {all_false:.2f} false marks a film.

## Threshold and calibration

Platt scaling, threshold and conformal sets rest on {films} films ({with_finding} with a
fracture): validation films of the training source and `fracatlas_subset`, both kinds
with equal weight in the scaling. Threshold {threshold:.2f}: {rule}; there sensitivity
{sensitivity}, specificity {specificity} (Wilson). On the test films sensitivity
{test_sensitivity}, specificity {test_specificity}, Brier score {brier:.3f}.

{sets}

The share of films with a fracture here is that of the collections, not of a clinic.

## Shortcut check

Fractures painted over (inpainted; films without one get a box of the same size
painted over anywhere): AUROC {painted}. A model that reads fractures falls to 0.50.
What remains above is read from something else: plates, casts, splints, the way a
fractured limb is laid and framed.

## Training

{train_films} films of `{source}`, those of the train split whose label is clear
({unclear} films of the collection carry only the class "humerus", which may mark the
bone; they are not used, nor counted anywhere above). {views} views of each film: any
turn, mirrored, shifted, scaled; AugMix-like chains of grey scale, sharpness, noise,
JPEG; uncovered corners black, white, grey or stretched out, since the collection's
own augmentation leaves black corners. The frozen stages' features of each view are
kept, so that 384 px could be trained on two cores. Loss: the film's label, and each
cell's by the boxes.
{steps} steps of 24 films, AdamW, bfloat16, averaged weights.

What was not tried for want of time: other inputs than 384 px, training all stages, an
ensemble, the web collections as further training data ({web_fractures} of
their {web_films} films are fractures, so they teach the source).

## Data

{attribution}: {licence}. Labels: {labels} {missing} The films that it never saw:
`multiregion_web` (ODC-By 1.0 as stated; rights of single pictures unclear) and
`fracatlas_subset` (FracAtlas, CC BY 4.0; Abedeen et al. 2023). No film is contained in
this repository.

## How these figures were made

```
pip install -e '.[train]'
{commands}
```

`DATA` is the development data. The second command writes this card, the manifest and
`measured.json`, which holds every figure above unrounded. The last one runs the
workstation's own path, input gate included, and so differs a little.
"""


def write_card(path: Path, card: ModelCard, figures: dict[str, Any]) -> None:
    """Write ``card.md``."""
    spec, froc = card.findings[0], figures["froc"]
    point, facts = spec.operating_point, card.facts
    assert point is not None
    source = facts.training_sources[0]
    path.write_text(
        _TEXT.format(
            name=card.name,
            version=card.version,
            sha256=card.sha256,
            use=facts.intended_use,
            do_not=facts.do_not_use,
            box_threshold=figures["box_rule"]["threshold"],
            box_cells=_box_cells(figures["box_rule"]["peak_share"]),
            random_n="{} / {}".format(*figures["random_counts"]),
            random=_interval(figures["random_split"]),
            unseen_rows=_unseen_rows(figures),
            unseen_mean=_interval(figures["unseen_mean"]),
            verdict=_verdict(figures["unseen_mean"]),
            froc_n=froc["n"],
            froc_boxes=froc["n_boxes"],
            froc_rows="\n".join(_froc_row(row) for row in froc["froc"]),
            all_found=_object(froc["sensitivity"]),
            all_false=froc["false_marks"],
            films=point.films,
            with_finding=point.with_finding,
            threshold=spec.threshold,
            rule=point.rule,
            sensitivity=_measured(point.sensitivity),
            specificity=_measured(point.specificity),
            test_sensitivity=_measured(figures["on_test"]["sensitivity"]),
            test_specificity=_measured(figures["on_test"]["specificity"]),
            brier=figures["on_test"]["brier"],
            sets=_sets(card),
            painted=_interval(figures["painted_over"]),
            train_films=source.films,
            source=source.name,
            attribution=source.attribution,
            licence=source.licence,
            labels=facts.label_origin,
            missing=facts.missing,
            commands="\n".join(facts.commands),
            **_recipe(figures),
        ),
        encoding="utf-8",
        newline="\n",
    )


def _recipe(figures: dict[str, Any]) -> dict[str, Any]:
    """Return the training's numbers that the text names."""
    counts = list(figures["unseen_counts"].values())
    return {
        "unclear": figures["unclear"],
        "views": figures["run"]["views"],
        "steps": figures["run"]["plan"]["steps"],
        "web_fractures": sum(with_finding for with_finding, _ in counts),
        "web_films": sum(map(sum, counts)),
    }


def _unseen_rows(figures: dict[str, Any]) -> str:
    rows = []
    for name, values in figures["unseen"].items():
        n = "{} / {}".format(*figures["unseen_counts"][name])
        rows.append(f"| `{name}`, never seen | {n} | {_interval(values)} |")
    return "\n".join(rows)


def _verdict(mean: tuple[float, float, float]) -> str:
    if mean[0] >= 0.80:
        return "The mean reaches it."
    return f"**It is missed**: the mean is {mean[0]:.2f}."


def _box_cells(peak_share: float) -> str:
    if not peak_share:
        return "all cells above it that touch"
    return f"the cells touching it of at least {peak_share:.0%} of its probability"


def _froc_row(row: dict[str, Any]) -> str:
    return f"| {row['false_marks']:g} | {_object(row['sensitivity'])} |"


def _sets(card: ModelCard) -> str:
    sets = card.findings[0].conformal
    if sets is None:
        return "Conformal sets are withheld: too few films."
    return (
        f"Conformal sets, {sets.coverage:.0%} of each class: present from"
        f" {sets.present_from:.2f}, absent to {sets.absent_to:.2f}; between, or in"
        " both, it cannot tell."
    )


def _interval(values: tuple[float, float, float] | None) -> str:
    if values is None:
        return "not measurable"
    return "{:.2f} ({:.2f} to {:.2f})".format(*values)


def _measured(value: Any) -> str:
    return _interval((value.value, value.low, value.high))


def _object(value: dict[str, float]) -> str:
    return _interval((value["value"], value["low"], value["high"]))
