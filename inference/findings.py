"""Logits -> calibrated probabilities and findings. NumPy only, no torch."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass

from inference.model_card import Code, FindingSpec, ModelCard
from inference.model_outputs import Calibration, CurvePoint


@dataclass(frozen=True, slots=True)
class Finding:
    """What the model claims of one label; the human's answer is a Decision.

    Attributes
    ----------
    key
        Stable name of the label in the manifest, e.g. ``"pneumonia"``.
    logit
        Raw output of the network.
    probability
        Calibrated, 0 to 1.
    interval
        95 % interval of the probability, or None where none can be stated.
    threshold
        The operating point, on the probability.
    flagged
        ``probability >= threshold``, and the label is one that can be flagged
        ("no finding" cannot).
    """

    key: str
    name: str
    code: Code
    logit: float
    probability: float
    interval: tuple[float, float] | None
    threshold: float
    flagged: bool


def sigmoid(logit: float) -> float:
    """Return 1 / (1 + exp(-logit)) without overflow for any finite logit."""
    if logit >= 0:
        return 1.0 / (1.0 + math.exp(-logit))
    odds = math.exp(logit)
    return odds / (1.0 + odds)


def calibrate(logit: float, spec: FindingSpec) -> tuple[float, tuple[float, float]]:
    """Turn a logit into a probability and its 95 % interval.

    On the calibration's curve where it has one (isotonic regression, with the
    interval of the curve). Else by Platt scaling:
    probability = sigmoid(slope * logit + intercept). Its interval carries the
    uncertainty of (slope, intercept) alone, by the delta method on the logit
    scale: variance = [l 1] C [l 1]'.

    References
    ----------
    Platt, Probabilistic outputs for support vector machines, 1999.
    Zadrozny and Elkan, Transforming classifier scores into accurate multiclass
    probability estimates, 2002 (isotonic regression).
    """
    return on_logit(logit, spec.calibration)


def on_logit(
    logit: float, calibration: Calibration
) -> tuple[float, tuple[float, float]]:
    """Return what a calibration makes of a logit; see `calibrate`."""
    if calibration.curve:
        return _on_curve(logit, calibration.curve)
    centre = calibration.slope * logit + calibration.intercept
    variance = (
        logit * logit * calibration.var_slope
        + 2.0 * logit * calibration.covariance
        + calibration.var_intercept
    )
    half = 1.96 * math.sqrt(max(variance, 0.0))
    return sigmoid(centre), (sigmoid(centre - half), sigmoid(centre + half))


def _on_curve(
    logit: float, curve: Sequence[CurvePoint]
) -> tuple[float, tuple[float, float]]:
    """Interpolate; beyond the ends nothing was seen, so the end's value holds."""
    place = bisect.bisect_left(curve, logit, key=lambda point: point.logit)
    if place == 0 or place == len(curve):
        end = curve[min(place, len(curve) - 1)]
        return end.probability, (end.low, end.high)
    left, right = curve[place - 1], curve[place]
    share = (logit - left.logit) / (right.logit - left.logit)

    def between(one: float, other: float) -> float:
        return one + share * (other - one)

    return between(left.probability, right.probability), (
        between(left.low, right.low),
        between(left.high, right.high),
    )


def to_findings(logits: Sequence[float], card: ModelCard) -> tuple[Finding, ...]:
    """Return one finding per label of the card, in the card's order.

    Parameters
    ----------
    logits : (labels,)
        As the network gives them, in the order of ``card.findings``.

    Raises
    ------
    ValueError
        If the number of logits differs from the number of labels, or a logit
        is not finite.
    """
    if len(logits) != len(card.findings):
        raise ValueError(
            f"{card.model_id}: {len(logits)} logits for {len(card.findings)} labels"
        )
    findings = []
    for logit, spec in zip(logits, card.findings, strict=True):
        if not math.isfinite(logit):
            raise ValueError(f"{card.model_id}: logit of {spec.key} is {logit}")
        probability, interval = calibrate(float(logit), spec)
        findings.append(
            Finding(
                key=spec.key,
                name=spec.name,
                code=spec.code,
                logit=float(logit),
                probability=probability,
                interval=interval,
                threshold=spec.threshold,
                flagged=spec.can_be_flagged and probability >= spec.threshold,
            )
        )
    return tuple(findings)
