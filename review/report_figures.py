"""Names and units of measured figures, as codes of the SR.

Never import this in the window's process: it imports highdicom.
"""

from __future__ import annotations

from highdicom.sr import CodedConcept

from inference.model_card import Code
from review import vocabulary
from review.measurement import MeasuredValue, Measurement, MeasurementKind
from review.report_codes import NO_UNITS, concept

LENGTH = Code("SCT", "410668003", "Length")
ANGLE = Code("SCT", "1483009", "Angle")
COBB_ANGLE = Code("SCT", "285285000", "Cobb angle")
AREA = Code("SCT", "42798000", "Area")
SQUARE_MM = Code("UCUM", "mm2", "square millimeter")
PIXELS = Code("UCUM", "{pixels}", "pixels")

_NAMES = {
    "length": LENGTH,
    "angle": ANGLE,
    "cobb angle": COBB_ANGLE,
    "area": AREA,
    "mean": Code("SCT", "373098007", "Mean"),
    "sd": Code("SCT", "386136009", "Standard Deviation"),
    "min": Code("SCT", "255605001", "Minimum"),
    "max": Code("SCT", "56851009", "Maximum"),
    "ratio": vocabulary.CARDIOTHORACIC_RATIO,
    "heart": vocabulary.HEART_WIDTH,
    "chest": vocabulary.CHEST_WIDTH,
}
"""CID 7470 (Length), 7464 (Mean and the like), 7471 (Area), 7550 (Cobb angle)."""

_OTHER_WORDS = {
    "standard deviation": "sd",
    "stdev": "sd",
    "minimum": "min",
    "maximum": "max",
    "cobb": "cobb angle",
    "cardiothoracic ratio": "ratio",
    "heart width": "heart",
    "chest width": "chest",
}

_UNITS = {
    "mm": Code("UCUM", "mm", "millimeter"),
    "mm2": SQUARE_MM,
    "px": PIXELS,
    "px2": PIXELS,
    "deg": Code("UCUM", "deg", "degree"),
    "HU": Code("UCUM", "[hnsf'U]", "Hounsfield unit"),
    "1": NO_UNITS,
}
_DETECTOR = " at detector"


def plain_name(value: MeasuredValue) -> str:
    """Return a figure's name, in one word for each meaning."""
    name = value.name.strip().casefold()
    return _OTHER_WORDS.get(name, name)


def name_of(value: MeasuredValue, kind: MeasurementKind) -> Code:
    """Return the code of a figure's name; `OTHER_FIGURE` if it has none."""
    name = plain_name(value)
    if kind is MeasurementKind.COBB and name == "angle":
        return COBB_ANGLE
    return _NAMES.get(name, vocabulary.OTHER_FIGURE)


def unit_of(value: MeasuredValue) -> Code:
    """Return the UCUM code; "no units" for stored values and unknown units."""
    return _UNITS.get(value.unit.removesuffix(_DETECTOR), NO_UNITS)


def method_of(value: MeasuredValue) -> CodedConcept | None:
    """Return the Measurement Method: at detector, or none to tell."""
    if value.unit.endswith(_DETECTOR):
        return concept(vocabulary.AT_DETECTOR)
    return None


def remarks(item: Measurement) -> list[str]:
    """Return what codes cannot say of a measurement's figures."""
    told = []
    units = {value.unit for value in item.values}
    if any(unit.endswith(_DETECTOR) for unit in units):
        told.append("Millimetres at detector: larger than in the patient.")
    if units & {"px", "px2"}:
        told.append("In pixels: the image gives no spacing that can be trusted.")
    if "stored" in units:
        told.append("Mean and the like are of stored values, which have no unit.")
    unknown = sorted(
        unit
        for unit in units - {"stored"}
        if unit.removesuffix(_DETECTOR) not in _UNITS
    )
    told += [f"In {unit}, as the image has it" for unit in unknown]
    told += [
        f"Other figure: {value.name}"
        for value in item.values
        if name_of(value, item.kind) == vocabulary.OTHER_FIGURE
    ]
    return told
