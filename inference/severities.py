"""Regression outputs -> severities on their scale, with error bands."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from inference.model_card import Code, ModelCard, SeveritySpec

NOT_A_PROGNOSIS = "severity, not a prognosis"
"""Said wherever a severity is shown."""


@dataclass(frozen=True, slots=True)
class SeverityValue:
    """How severe something looks on one film; says nothing of what will become.

    Attributes
    ----------
    value
        On the scale `minimum` to `maximum`.
    interval
        Prediction interval, clipped to the scale, with `coverage` (0 to 1).
    """

    key: str
    name: str
    code: Code
    value: float
    interval: tuple[float, float]
    minimum: float
    maximum: float
    coverage: float


def to_severities(
    outputs: Sequence[float], card: ModelCard
) -> tuple[SeverityValue, ...]:
    """Return one value per severity of the card, in the card's order.

    Parameters
    ----------
    outputs : (severities,)
        As the network gives them, on each severity's own scale.

    Raises
    ------
    ValueError
        If their number differs from the card's, or one is not finite.
    """
    if len(outputs) != len(card.severities):
        raise ValueError(
            f"{card.model_id}: {len(outputs)} values for"
            f" {len(card.severities)} severities"
        )
    return tuple(
        _to_value(float(output), spec, card.model_id)
        for output, spec in zip(outputs, card.severities, strict=True)
    )


def _to_value(output: float, spec: SeveritySpec, model_id: str) -> SeverityValue:
    if not math.isfinite(output):
        raise ValueError(f"{model_id}: value of {spec.key} is {output}")

    def clipped(value: float) -> float:
        return min(max(value, spec.minimum), spec.maximum)

    return SeverityValue(
        spec.key,
        spec.name,
        spec.code,
        clipped(output),
        (clipped(output - spec.below), clipped(output + spec.above)),
        spec.minimum,
        spec.maximum,
        spec.coverage,
    )
