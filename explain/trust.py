"""The trust checks that come with an analysis. No torch, no Qt."""

from __future__ import annotations

from explain.analysis import CheckResult, TrustCheck
from inference.film_gate import GateVerdict
from inference.gate import LIMIT
from inference.local_calibration import LocalCalibration
from inference.local_store import LocalState
from inference.model_card import ModelCard

WEAK_AUROC = 0.80
"""Below it, on sources the model never saw, a reader should be warned."""

WEAK_DICE = 0.70
"""Below it the area and the volume of a segment are rough."""


def trust_checks(
    card: ModelCard,
    distance: float | None,
    local: LocalState | None = None,
    verdict: GateVerdict | None = None,
) -> tuple[TrustCheck, ...]:
    """Return the checks, in the order of the trust panel.

    Parameters
    ----------
    distance
        From the training films (`inference.gate`); None if the model has no
        gate.
    local
        What this site measured of the model; None where nobody looked.
    verdict
        Of the input gate; None where it was not asked.
    """
    checks = [gate_check(distance, verdict)]
    if verdict is not None and card.inclusion.kind:
        checks.insert(0, kind_check(verdict))
    if card.findings:
        checks += [calibration_check(card, local), unseen_check(card)]
    if card.severities:
        checks.append(error_check(card))
    if card.segments:
        checks.append(overlap_check(card))
    return tuple(checks)


def refusal_checks(verdict: GateVerdict) -> tuple[TrustCheck, ...]:
    """Return the checks of an image that the input gate refused."""
    if verdict.distance is None:
        return (kind_check(verdict),)
    return kind_check(verdict), gate_check(None, verdict)


def kind_check(verdict: GateVerdict) -> TrustCheck:
    """Say what the input gate takes the image for.

    Failed only for what was refused before its distance was looked at.
    """
    wrong = verdict.reasons and verdict.distance is None
    result = CheckResult.FAILED if wrong else CheckResult.PASSED
    figure = f"{verdict.kind}, {verdict.kind_probability:.2f}"
    return TrustCheck("kind", "Is what the model reads", result, figure)


def gate_check(
    distance: float | None, verdict: GateVerdict | None = None
) -> TrustCheck:
    """Say whether the film resembles the training films.

    Where the model has no distance of its own, that of the input gate counts, from
    films of the kind that the model reads; the figure says so.
    """
    whose = ""
    if distance is None and verdict is not None:
        distance, whose = verdict.distance, " (the input gate's films of this kind)"
    if distance is None:
        result, figure = CheckResult.NOT_TESTED, _no_distance(verdict)
    else:
        closed = distance > LIMIT
        result = CheckResult.FAILED if closed else CheckResult.PASSED
        figure = f"{distance:.2f}, limit {LIMIT:.2f}{whose}"
    return TrustCheck("gate", "Looks like training films", result, figure)


def _no_distance(verdict: GateVerdict | None) -> str:
    if verdict is None:
        return "this model has no input gate"
    return "this model has no distance of its own"


def gate_reason(distance: float) -> str:
    """Say why the score was withheld, to follow "Not analysed: "."""
    return (
        f"unlike the training films. Distance {distance:.2f}, limit {LIMIT:.2f}."
        " Score withheld."
    )


def calibration_check(card: ModelCard, local: LocalState | None) -> TrustCheck:
    """Say whether the probabilities were compared with local films.

    Passed only if that holds for every finding that can be flagged.
    """
    title = "Calibrated on local films"
    if local is not None and local.refusal:
        figure = f"refused: {local.refusal}. The manifest's values are used."
        return TrustCheck("calibration", title, CheckResult.FAILED, figure)
    if local is None or local.calibration is None:
        return TrustCheck(
            "calibration",
            title,
            CheckResult.NOT_TESTED,
            "Not calibrated here. Score order only.",
        )
    return _local_check(card, local.calibration, title)


def _local_check(card: ModelCard, local: LocalCalibration, title: str) -> TrustCheck:
    asked = {spec.key: spec.name for spec in card.findings if spec.can_be_flagged}
    usable = {item.key for item in local.findings if item.usable}
    missing = [name for key, name in asked.items() if key not in usable]
    where = f"{local.films} films, {local.site}, {local.validated_on}"
    if not usable:
        figure = f"{where}: too few to calibrate. Score order only."
        return TrustCheck("calibration", title, CheckResult.NOT_TESTED, figure)
    if missing:
        figure = f"{where}; not {', '.join(missing)}"
        return TrustCheck("calibration", title, CheckResult.WARNING, figure)
    return TrustCheck("calibration", title, CheckResult.PASSED, where)


def error_check(card: ModelCard) -> TrustCheck:
    """Say how far the severities were off, beside always saying the mean."""
    title = "Error on patients it never saw"
    worst, figures = CheckResult.PASSED, []
    for spec in card.severities:
        error, baseline = spec.mean_absolute_error, spec.baseline_error
        if error is None:
            return TrustCheck("error", title, CheckResult.NOT_TESTED, "not measured")
        figure = f"{spec.name}: off by {error.value:.1f}"
        if baseline is not None:
            figure += f", the mean alone by {baseline.value:.1f}"
            if error.high >= baseline.value:
                worst = CheckResult.WARNING
        figures.append(figure)
    return TrustCheck("error", title, worst, "; ".join(figures))


def overlap_check(card: ModelCard) -> TrustCheck:
    """Say how well the segments met those drawn by people."""
    title = "Overlap with outlines drawn by people"
    measured = [(s.dice, s.name) for s in card.segments if s.dice is not None]
    if not measured:
        return TrustCheck("overlap", title, CheckResult.NOT_TESTED, "not measured")
    dice, name = min(measured, key=lambda pair: pair[0].value)
    return TrustCheck(
        "overlap",
        title,
        CheckResult.WARNING if dice.value < WEAK_DICE else CheckResult.PASSED,
        f"{name}: Dice {dice.value:.2f}, {dice.low:.2f} to {dice.high:.2f}",
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
