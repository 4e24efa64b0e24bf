"""What a claim's number is worth, in words and on a scale. No Qt.

A probability, a number that is none, a severity with its error band, or an area:
each says what it is, everywhere it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass

from inference.severities import NOT_A_PROGNOSIS, SeverityValue
from review.decision import MarkedArea, ReviewedFinding

NOT_A_PROBABILITY = "not a probability"
NO_SPACING = "no pixel spacing: px only"
SHORT = {NOT_A_PROGNOSIS: "not a prognosis"}
"""The same in fewer words, where the number beside it says the rest."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A claim on its scale, as shares of it, 0 to 1; `ends` are in its own unit."""

    value: float
    interval: tuple[float, float] | None
    threshold: float | None
    ends: tuple[str, str]


def probability_text(probability: float) -> str:
    """Return a probability with two decimals, never rounded up to certainty."""
    if probability > 0.995:
        return ">0.99"
    if probability < 0.005:
        return "<0.01"
    return f"{probability:.2f}"


def area_text(area: MarkedArea) -> str:
    """Return an area in mm² or cm², or in pixels where nothing else is known."""
    if area.area_mm2 is None:
        return f"{area.pixels} px"
    if area.area_mm2 >= 1000.0:
        return f"{area.area_mm2 / 100.0:.1f} cm²"
    return f"{area.area_mm2:.0f} mm²"


def figure(finding: ReviewedFinding) -> str:
    """Return a claim's number, in as few characters as a row has room for."""
    if finding.severity is not None:
        return f"{finding.severity.value:.1f} of {finding.severity.maximum:g}"
    if finding.segment is not None:
        return area_text(finding.segment)
    if finding.probability is None:
        return "no AI score"
    return probability_text(finding.probability)


def worth(finding: ReviewedFinding) -> tuple[str, ...]:
    """Return what must stand beside the number; nothing beside a probability."""
    if finding.severity is not None:
        return (NOT_A_PROGNOSIS,)
    if finding.segment is not None:
        return () if finding.segment.area_mm2 is not None else (NO_SPACING,)
    if finding.probability is None:
        return ()
    told = () if finding.calibrated else (NOT_A_PROBABILITY,)
    if finding.conformal == "cannot tell":
        return (*told, "cannot tell")
    return told


def band(severity: SeverityValue) -> str:
    """Return a severity's error band in words."""
    low, high = severity.interval
    share = round(100 * severity.coverage)
    return f"between {low:.1f} and {high:.1f} in {share} of 100 films like this"


def spoken_figure(finding: ReviewedFinding) -> list[str]:
    """Return number, interval and worth as a screen reader says them."""
    if finding.probability is None and not worth(finding) and finding.segment is None:
        return []
    parts = [figure(finding)]
    if finding.severity is not None:
        parts.append(band(finding.severity))
    elif finding.interval is not None:
        low, high = finding.interval
        parts.append(f"between {probability_text(low)} and {probability_text(high)}")
    if finding.boxes:
        count = len(finding.boxes)
        parts.append(f"{count} region{'s' if count > 1 else ''} on the image")
    return [*parts, *worth(finding)]


def scale_of(finding: ReviewedFinding) -> Scale | None:
    """Return a claim on its scale; None for one that has none, such as an area."""
    severity = finding.severity
    if severity is not None:
        low, high = (_share(end, severity) for end in severity.interval)
        ends = (f"{severity.minimum:g}", f"{severity.maximum:g}")
        return Scale(_share(severity.value, severity), (low, high), None, ends)
    if finding.probability is None:
        return None
    return Scale(finding.probability, finding.interval, finding.threshold, ("0", "1"))


def _share(value: float, severity: SeverityValue) -> float:
    return (value - severity.minimum) / (severity.maximum - severity.minimum)
