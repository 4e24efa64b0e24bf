"""The limb-fracture model's card.md, from its figures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inference.model_card import ModelCard
from learning.calibration import MINIMUM_FILMS
from learning.near_copies import ALIKE

GOAL = 0.80
"""AUROC that is asked for on upper limbs of a source that was never seen."""


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

{verdict} {found} Other limbs are refused in use; their figures say nothing of upper
limbs and stand apart.

`fracatlas_subset` is contained in the collection that `multiregion_web` comes from,
and has its labels from that collection's folders: the two count as **one source**.
Intervals are by bootstrap of its films; films alike in any of eight orientations
(correlation of thumbnails of at least {alike}, such as left and right of one patient)
are drawn together, {joined}. Which limb a film shows stands in
`resources/training/limb_kinds.csv`; {left_out} films that show something else, or that
could not be told, are left out. No AUROC is given where a class has fewer than
{minimum} films.

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
fracture): the validation films of the training source, all of upper limbs. So they hold
for films like those it was trained on; at another hospital calibrate on local films.
Threshold {threshold:.2f}: {rule}; there sensitivity
{sensitivity}, specificity {specificity} (Wilson). On the test films sensitivity
{test_sensitivity}, specificity {test_specificity}, Brier score {brier:.3f}.

{sets}

The share of films with a fracture here is that of the collections, not of a clinic.

## Shortcut check

Fractures painted over: inpainted, and films without one get a box of the same size
painted over anywhere.

| check | AUROC (95 % interval) | should be at most | |
|---|---|---|---|
{controls}

A model that reads fractures falls to 0.50; the limit is the AUROC on the test films
less 0.15. What remains above 0.50 is read from something else: plates, casts, splints,
the way a fractured limb is laid and framed.

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
            **_unseen(figures),
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
            controls=_controls(card, figures),
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
    return {
        "unclear": figures["unclear"],
        "views": figures["run"]["views"],
        "steps": figures["run"]["plan"]["steps"],
        "web_fractures": figures["unseen"]["fractures"],
        "web_films": figures["unseen"]["films"],
    }


def _unseen(figures: dict[str, Any]) -> dict[str, Any]:
    """Return what the text says of the source that the network never saw."""
    unseen = figures["unseen"]
    joined, across = unseen["joined"], unseen["joined_across_sources"]
    return {
        "unseen_rows": "\n".join(_unseen_rows(unseen)),
        "verdict": _verdict(unseen["upper"]),
        "found": _found(unseen["upper"], figures["unseen_found"]),
        "joined": f"{joined} to another, {across} of them across the two",
        "left_out": unseen["left_out"],
        "alike": ALIKE,
        "minimum": MINIMUM_FILMS,
    }


def _unseen_rows(unseen: dict[str, Any]) -> list[str]:
    named = [
        ("**web collections, never seen: upper limb**", unseen["upper"]),
        ("web collections, never seen: other limbs, refused in use", unseen["other"]),
        *(
            (f"of these `{name}`", figure)
            for name, figure in unseen["other_by_source"].items()
        ),
    ]
    return [
        f"| {name} | {one['with']} / {one['without']} | {_interval(one['auroc'])} |"
        for name, one in named
    ]


def _verdict(upper: dict[str, Any]) -> str:
    goal = f"The goal, AUROC {GOAL:.2f} on upper limbs of a source it never saw,"
    if upper["auroc"] is None:
        return (
            f"{goal} was **not measurable**: of {upper['with'] + upper['without']} such"
            f" films {upper['without']} are without a fracture."
        )
    value = upper["auroc"][0]
    met = "is reached" if value >= GOAL else "is **missed**"
    return f"{goal} {met}: {value:.2f}."


def _found(upper: dict[str, Any], share: dict[str, float] | None) -> str:
    if share is None:
        return "How many fractures it flags there is not known."
    return (
        f"Of the {upper['with']} films with a fracture it flags a share of"
        f" {_object(share)} at its threshold; how many it would flag there without one"
        " is not known."
    )


def _controls(card: ModelCard, figures: dict[str, Any]) -> str:
    """Return the rows of the shortcut checks; the first one's interval is known."""
    intervals = {"blackout": _interval(figures["painted_over"])}
    return "\n".join(
        f"| {one.title} | {intervals.get(one.key, f'{one.value:.2f}')} |"
        f" {one.limit:.2f} | {'kept' if one.passed else '**missed**'}. {one.detail} |"
        for one in card.facts.controls
    )


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
