"""Logits -> calibrated probabilities and findings. NumPy only, no torch."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass

from inference.boxes import FoundBox
from inference.model_card import Code, FindingSpec, ModelCard
from inference.model_outputs import Calibration, Conformal, CurvePoint


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
    calibrated
        False where the number is no probability until it is calibrated on local
        films: only its order counts, and every place that shows it says so.
    conformal
        What the conformal set says: ``"present"``, ``"absent"``,
        ``"cannot tell"``, or "" where there is none.
    boxes
        Where the fine map puts it, the most probable first.
    """

    key: str
    name: str
    code: Code
    logit: float
    probability: float
    interval: tuple[float, float] | None
    threshold: float
    flagged: bool
    calibrated: bool = True
    conformal: str = ""
    boxes: tuple[FoundBox, ...] = ()


def sigmoid(logit: float) -> float:
    """Return 1 / (1 + exp(-logit)) without overflow for any finite logit."""
    if logit >= 0:
        return 1.0 / (1.0 + math.exp(-logit))
    odds = math.exp(logit)
    return odds / (1.0 + odds)


def calibrate(
    logit: float, spec: FindingSpec, spread: float = 0.0
) -> tuple[float, tuple[float, float]]:
    """Turn a logit into a probability and its 95 % interval.

    On the calibration's curve where it has one (isotonic regression, with the
    interval of the curve). Else by Platt scaling:
    probability = sigmoid(slope * logit + intercept). Its interval carries the
    uncertainty of (slope, intercept) by the delta method on the logit scale,
    variance = [l 1] C [l 1]', and that of the logit itself: the members of an
    ensemble disagree by a standard deviation of `spread`, which adds
    (slope * spread)^2. On a curve the ends of logit +- 1.96 spread are looked up.

    Parameters
    ----------
    spread
        Standard deviation of the members' logits; 0 for a single head.

    References
    ----------
    Platt, Probabilistic outputs for support vector machines, 1999.
    Zadrozny and Elkan, Transforming classifier scores into accurate multiclass
    probability estimates, 2002 (isotonic regression).
    """
    return on_logit(logit, spec.calibration, spread)


def on_logit(
    logit: float, calibration: Calibration, spread: float = 0.0
) -> tuple[float, tuple[float, float]]:
    """Return what a calibration makes of a logit; see `calibrate`."""
    if calibration.curve:
        centre, interval = _on_curve(logit, calibration.curve)
        low = _on_curve(logit - 1.96 * spread, calibration.curve)[1][0]
        high = _on_curve(logit + 1.96 * spread, calibration.curve)[1][1]
        return centre, (min(low, interval[0]), max(high, interval[1]))
    centre = calibration.slope * logit + calibration.intercept
    variance = (
        logit * logit * calibration.var_slope
        + 2.0 * logit * calibration.covariance
        + calibration.var_intercept
        + (calibration.slope * spread) ** 2
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


def conformal_word(probability: float, limits: Conformal | None) -> str:
    """Return what the class-conditional set holds, in a word.

    Both classes or neither in the set: nothing can be told at that coverage.
    """
    if limits is None:
        return ""
    may_be = probability >= limits.present_from
    may_lack = probability <= limits.absent_to
    if may_be == may_lack:
        return "cannot tell"
    return "present" if may_be else "absent"


def to_findings(
    logits: Sequence[float], card: ModelCard, spreads: Sequence[float] = ()
) -> tuple[Finding, ...]:
    """Return one finding per label of the card, in the card's order.

    Parameters
    ----------
    logits : (labels,)
        As the network gives them, in the order of ``card.findings``.
    spreads : (labels,)
        Standard deviation among an ensemble's members; empty without one.

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
    return tuple(
        _to_finding(float(logit), spec, float(spread), card.model_id)
        for logit, spec, spread in zip(
            logits, card.findings, spreads or [0.0] * len(logits), strict=True
        )
    )


def _to_finding(
    logit: float, spec: FindingSpec, spread: float, model_id: str
) -> Finding:
    if not math.isfinite(logit) or not math.isfinite(spread):
        raise ValueError(f"{model_id}: logit of {spec.key} is {logit}")
    probability, interval = calibrate(logit, spec, spread)
    return Finding(
        key=spec.key,
        name=spec.name,
        code=spec.code,
        logit=logit,
        probability=probability,
        # No interval can be stated of a number that is no probability.
        interval=interval if spec.calibrated else None,
        threshold=spec.threshold,
        flagged=spec.can_be_flagged and probability >= spec.threshold,
        calibrated=spec.calibrated,
        conformal=conformal_word(probability, spec.conformal),
    )
