"""The trust checks that come with an analysis. No torch, no Qt."""

from __future__ import annotations

from explain.analysis import CheckResult, TrustCheck
from inference.gate import LIMIT
from inference.model_card import ModelCard

WEAK_AUROC = 0.80
"""Below it, on sources the model never saw, a reader should be warned."""


def trust_checks(card: ModelCard, distance: float | None) -> tuple[TrustCheck, ...]:
    """Return the checks, in the order of the trust panel.

    Parameters
    ----------
    distance
        From the training films (`inference.gate`); None if the model has no
        gate.
    """
    return gate_check(distance), calibration_check(), unseen_check(card)


def gate_check(distance: float | None) -> TrustCheck:
    """Say whether the film resembles the training films."""
    if distance is None:
        result, figure = CheckResult.NOT_TESTED, "this model has no input gate"
    else:
        closed = distance > LIMIT
        result = CheckResult.FAILED if closed else CheckResult.PASSED
        figure = f"{distance:.2f}, limit {LIMIT:.2f}"
    return TrustCheck("gate", "Looks like training films", result, figure)


def gate_reason(distance: float) -> str:
    """Say why the score was withheld, to follow "Not analysed: "."""
    return (
        f"unlike the training films. Distance {distance:.2f}, limit {LIMIT:.2f}."
        " Score withheld."
    )


def calibration_check() -> TrustCheck:
    """Say that nobody has compared the probabilities with local films yet."""
    return TrustCheck(
        "calibration",
        "Calibrated on local films",
        CheckResult.NOT_TESTED,
        "Not calibrated here. Score order only.",
    )


def unseen_check(card: ModelCard) -> TrustCheck:
    """Say how the model's weakest finding did on sources it never saw."""
    title = "Model on sites it never saw"
    measured = [
        (spec.unseen_auroc, spec.name)
        for spec in card.findings
        if spec.can_be_flagged and spec.unseen_auroc is not None
    ]
    if not measured:
        return TrustCheck("unseen", title, CheckResult.NOT_TESTED, "not measured")
    auroc, name = min(measured, key=lambda pair: pair[0].value)
    weak = auroc.value < WEAK_AUROC
    return TrustCheck(
        "unseen",
        title,
        CheckResult.WARNING if weak else CheckResult.PASSED,
        f"{name}: AUROC {auroc.value:.2f}, {auroc.low:.2f} to {auroc.high:.2f}",
    )
