"""Measurements in words: on the film, in the list, for screen readers. Qt-free."""

from __future__ import annotations

from collections.abc import Sequence

from review.measurement import MeasuredValue, Measurement, MeasurementKind

TITLES: dict[MeasurementKind, str] = {
    MeasurementKind.LENGTH: "Length",
    MeasurementKind.ANGLE: "Angle",
    MeasurementKind.COBB: "Cobb angle",
    MeasurementKind.ELLIPSE: "Ellipse",
    MeasurementKind.RECTANGLE: "Rectangle",
    MeasurementKind.CARDIOTHORACIC: "Cardiothoracic ratio",
}
_HOW: dict[MeasurementKind, str] = {
    MeasurementKind.LENGTH: "Length: drag from end to end.",
    MeasurementKind.ANGLE: "Angle: drag from an end to the vertex, then click.",
    MeasurementKind.COBB: "Cobb angle: drag along one endplate, then the other.",
    MeasurementKind.ELLIPSE: "Ellipse: drag from corner to corner of its frame.",
    MeasurementKind.RECTANGLE: "Rectangle: drag from corner to corner.",
    MeasurementKind.CARDIOTHORACIC: (
        "Cardiothoracic ratio: drag across the heart, then across the chest."
    ),
}
_KEYS = (
    " Keys: Enter for one, arrows move a point, Tab the next, Enter takes it,"
    " Esc cancels."
)
_SQUARE_CM = 100.0
_HIDDEN_UNITS = frozenset({"1", "", "US", "stored"})


def hint(kind: MeasurementKind) -> str:
    """Say how it is drawn, by mouse and by keys."""
    return _HOW[kind] + _KEYS


def plain(value: float) -> str:
    """Write a number with some three digits: "0.123", "4.56", "78.9", "1234"."""
    size = abs(value)
    decimals = 0 if size >= 99.95 else 1 if size >= 9.995 else 2
    if size and size < 0.9995:
        decimals = 3 if size >= 0.01 else 5
    text = f"{value:.{decimals}f}"
    return text.lstrip("-") if float(text) == 0 else text


def whole(value: float) -> str:
    """Write a count, or a value that may be one, without idle decimals."""
    return f"{value:.0f}" if value == round(value) else plain(value)


def length(value: float, unit: str) -> str:
    """Write a length: "42.3 mm", "12.1 mm at detector", "118.2 px (no spacing)"."""
    told = "px (no spacing)" if unit == "px" else unit
    return f"{value:.1f} {told}"


def area(value: float, unit: str) -> str:
    """Write an area, from 100 mm2 on in square centimetres."""
    measure, _, rest = unit.partition(" ")
    if measure == "px2":
        return f"{plain(value)} px\u00b2 (no spacing)"
    if value >= _SQUARE_CM:
        value, measure = value / _SQUARE_CM, "cm2"
    return f"{plain(value)} {measure.replace('2', chr(0xB2))} {rest}".strip()


def lines(
    kind: MeasurementKind, values: Sequence[MeasuredValue], label: str = ""
) -> tuple[str, ...]:
    """Write the figures as they stand beside the mark, the reader's label first."""
    by_name = {value.name: value for value in values}
    first = (label,) if label else ()
    if kind in (MeasurementKind.ELLIPSE, MeasurementKind.RECTANGLE):
        return (*first, *_region(by_name))
    return (*first, _line(kind, by_name))


def _line(kind: MeasurementKind, values: dict[str, MeasuredValue]) -> str:
    if kind is MeasurementKind.LENGTH:
        found = values["length"]
        return length(found.value, found.unit)
    if kind is MeasurementKind.CARDIOTHORACIC:
        heart, chest = values["heart"], values["chest"]
        wide = length(chest.value, chest.unit).replace(" (no spacing)", ", no spacing")
        ratio = values["ratio"].value
        return f"CTR {ratio:.2f} ({heart.value:.1f} / {wide})"
    if kind is MeasurementKind.COBB:
        return f"Cobb {values['cobb'].value:.1f} deg"
    return f"{values['angle'].value:.1f} deg"


def _region(values: dict[str, MeasuredValue]) -> tuple[str, ...]:
    mean, size = values["mean"], values["area"]
    unit = "" if mean.unit in _HIDDEN_UNITS else f" {mean.unit}"
    told = {"stored": " (stored)", "US": " (no unit)"}.get(mean.unit, "")
    low, high = values["min"].value, values["max"].value
    count = f"{values['pixels'].value:.0f} px"
    written = [
        f"Mean {plain(mean.value)}{unit}{told}  SD {plain(values['sd'].value)}",
        f"Min {whole(low)}  Max {whole(high)}",
        f"Area {area(size.value, size.unit)}, {count}",
    ]
    if "padding" in values:
        written.append(f"{values['padding'].value:.0f} px of padding left out")
    return tuple(written)


def headline(measurement: Measurement) -> str:
    """Write the figure that counts, for a list: "Length 42.3 mm"."""
    kind = measurement.kind
    figure = lines(kind, measurement.values)[0]
    if kind in (MeasurementKind.COBB, MeasurementKind.CARDIOTHORACIC):
        return figure
    return f"{TITLES[kind]}  {figure}"


def spoken(measurement: Measurement, doubts: Sequence[str] = ()) -> str:
    """Say a measurement whole: kind, label, figures, doubts."""
    label = f", {measurement.label}" if measurement.label else ""
    figures = ", ".join(lines(measurement.kind, measurement.values))
    return ". ".join((f"{TITLES[measurement.kind]}{label}: {figures}", *doubts))


def point_words(kind: MeasurementKind, active: int | None, count: int) -> str:
    """Say what the arrows move."""
    if active is None:
        return f"{TITLES[kind]}: arrows move all of it"
    return f"{TITLES[kind]}: arrows move point {active + 1} of {count}"
