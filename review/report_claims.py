"""The number of a claim, as measurements of its group in the SR.

Never import this in the window's process: it imports highdicom.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, TypeAlias

from highdicom.sr import Measurement, MeasurementProperties
from pydicom.dataset import Dataset

from inference.model_card import Code
from inference.severities import NOT_A_PROGNOSIS, SeverityValue
from review.counting import counted
from review.decision import MarkedArea, ReviewedFinding
from review.report_codes import CERTAINTY, NO_UNITS, PERCENT, PROBABILITY, concept
from review.report_figures import AREA, PIXELS, SQUARE_MM
from review.states import is_calibrated, is_reported

if TYPE_CHECKING:
    from review.export import ExportRequest

Told: TypeAlias = tuple[float, tuple[str, ...]]
"""A number, and the units of it and of its uncertainties (UCUM)."""

_SCORE = Code("UCUM", "{score}", "score")


def claim_measurements(row: ReviewedFinding) -> list[Measurement]:
    """Return a probability, a certainty, a severity or an area; or nothing."""
    if row.severity is not None:
        return [_severity(row.severity)]
    if row.segment is not None:
        return [_area(row.segment)]
    return _probability(row)


def claim_remarks(row: ReviewedFinding) -> list[str]:
    """Return what codes cannot say of a claim."""
    told = []
    if row.probability is not None and not row.calibrated:
        told.append("The certainty is not a probability: only its order counts.")
    if row.severity is not None:
        low, high = row.severity.minimum, row.severity.maximum
        share = round(100 * row.severity.coverage)
        told.append(
            f"On a scale of {low:g} to {high:g}; the uncertainty is that of a {share} %"
            f" prediction interval. {NOT_A_PROGNOSIS.capitalize()}."
        )
    if row.segment is not None:
        told.append("Told by its area; its outline is not in this report.")
    if row.box is None and len(row.boxes) > 1:
        others = "; ".join(
            f"row {box.row:.0f}, column {box.column:.0f},"
            f" {box.rows:.0f} x {box.columns:.0f} px"
            for box in row.boxes[1:]
        )
        told.append(f"The most probable region is drawn. Others: {others}.")
    if row.conformal:
        told.append(f"Conformal set: {row.conformal}.")
    return told


def meant_claims(request: ExportRequest) -> dict[str, Told]:
    """Return the severities and areas that `read_claims` should find."""
    return {
        row.tracking_uid: (_number(row), _units(row))
        for row in request.findings
        if is_reported(row) and (row.severity or row.segment)
    }


def read_claims(document: Dataset, uids: Collection[str]) -> dict[str, Told]:
    """Return, from an SR's plain data set, the numbers of some groups.

    Parameters
    ----------
    uids
        Tracking UIDs of the groups.
    """
    told: dict[str, Told] = {}
    for container in document.ContentSequence:
        for group in container.get("ContentSequence", []):
            held = group.get("ContentSequence", [])
            names = [
                str(item.UID) for item in held if item.get("ValueType") == "UIDREF"
            ]
            numbers = [item for item in held if item.get("ValueType") == "NUM"]
            if numbers and names and names[0] in uids:
                told[names[0]] = _read_number(numbers[0])
    return told


def _read_number(item: Dataset) -> Told:
    inner = item.get("ContentSequence", [])
    values = [
        one.MeasuredValueSequence[0]
        for one in (item, *(one for one in inner if one.get("ValueType") == "NUM"))
    ]
    units = tuple(
        str(value.MeasurementUnitsCodeSequence[0].CodeValue) for value in values
    )
    return float(values[0].NumericValue), units


def left_out_words(request: ExportRequest) -> str:
    """Say what of the claims is not in the report; "" if all is."""
    rows = [row for row in request.findings if is_reported(row)]
    outlines = sum(row.segment is not None for row in rows)
    boxes = sum(max(len(row.boxes) - 1, 0) for row in rows if row.box is None)
    told = (
        f"{counted(outlines, 'outline')} told by area alone" if outlines else "",
        f"{counted(boxes, 'further region')} told in words" if boxes else "",
    )
    return "; ".join(filter(None, told))


def _number(row: ReviewedFinding) -> float:
    if row.severity is not None:
        return round(row.severity.value, 3)
    assert row.segment is not None
    if row.segment.area_mm2 is None:
        return float(row.segment.pixels)
    return round(row.segment.area_mm2, 3)


def _units(row: ReviewedFinding) -> tuple[str, ...]:
    if row.severity is not None:
        return (_SCORE.value,) * 3
    assert row.segment is not None
    return ((PIXELS if row.segment.area_mm2 is None else SQUARE_MM).value,)


def _severity(severity: SeverityValue) -> Measurement:
    low, high = severity.interval
    return Measurement(
        concept(severity.code),
        round(severity.value, 3),
        concept(_SCORE),
        properties=_between(severity.value, low, high, 3, _SCORE),
    )


def _area(segment: MarkedArea) -> Measurement:
    if segment.area_mm2 is None:
        return Measurement(concept(AREA), float(segment.pixels), concept(PIXELS))
    return Measurement(concept(AREA), round(segment.area_mm2, 3), concept(SQUARE_MM))


def _probability(row: ReviewedFinding) -> list[Measurement]:
    """Return the number: a probability if calibrated, else a certainty in %."""
    if row.probability is None:
        return []
    value = round(row.probability, 6)
    if not is_calibrated(row) or row.interval is None:
        return [Measurement(concept(CERTAINTY), 100.0 * value, concept(PERCENT))]
    low, high = row.interval
    return [
        Measurement(
            concept(PROBABILITY),
            value,
            concept(NO_UNITS),
            properties=_between(row.probability, low, high, 6, NO_UNITS),
        )
    ]


def _between(
    value: float, low: float, high: float, digits: int, unit: Code
) -> MeasurementProperties:
    """Return how far the ends of an interval lie from the number, in its unit."""
    properties = MeasurementProperties(
        upper_measurement_uncertainty=round(max(high - value, 0.0), digits),
        lower_measurement_uncertainty=round(max(value - low, 0.0), digits),
    )
    for item in properties:
        # highdicom writes "no units" whatever the number's own unit is.
        item.MeasuredValueSequence[0].MeasurementUnitsCodeSequence = [concept(unit)]
    return properties
