"""One digest of all that makes a model's logits, so that what rests on them can tell.

A local calibration is a function of a logit: weights alone do not name it, the
same weights give another one from another part of the film.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, fields

from inference.model_card import InputSpec, ModelCard


def logit_digest(card: ModelCard) -> str:
    """Return SHA-256, hexadecimal, over what decides which logit a film gets.

    Weights and network, how the film is prepared, how the output is read, the
    order of the findings, and the files beside the weights (an ensemble widens
    the interval, a gate withholds films). Thresholds, calibration, texts and
    figures are not in it. Nor are fields of the input at their default: a
    field that a later version adds changes no digest.
    """
    table = {
        "weights": card.sha256.lower(),
        "format": card.format,
        "architecture": card.architecture,
        "options": card.options,
        "input": _input(card.input),
        "task": card.task,
        "output": card.output,
        "logits_output": card.logits_output,
        "operating_points": card.operating_points,
        "findings": [spec.key for spec in card.findings],
        "gate": None if card.gate is None else [card.gate.sha256, card.gate.scale],
        "ensemble": None if card.ensemble is None else card.ensemble.sha256,
    }
    text = json.dumps(table, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _input(spec: InputSpec) -> dict[str, object]:
    defaults = {one.name: one.default for one in fields(spec)}
    return {
        name: value for name, value in asdict(spec).items() if value != defaults[name]
    }
