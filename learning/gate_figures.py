"""The figures of the input gate, as its card shows them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from inference.film_gate import KINDS
from inference.gate_network import GateNetwork
from learning.calibration import wilson
from learning.gate_films import GateFilms
from learning.gate_measures import (
    MEMBERS,
    box_overlaps,
    changed,
    crop_to_cut,
    invert,
    judge_all,
    kind_auroc,
    refusals,
    run_network,
    set_distances,
    set_limits,
    turn,
)
from learning.gate_samples import INPUT
from learning.gate_weights import read_weights
from learning.lung_boxes import drawn_boxes
from learning.run_file import read_run

EVERY = 4
"""Of the good chest films every fourth is turned, inverted and cut off."""


def measure(network: GateNetwork, films: GateFilms, data: Path) -> dict[str, Any]:
    """Return all figures on the test films."""
    test = films.where(films.test)
    outputs = run_network(network, test.films)
    good = {wanted: _of(test, *kinds) for wanted, kinds in MEMBERS.items()}
    measured: dict[str, Any] = {
        "auroc": _aurocs(outputs, test),
        "good": {
            wanted: _refused(outputs, test, mask, wanted)
            for wanted, mask in good.items()
        },
        "bad": {wanted: _refused_kinds(outputs, test, wanted) for wanted in MEMBERS},
    }
    chest = test.where(good["frontal chest"])
    every = np.arange(0, len(chest.kinds), EVERY)
    measured["changed"] = _changed(network, chest.where(every))
    measured["lungs"] = _lungs(network, films, data)
    measured["milliseconds"] = _milliseconds(network)
    return measured


def unseen(run: Path, films: GateFilms) -> dict[str, Any]:
    """Return the refused share of good films of the sources that a run left out."""
    held_out = read_run(run, "learning.train_gate", ("held_out",))["held_out"]
    network = read_weights(run / "weights.safetensors")
    rest = films.where(~np.isin(films.sources, held_out))
    set_distances(network, rest)
    set_limits(network, rest)
    found: dict[str, Any] = {}
    for wanted, kinds in MEMBERS.items():
        chosen = films.where(np.isin(films.sources, held_out) & _of(films, *kinds))
        if len(chosen.kinds):
            outputs = run_network(network, chosen.films)
            everything = np.ones(len(chosen.kinds), np.bool_)
            found[wanted] = _refused(outputs, chosen, everything, wanted)
    return found


def _of(films: GateFilms, *kinds: str) -> Any:
    return np.isin(films.kinds, [KINDS.index(kind) for kind in kinds])


def _share(hits: int, count: int) -> dict[str, float]:
    share = wilson(hits, count)
    return {"value": share.value, "low": share.low, "high": share.high, "n": count}


def _aurocs(outputs: Any, test: GateFilms) -> list[dict[str, Any]]:
    rows = []
    for wanted, members in MEMBERS.items():
        for kind in KINDS:
            count = int(_of(test, kind).sum())
            if kind not in members and count:
                auroc = kind_auroc(outputs, test.kinds, wanted, [kind])
                rows.append(
                    {"wanted": wanted, "against": kind, "n": count, "auroc": auroc}
                )
    return rows


def _refused(outputs: Any, films: GateFilms, mask: Any, wanted: str) -> Any:
    chosen = {name: value[mask] for name, value in outputs.items()}
    return {
        group.group: _share(round(group.refused.value * group.films), group.films)
        for group in refusals(judge_all(chosen, wanted), films.sources[mask])
    }


def _refused_kinds(outputs: Any, test: GateFilms, wanted: str) -> Any:
    bad = ~_of(test, *MEMBERS[wanted])
    chosen = {name: value[bad] for name, value in outputs.items()}
    names = np.array([KINDS[kind] for kind in test.kinds[bad]])
    return {
        group.group: _share(round(group.refused.value * group.films), group.films)
        for group in refusals(judge_all(chosen, wanted), names)
    }


def _changed(network: GateNetwork, chest: GateFilms) -> dict[str, Any]:
    """Good chest films turned, inverted or cut off by us: the share refused."""
    found = {}
    for name, change in (
        ("turned by 90 degrees", turn(90)),
        ("turned by 180 degrees", turn(180)),
        ("turned by 270 degrees", turn(270)),
        ("inverted", invert),
    ):
        verdicts = judge_all(changed(network, chest.films, change), "frontal chest")
        found[name] = _share(sum(bool(v.reasons) for v in verdicts), len(verdicts))
    upright = judge_all(run_network(network, chest.films), "frontal chest")
    for edge, name in enumerate(("top", "left", "bottom", "right")):
        cropped = [
            crop_to_cut(film, verdict.lung_box, edge, 0.2)
            for film, verdict in zip(chest.films, upright, strict=True)
            if verdict.lung_box and not verdict.reasons
        ]
        cut = judge_all(run_network(network, np.stack(cropped)), "frontal chest")
        found[f"a fifth of the lungs cut off at the {name}"] = _share(
            sum(bool(verdict.reasons) for verdict in cut), len(cut)
        )
    return found


def _lungs(network: GateNetwork, films: GateFilms, data: Path) -> dict[str, Any]:
    drawn = drawn_boxes(data / "cxr")
    known = films.test & np.isin(films.files, list(drawn))
    chosen = films.where(known)
    verdicts = judge_all(run_network(network, chosen.films), "frontal chest")
    truth = [drawn[file] for file in chosen.files.tolist()]
    found = box_overlaps(verdicts, truth)
    return {
        "films": len(found),
        "patients": len(set(chosen.patients.tolist())),
        "mean": float(found.mean()),
        "fifth": float(np.quantile(found, 0.05)),
    }


@torch.inference_mode()
def _milliseconds(network: GateNetwork) -> float:
    film = torch.zeros(1, 1, INPUT.rows, INPUT.columns)
    took = []
    for _ in range(30):
        began = time.perf_counter()
        network(film)
        took.append(time.perf_counter() - began)
    return float(np.median(took) * 1000.0)
