"""Regions of others' reports over their images, and reports as text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from studies.discovery import discover
from studies.marks import MadeBy, read_marks, sr_text

SR = "1.2.840.10008.5.1.4.1.1.88.34"
ONE, TWO, THREE = (("1.2.3.1", 0), ("1.2.3.2", 0), ("1.2.3.3", 0))


class Report:
    """Builds content items."""

    def __init__(self, build: Any) -> None:
        self.build = build

    def content(
        self, kind: str, concept: tuple[str, str], *below: Dataset, **elements: object
    ) -> Dataset:
        made = self.build.item(
            RelationshipType="CONTAINS",
            ValueType=kind,
            ConceptNameCodeSequence=self.build.code(concept[0], "DCM", concept[1]),
            **elements,
        )
        if below:
            made.ContentSequence = list(below)
        return made

    def image(self, uid: str, *frames: int) -> Dataset:
        reference = self.build.image_reference(uid, *frames)
        return self.content(
            "IMAGE", ("121324", "Source Image"), ReferencedSOPSequence=[reference]
        )

    def region(self, kind: str, data: list[float], *below: Dataset) -> Dataset:
        return self.content(
            "SCOORD", ("111030", "Image Region"), *below,
            GraphicType=kind, GraphicData=data,
        )  # fmt: skip

    def region_3d(
        self, kind: str, data: list[float], frame: str = "1.2.3.99"
    ) -> Dataset:
        return self.content(
            "SCOORD3D", ("111030", "Image Region"), GraphicType=kind, GraphicData=data,
            ReferencedFrameOfReferenceUID=frame,
        )  # fmt: skip

    def code(self, concept: tuple[str, str], value: tuple[str, str]) -> Dataset:
        return self.content(
            "CODE",
            concept,
            ConceptCodeSequence=self.build.code(value[0], "DCM", value[1]),
        )

    def number(self, name: str, value: str, unit: str, *below: Dataset) -> Dataset:
        measured = self.build.item(
            NumericValue=value,
            MeasurementUnitsCodeSequence=self.build.code(unit, "UCUM", unit),
        )
        return self.content(
            "NUM", ("1", name), *below, MeasuredValueSequence=[measured]
        )

    def group(self, *below: Dataset) -> Dataset:
        return self.content("CONTAINER", ("125007", "Measurement Group"), *below)


@pytest.fixture
def report(build: Any) -> Report:
    return Report(build)


@pytest.fixture
def written(folder: Any, report: Report) -> Any:
    """Write a report of these items and read its marks."""

    def write(*below: Dataset, **elements: object) -> Any:
        folder.write(
            "sr.dcm", SR, "1.2.3.80", Modality="SR", ValueType="CONTAINER",
            ConceptNameCodeSequence=report.build.code("126000", "DCM", "Report"),
            ContentSequence=list(below), **elements,
        )  # fmt: skip
        return folder.open()[1]

    return write


def test_that_coordinates_are_column_and_row_from_the_outer_corner(
    written: Any, report: Report
) -> None:
    line = report.region("POLYLINE", [1, 2, 3.5, 0.5], report.image("1.2.3.2"))
    found = written(report.group(line))
    (mark,) = found.by_image[TWO]
    assert set(found.by_image) == {TWO}
    assert mark.shapes[0].points.tolist() == [[2, 1], [0.5, 3.5]]
    assert not mark.shapes[0].closed


def test_that_a_line_back_to_its_first_point_is_closed(
    written: Any, report: Report
) -> None:
    data = [1, 1, 4, 1, 4, 3, 1, 1]
    found = written(report.region("POLYLINE", data, report.image("1.2.3.2")))
    (shape,) = found.by_image[TWO][0].shapes
    assert shape.closed
    assert shape.points.tolist() == [[1, 1], [1, 4], [3, 4]]


def test_that_a_circle_is_given_by_centre_and_a_point_of_it(
    written: Any, report: Report
) -> None:
    # Centre column 3, row 2; the point on it 2 to the right.
    found = written(report.region("CIRCLE", [3, 2, 5, 2], report.image("1.2.3.1")))
    (shape,) = found.by_image[ONE][0].shapes
    away = np.hypot(*(shape.points - (2, 3)).T)
    assert shape.closed
    assert np.allclose(away, 2)


def test_that_an_ellipse_is_given_by_the_ends_of_its_axes(
    written: Any, report: Report
) -> None:
    # Major axis in column 3 from row 0 to 4, minor axis in row 2, columns 2 to 4.
    data = [3, 0, 3, 4, 2, 2, 4, 2]
    found = written(report.region("ELLIPSE", data, report.image("1.2.3.1")))
    points = found.by_image[ONE][0].shapes[0].points
    assert np.allclose(points.min(axis=0), [0, 2])
    assert np.allclose(points.max(axis=0), [4, 4])


def test_that_points_are_shapes_of_one_point_each(written: Any, report: Report) -> None:
    found = written(report.region("MULTIPOINT", [1, 2, 3, 4], report.image("1.2.3.1")))
    shapes = found.by_image[ONE][0].shapes
    assert [shape.points.tolist() for shape in shapes] == [[[2, 1]], [[4, 3]]]


def test_that_a_group_is_one_mark_with_finding_site_and_values(
    written: Any, report: Report
) -> None:
    found = written(
        report.group(
            report.code(("121071", "Finding"), ("1", "Mass")),
            report.code(("363698007", "Finding Site"), ("2", "Left lung")),
            report.region("POINT", [1, 1], report.image("1.2.3.1")),
            report.number("Diameter", "12.50", "mm"),
            report.number(
                "Area", "90", "mm2",
                report.region("POINT", [2, 2], report.image("1.2.3.1")),
            ),
        )
    )  # fmt: skip
    (mark,) = found.by_image[ONE]
    assert mark.label == "Mass, left lung"
    assert mark.detail == "Diameter 12.5 mm, Area 90 mm2"
    assert len(mark.shapes) == 2


def test_that_observer_and_algorithm_tell_who_made_it(
    written: Any, report: Report
) -> None:
    region = report.region("POINT", [1, 1], report.image("1.2.3.1"))
    person = report.code(("121005", "Observer Type"), ("121006", "Person"))
    found = written(person, report.group(region))
    assert found.by_image[ONE][0].made_by is MadeBy.MANUAL
    named = report.content("TEXT", ("111001", "Algorithm Name"), TextValue="Net 3")
    found = written(person, report.group(region, named))
    mark = found.by_image[ONE][0]
    assert (mark.made_by, mark.algorithm) == (MadeBy.AUTOMATIC, "Net 3")


def test_that_a_shape_in_the_patient_is_drawn_within_half_a_slice(
    written: Any, report: Report
) -> None:
    # (13, 26) lies 3 columns and 3 rows from the first centre. Slices at 0, 3, 6:
    # 4.4 belongs to 3, 4.6 to 6, and 9 to none.
    found = written(
        report.group(report.region_3d("POINT", [13, 26, 4.4])),
        report.group(report.region_3d("POINT", [13, 26, 4.6])),
        report.group(report.region_3d("POINT", [13, 26, 9.0])),
    )
    assert set(found.by_image) == {TWO, THREE}
    assert found.by_image[TWO][0].shapes[0].points.tolist() == [[3.5, 3.5]]
    assert len(found.not_drawn) == 1
    assert "lie on no image" in found.not_drawn[0]


def test_that_a_line_through_slices_is_cut_at_each(
    written: Any, report: Report
) -> None:
    data = [10, 20, 0, 11, 20, 1, 12, 20, 3, 13, 20, 4]
    found = written(report.group(report.region_3d("POLYLINE", data)))
    lines = {key: marks[0].shapes[0].points.tolist() for key, marks in
             found.by_image.items()}  # fmt: skip
    assert lines == {ONE: [[0.5, 0.5], [0.5, 1.5]], TWO: [[0.5, 2.5], [0.5, 3.5]]}


def test_that_another_frame_of_reference_is_said(written: Any, report: Report) -> None:
    found = written(report.group(report.region_3d("POINT", [13, 26, 3], "1.2.9")))
    assert found.by_image == {}
    assert "frame of reference" in found.not_drawn[0]


@pytest.mark.parametrize(
    ("kind", "data", "why"),
    [
        ("CIRCLE", [1, 1], "needs 2"),
        ("POLYLINE", [1, 1, 1], "no multiple of 2"),
        ("SPIRAL", [1, 1], "unknown graphic type"),
        ("POINT", [1, 1e9], "far outside"),
        ("POINT", [1, float("nan")], "no usable coordinates"),
    ],
)
def test_that_a_shape_that_cannot_be_drawn_is_said(
    written: Any, report: Report, kind: str, data: list[float], why: str
) -> None:
    found = written(report.region(kind, data, report.image("1.2.3.1")))
    assert found.by_image == {}
    assert why in found.not_drawn[0]


def test_that_regions_on_missing_images_are_said(written: Any, report: Report) -> None:
    found = written(report.region("POINT", [1, 1], report.image("1.2.3.4.5")))
    assert found.not_drawn == (
        "Image Region, regions: 1 are on images that are not in this study.",
    )


def test_that_an_image_given_by_reference_is_followed(
    written: Any, report: Report, build: Any
) -> None:
    pointer = build.item(
        RelationshipType="SELECTED FROM", ReferencedContentItemIdentifier=[1, 1]
    )
    region = report.region("POINT", [1, 1], pointer)
    found = written(report.image("1.2.3.3"), report.group(region))
    assert set(found.by_image) == {THREE}
    assert found.named_images == (THREE,)


def test_that_a_report_reads_as_indented_text(written: Any, report: Report) -> None:
    found = written(
        report.group(
            report.content("TEXT", ("1", "Comment"), TextValue="<b>one</b>\r\ntwo\x07"),
            report.number("Diameter", "3.0000", "mm"),
        )
    )
    assert found.text == (
        (0, "Report"),
        (1, "Measurement Group"),
        (2, "Comment: <b>one</b>\ntwo"),
        (2, "Diameter: 3 mm"),
    )


def test_that_depth_and_number_of_items_are_capped(report: Report) -> None:
    deep = report.group()
    for _ in range(100):
        deep = report.group(deep)
    lines = sr_text(deep)
    assert len(lines) == 61
    assert "not read" in lines[-1][1]


def test_that_the_reports_of_the_development_data_can_be_read(
    development_data: Path,
) -> None:
    dicom = development_data / "dicom"
    for name, lines, words in (
        ("sr_tid1500_seg_rwvm/sr.dcm", 200, "Person Observer Name: User2"),
        ("fo_dicom_single_objects/test_SR.dcm", 25, "Diameter: 3 Length Unit"),
    ):
        found = sr_text(pydicom.dcmread(dicom / name, force=True))
        assert len(found) > lines
        assert words in [text for _, text in found]


def test_that_the_spinal_cord_of_the_development_data_lies_in_its_canal(
    development_data: Path,
) -> None:
    studies = discover([development_data / "dicom/highdicom_seg_sr"]).studies
    (study,) = (s for s in studies if any("SR" in o.what for o in s.objects))
    (obj,) = (o for o in study.objects if "SR" in o.what)
    found = read_marks(obj, study)
    (mark,) = next(iter(found.by_image.values()))
    assert mark.label == "Spinal cord, cervico-thoracic spine"
    # The report states 1.7 cm2; the circle's radius is 11 pixels of 0.661468 mm.
    row, column = mark.shapes[0].points.T
    area = 0.5 * abs(np.dot(row, np.roll(column, 1)) - np.dot(column, np.roll(row, 1)))
    assert area * 0.661468**2 / 100 == pytest.approx(1.66, abs=0.01)
    assert mark.detail == "Area of defined region 1.7 cm2"
