"""Measurements and key images in words. No Qt."""

from __future__ import annotations

from review.measurement import MeasuredValue, Measurement, MeasurementKind

_KINDS = {
    MeasurementKind.LENGTH: "Length",
    MeasurementKind.ANGLE: "Angle",
    MeasurementKind.COBB: "Cobb angle",
    MeasurementKind.ELLIPSE: "Ellipse",
    MeasurementKind.RECTANGLE: "Rectangle",
    MeasurementKind.CARDIOTHORACIC: "Cardiothoracic ratio",
}
_UNITS = {"deg": "°", "1": "", "stored": "", "mm2": " mm²", "px2": " px²"}


def kind_word(kind: MeasurementKind) -> str:
    """Return what was measured, e.g. "Cobb angle"."""
    return _KINDS[kind]


def value_text(value: MeasuredValue) -> str:
    """Return a figure with its unit: ``42.3 mm``, ``31.2°``, ``0.52``."""
    unit, _, where = value.unit.partition(" at ")
    digits = 2 if unit == "1" else 1
    number = f"{value.value:.{digits}f}"
    told = f"{number}{_UNITS.get(unit, f' {unit}')}"
    return f"{told} at {where}" if where else told


def headline(measurement: Measurement) -> str:
    """Return the one figure that stands for a measurement; "" if it has none."""
    value = measurement.headline
    return "" if value is None else value_text(value)


def all_values(measurement: Measurement) -> str:
    """Return all figures: ``mean -712.3 HU, sd 14.0 HU``; one alone has no name."""
    if len(measurement.values) == 1:
        return headline(measurement)
    return ", ".join(f"{v.name} {value_text(v)}" for v in measurement.values)
