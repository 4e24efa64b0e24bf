"""The input gate's decision: what a film is, and whether a model may have it.

Pure logic on the outputs of ``overread:gate`` (`inference.gate_network`); no
torch. A film with a reason gets no number from the model that asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from studies.model import Float32Array

LungBox: TypeAlias = tuple[float, float, float, float]
"""(row0, column0, row1, column1) as fractions of the film, 0 to 1."""

KINDS = (
    "frontal chest",
    "lateral chest",
    "upper limb",
    "other limb",
    "brain MR",
    "CT slice",
    "photograph",
    "other",
)
"""What a film can be, in the order of the network's output ``kind``."""

TURNS = (0, 90, 180, 270)
"""Degrees clockwise, in the order of the output ``rotation``."""

DISTANCES = ("frontal chest", "limb", "brain MR")
"""What a model can ask for, in the order of the output ``distance``."""

LIMIT = 1.0
"""Distance above which a film is unlike the training films."""

_ACCEPTED = {
    "frontal chest": ("frontal chest",),
    "limb": ("upper limb",),
    "brain MR": ("brain MR",),
}
_WANTED_IN_WORDS = {
    "frontal chest": "a frontal chest radiograph",
    "limb": "a limb radiograph",
    "brain MR": "a brain MR slice",
}
_KIND_IN_WORDS = {
    "frontal chest": "a frontal chest radiograph",
    "lateral chest": "a lateral chest radiograph",
    "upper limb": "a radiograph of the arm or hand",
    "other limb": "a radiograph of the leg, foot or hip",
    "brain MR": "a brain MR slice",
    "CT slice": "a CT slice",
    "photograph": "a photograph",
    "other": "another kind of image",
}

NEEDED = {"frontal chest": 0.5, "limb": 0.5, "brain MR": 0.5}
"""Least probability of the kind that a model asks for."""

TURNED_FROM = 0.5
INVERTED_FROM = 0.5
CUT_OFF_FROM = 0.5
"""Probabilities from which a film is refused as turned, inverted, cut off."""


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """What the input gate says of one film.

    Attributes
    ----------
    kind, kind_probability
        The likeliest of `KINDS`, and its probability.
    rotation
        Degrees clockwise by which the film is turned: 0, 90, 180 or 270.
        0 unless the film is taken for a frontal chest radiograph, since a limb
        or a slice has no one right way up.
    inverted
        Whether bone is dark. Asked of radiographs only.
    cut_off
        Whether a part of the lungs lies outside a frontal chest film.
    lung_box
        Around both lungs; None unless it is an upright frontal chest film.
    reasons
        Why the model must not have the film, in words that follow
        "Not analysed: ", e.g. ``"lateral view"``; empty if it may.
    distance
        From the gate's training films of the kind that was asked for, to be held
        against `LIMIT`; None where no kind was asked for, or the film was refused
        before.
    """

    kind: str
    kind_probability: float
    rotation: int
    inverted: bool
    cut_off: bool
    lung_box: LungBox | None
    reasons: tuple[str, ...]
    distance: float | None = None

    @property
    def accepted(self) -> bool:
        """Whether the model may have the film."""
        return not self.reasons


