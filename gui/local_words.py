"""What a local calibration says, in words. No Qt."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from gui.facts_words import NOT_MEASURED, figure_text, number, operating, percent_text
from gui.facts_words import threshold as shipped_threshold
from gui.trust_words import UNCALIBRATED

if TYPE_CHECKING:
    from gui.model_entry import ModelEntry
    from inference.local_calibration import LocalBin, LocalCalibration, LocalFinding
    from inference.local_store import LocalState
    from inference.model_card import FindingSpec

WIDE = 0.3
"""An interval at least so wide is marked: it tells little of its bin."""


def day_text(day: str) -> str:
    """Return e.g. ``2 Mar 2026`` of ``2026-03-02``; anything else as it stands."""
    try:
        read = date.fromisoformat(day)
    except ValueError:
        return day
    return f"{read.day} {read:%b %Y}"


def in_force(calibration: LocalCalibration) -> str:
    """Return who measured what, when, in one sentence."""
    who = ", ".join(filter(None, (calibration.validated_by, calibration.site)))
    films = number(calibration.films - calibration.refused)
    return (
        f"{films} local films, {day_text(calibration.validated_on)}"
        f"{f', {who}' if who else ''}."
    )


def state_text(local: LocalState, key: str) -> str:
    """Return what holds for a finding's number here, in one or two sentences."""
    if local.refusal:
        return f"{UNCALIBRATED} The local calibration is refused: {local.refusal}."
    if local.calibration is None:
        return UNCALIBRATED
    found = local.calibration.finding(key)
    if found is None:
        return f"{UNCALIBRATED} The local films had no label of this finding."
    if found.withheld:
        return f"{UNCALIBRATED} Withheld: {sentence(found.withheld)}"
    return f"Calibrated on local films. {in_force(local.calibration)}"


def diagram_caption(found: LocalFinding) -> str:
    """Return what the diagram rests on."""
    share = ""
    if found.prevalence is not None:
        share = f" at {percent_text(found.prevalence.value)} % prevalence"
    return (
        f"{number(found.films)} local films{share}, each judged by a fit without its"
        " patient. Bars: 95 % intervals."
    )


def threshold_text(entry: ModelEntry, spec: FindingSpec) -> str:
    """Return the threshold in force and what it does, here if that was measured."""
    found = entry.local_finding(spec.key)
    if found is None or found.threshold is None or not spec.can_be_flagged:
        return shipped_threshold(spec)
    start = f"{found.threshold:.2f} here"
    if found.operating_point is not None:
        return f"{start}: {operating(found.operating_point)}"
    return (
        f"{start}: the model's own, carried over to the local probability."
        f" {sentence(found.threshold_withheld)}".rstrip()
    )


def calibration_text(entry: ModelEntry, spec: FindingSpec) -> str:
    """Return on what the probability rests: local films, else the makers'."""
    said = state_text(entry.local, spec.key)
    own = spec.calibration
    if not spec.calibrated:
        return f"{said} Not a probability until then."
    if own.films:
        said += f" Its makers calibrated it on {number(own.films)} films."
    return said


def figures(found: LocalFinding) -> tuple[tuple[str, str, str], ...]:
    """Return the three figures below the diagram: title, figure, what it means."""
    return (
        ("Calibration error", _three(found.ece), "0 is perfect"),
        ("Before calibration", _three(found.shipped_ece), "as the model came"),
        ("AUROC here", _value(found), _interval(found)),
    )


def bin_row(one: LocalBin) -> tuple[str, ...]:
    """Return a bin as a row of the diagram's table."""
    return (
        f"{one.low:.1f} to {one.high:.1f}",
        number(one.films),
        number(one.with_finding),
        f"{one.mean_probability:.2f}",
        figure_text(one.rate),
    )


def sentence(text: str) -> str:
    """Return words as a sentence of their own."""
    if not text:
        return ""
    return f"{text[0].upper()}{text[1:]}".rstrip(".") + "."


def warnings(found: LocalFinding) -> str:
    """Return what a reader of the figures should know, "" if nothing."""
    said = [sentence(found.warning)] if found.warning else []
    wide = sum(is_wide(one) for one in found.reliability)
    if wide:
        said.append(
            f"{wide} of {len(found.reliability)} intervals are {WIDE:g} wide or wider:"
            " too few films there to say."
        )
    return " ".join(said)


def is_wide(one: LocalBin) -> bool:
    """Whether a bin's interval is so wide that its point tells little."""
    return one.rate.high - one.rate.low >= WIDE


def _three(value: float | None) -> str:
    return NOT_MEASURED if value is None else f"{value:.3f}"


def _value(found: LocalFinding) -> str:
    return NOT_MEASURED if found.auroc is None else f"{found.auroc.value:.2f}"


def _interval(found: LocalFinding) -> str:
    if found.auroc is None:
        return "films of one class only"
    return f"{found.auroc.low:.2f} to {found.auroc.high:.2f}"
