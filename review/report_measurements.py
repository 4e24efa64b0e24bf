"""The reader's measurements, as measurement groups of the SR.

Never import this in the window's process: it imports highdicom.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from highdicom.sr import (
    CoordinatesForMeasurement,
    DateTimeContentItem,
    ImageRegion,
    MeasurementsAndQualitativeEvaluations,
    PlanarROIMeasurementsAndQualitativeEvaluations,
    PnameContentItem,
    TrackingIdentifier,
)
from highdicom.sr import Measurement as NumberItem
from pydicom.dataset import Dataset

from review import report_figures, report_shapes, vocabulary
from review.counting import counted, on_planes
from review.dicom_common import person_name
from review.image_lookup import image_of
from review.measurement import Measurement, MeasurementKind
from review.report_codes import COMMENT, CONTAINS, concept, text_item
from review.report_groups import Group
from review.report_runs import source_image
from studies.model import ImageHeader

if TYPE_CHECKING:
    from review.export import ExportRequest

OUTSIDE = "Partly outside the image: the coordinates are in CSV and JSON only."
_REGIONS = (MeasurementKind.ELLIPSE, MeasurementKind.RECTANGLE)


def measurement_groups(request: ExportRequest) -> list[Group]:
    """Return a group per measurement on an exported image, in their order.

    Those on planes reformatted from a volume are left out: the plane is no
    object that a report could refer to.
    """
    return [
        _group(item, header, number)
        for number, (item, header) in enumerate(_on_images(request), 1)
    ]


def left_out_words(request: ExportRequest) -> str:
    """Say which measurements are not in the report, and why; "" if all are."""
    planes = sum(item.reformatted for item in request.measurements)
    others = len(request.measurements) - planes - len(_on_images(request))
    closed = f"{counted(others, 'measurement')} on images that are not open: in CSV"
    told = (on_planes(planes), f"{closed} and JSON only" if others else "")
    return "; ".join(filter(None, told))


def meant_figures(request: ExportRequest) -> dict[str, list[tuple[str, str, float]]]:
    """Return what `read_figures` should find."""
    return {
        item.tracking_uid: [
            (code.value, report_figures.unit_of(value).value, value.value)
            for value in item.values
            for code in [report_figures.name_of(value, item.kind)]
        ]
        for item, _ in _on_images(request)
    }


def read_figures(document: Dataset) -> dict[str, list[tuple[str, str, float]]]:
    """Return, from an SR's plain data set, the figures of the reader by tracking UID.

    Each is (code of the name, code of the unit, value). Groups that are not
    marked as measured by a reader are left out.
    """
    told: dict[str, list[tuple[str, str, float]]] = {}
    for container in document.ContentSequence:
        for group in container.get("ContentSequence", []):
            items = [i for i in group.get("ContentSequence", []) if _name(i)]
            named = {_name(item): item for item in items}
            if vocabulary.MEASURED_BY.value in named:
                numbers = [item for item in items if item.ValueType == "NUM"]
                told[str(named["112040"].UID)] = [_figure(item) for item in numbers]
    return told


def _on_images(request: ExportRequest) -> list[tuple[Measurement, ImageHeader]]:
    found = [
        (item, image_of(request.headers, item.sop_instance_uid, item.frame))
        for item in request.measurements
        if not item.reformatted
    ]
    return [(item, header) for item, header in found if header is not None]


def _group(item: Measurement, header: ImageHeader, number: int) -> Group:
    """TID 1410 for a region, TID 1501 for lines; none names an algorithm."""
    tracking = TrackingIdentifier(
        uid=item.tracking_uid, identifier=_identifier(item, number)
    )
    group: Group
    if item.kind in _REGIONS and report_shapes.is_inside(item):
        group = PlanarROIMeasurementsAndQualitativeEvaluations(
            tracking_identifier=tracking,
            referenced_region=ImageRegion(
                *report_shapes.region(item), report_shapes.selected(header)
            ),
            measurements=_numbers(item, None),
        )
    else:
        group = MeasurementsAndQualitativeEvaluations(
            tracking_identifier=tracking,
            measurements=_numbers(item, header),
            source_images=[source_image(header)],
        )
    group[0].ContentSequence.extend(_told_by(item))
    return group


def _identifier(item: Measurement, number: int) -> str:
    name = f"Measurement {number}: {item.kind.value}"
    return f"{name}, {item.label}" if item.label else name


def _numbers(item: Measurement, header: ImageHeader | None) -> list[NumberItem]:
    """Return the figures; on an image, each with the lines it was taken from."""
    return [
        NumberItem(
            name=concept(report_figures.name_of(value, item.kind)),
            value=value.value,
            unit=concept(report_figures.unit_of(value)),
            method=report_figures.method_of(value),
            referenced_coordinates=_lines(item, value.name, header),
        )
        for value in item.values
    ]


def _lines(
    item: Measurement, name: str, header: ImageHeader | None
) -> list[CoordinatesForMeasurement] | None:
    if header is None or not report_shapes.is_inside(item):
        return None
    return [
        CoordinatesForMeasurement("POLYLINE", line, report_shapes.selected(header))
        for line in report_shapes.lines(item, name)
    ]


def _told_by(item: Measurement) -> list[Dataset]:
    """Who measured and when, in the reader's own words, and what is odd of it."""
    items: list[Dataset] = [
        PnameContentItem(
            name=concept(vocabulary.MEASURED_BY),
            value=person_name(item.reader),
            relationship_type=CONTAINS,
        )
    ]
    if item.at is not None:
        items.append(
            DateTimeContentItem(
                name=concept(vocabulary.MEASURED_AT),
                value=item.at,
                relationship_type=CONTAINS,
            )
        )
    remarks = [item.label, *report_figures.remarks(item)]
    if not report_shapes.is_inside(item):
        remarks.append(OUTSIDE)
    items += [text_item(COMMENT, text) for text in remarks if text]
    return items


def _name(item: Dataset) -> str:
    names = item.get("ConceptNameCodeSequence")
    return str(names[0].CodeValue) if names else ""


def _figure(item: Dataset) -> tuple[str, str, float]:
    measured = item.MeasuredValueSequence[0]
    unit = str(measured.MeasurementUnitsCodeSequence[0].CodeValue)
    return _name(item), unit, float(measured.FloatingPointValue)