def judge(outputs: Mapping[str, Float32Array], wanted: str) -> GateVerdict:
    """Decide on one film.

    Parameters
    ----------
    outputs
        Of one film, with or without a leading axis of one film: ``kind`` (8,)
        and ``rotation`` (4,) as logits of exclusive classes, ``inverted`` and
        ``cut_off`` as logits, ``lung_box`` (4,) as fractions, ``distance`` (3,).
    wanted
        The manifest's ``inclusion.kind``: ``"frontal chest"``, ``"limb"``,
        ``"brain MR"``, or ``""`` for a model that takes any film.

    Raises
    ------
    ValueError
        If an output is missing, of another size, or no finite number, or
        nothing is known of what is wanted.
    """
    if wanted and wanted not in _ACCEPTED:
        raise ValueError(f"no gate for {wanted!r}; there is: {', '.join(_ACCEPTED)}")
    kinds = _softmax(_values(outputs, "kind", len(KINDS)))
    kind = KINDS[int(kinds.argmax())]
    chest = kind == "frontal chest"
    radiograph = chest or kind in ("lateral chest", "upper limb", "other limb")
    turns = _softmax(_values(outputs, "rotation", len(TURNS)))
    turned = chest and 1.0 - float(turns[0]) >= TURNED_FROM
    rotation = TURNS[1 + int(turns[1:].argmax())] if turned else 0
    inverted = radiograph and _probability(outputs, "inverted") >= INVERTED_FROM
    cut_off = chest and not turned and _probability(outputs, "cut_off") >= CUT_OFF_FROM
    verdict = GateVerdict(
        kind=kind,
        kind_probability=float(kinds.max()),
        rotation=rotation,
        inverted=inverted,
        cut_off=cut_off,
        lung_box=_box(outputs) if chest and not turned else None,
        reasons=(),
    )
    if not wanted:
        return verdict
    reasons = _kind_reasons(kinds, kind, wanted) or _state_reasons(verdict)
    if reasons:
        return replace(verdict, reasons=reasons)
    distance = _distance(outputs, wanted)
    unlike = (distance_words(distance),) if distance > LIMIT else ()
    return replace(verdict, reasons=unlike, distance=distance)


def distance_words(distance: float) -> str:
    """Say that a film lies too far from the training films."""
    return (
        f"unlike the training films. Distance {distance:.2f}, limit {LIMIT:.2f}."
        " Score withheld."
    )


def _kind_reasons(
    kinds: NDArray[np.float64], kind: str, wanted: str
) -> tuple[str, ...]:
    accepted = _ACCEPTED[wanted]
    probability = float(sum(kinds[KINDS.index(name)] for name in accepted))
    if kind in accepted:
        if probability >= NEEDED[wanted]:
            return ()
        return (
            f"not clearly {_WANTED_IN_WORDS[wanted]}: probability"
            f" {probability:.2f}, needed {NEEDED[wanted]:.2f}",
        )
    if wanted == "frontal chest" and kind == "lateral chest":
        return ("lateral view",)
    if wanted == "limb" and kind == "other limb":
        return (f"outside what it was trained on: looks like {_KIND_IN_WORDS[kind]}",)
    return (f"not {_WANTED_IN_WORDS[wanted]}: looks like {_KIND_IN_WORDS[kind]}",)


def _state_reasons(verdict: GateVerdict) -> tuple[str, ...]:
    reasons = []
    if verdict.rotation:
        reasons.append(f"film is turned by {verdict.rotation} degrees")
    if verdict.inverted:
        reasons.append("film is inverted")
    if verdict.cut_off:
        reasons.append("lungs are cut off")
    return tuple(reasons)


def _distance(outputs: Mapping[str, Float32Array], wanted: str) -> float:
    distances = _values(outputs, "distance", len(DISTANCES))
    return float(distances[DISTANCES.index(wanted)])


def _box(outputs: Mapping[str, Float32Array]) -> LungBox | None:
    """Return the lung box within the film; None if it has no area there."""
    row0, column0, row1, column1 = np.clip(_values(outputs, "lung_box", 4), 0.0, 1.0)
    if row1 <= row0 or column1 <= column0:
        return None
    return float(row0), float(column0), float(row1), float(column1)


def _values(
    outputs: Mapping[str, Float32Array], name: str, size: int
) -> NDArray[np.float64]:
    if name not in outputs:
        raise ValueError(f"the gate gave no output {name!r}")
    values = np.asarray(outputs[name], np.float64).reshape(-1)
    if values.size != size or not np.isfinite(values).all():
        raise ValueError(f"gate output {name!r} is not {size} finite numbers")
    return values


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(logits - logits.max())
    return np.asarray(powers / powers.sum())


def _probability(outputs: Mapping[str, Float32Array], name: str) -> float:
    return float(1.0 / (1.0 + np.exp(-_values(outputs, name, 1)[0])))
