"""Structure sets of others over their images."""

from __future__ import annotations

from typing import Any

import pytest

from studies.marks import MadeBy, MarkKind

RT = "1.2.840.10008.5.1.4.1.1.481.3"
ONE, TWO, THREE = (("1.2.3.1", 0), ("1.2.3.2", 0), ("1.2.3.3", 0))


@pytest.fixture
def written(folder: Any, build: Any) -> Any:
    """Write a structure set of one structure with these contours."""

    def write(*contours: Any, **roi: object) -> Any:
        structure = build.item(
            ROINumber=5, ROIName="Cord", ReferencedFrameOfReferenceUID="1.2.3.99",
            ROIGenerationAlgorithm="MANUAL",
        )  # fmt: skip
        group = build.item(
            ReferencedROINumber=5, ContourSequence=list(contours),
            **({"ROIDisplayColor": [255, 0, 0]} | roi),
        )  # fmt: skip
        folder.write(
            "rs.dcm", RT, "1.2.3.85", Modality="RTSTRUCT", StructureSetLabel="Plan",
            StructureSetROISequence=[structure], ROIContourSequence=[group],
            RTROIObservationsSequence=[
                build.item(ReferencedROINumber=5, RTROIInterpretedType="ORGAN")
            ],
        )  # fmt: skip
        return folder.open()[1]

    return write


def contour(build: Any, data: list[float], kind: str = "CLOSED_PLANAR", uid: str = ""):
    made = build.item(
        ContourGeometricType=kind, ContourData=data,
        NumberOfContourPoints=len(data) // 3,
    )  # fmt: skip
    if uid:
        made.ContourImageSequence = [build.image_reference(uid)]
    return made


SQUARE = [10.0, 20.0, 3.0, 13.0, 20.0, 3.0, 13.0, 26.0, 3.0]


@pytest.mark.parametrize("uid", ["1.2.3.2", "", "1.2.3.4.5"])
def test_that_a_contour_is_placed_by_reference_or_geometry(
    written: Any, build: Any, uid: str
) -> None:
    found = written(contour(build, SQUARE, uid=uid))
    assert set(found.by_image) == {TWO}
    (mark,) = found.by_image[TWO]
    assert (mark.label, mark.kind, mark.detail) == ("Cord", MarkKind.STRUCTURE, "organ")
    assert mark.made_by is MadeBy.MANUAL
    (shape,) = mark.shapes
    assert shape.closed
    # 3 mm to the right are 3 columns, 6 mm down 3 rows; centres lie at a half.
    assert shape.points.tolist() == [[0.5, 0.5], [0.5, 3.5], [3.5, 3.5]]
    assert found.not_drawn == ()


def test_that_a_contour_is_not_drawn_on_the_image_it_names_if_it_lies_elsewhere(
    written: Any, build: Any
) -> None:
    assert set(written(contour(build, SQUARE, uid="1.2.3.1")).by_image) == {TWO}


def test_that_open_contours_and_points_are_drawn_as_such(
    written: Any, build: Any
) -> None:
    found = written(
        contour(build, SQUARE, "OPEN_PLANAR"), contour(build, SQUARE[:3], "POINT")
    )
    line, point = found.by_image[TWO][0].shapes
    assert not line.closed
    assert point.points.tolist() == [[0.5, 0.5]]


def test_that_a_contour_across_slices_and_one_beyond_are_said(
    written: Any, build: Any
) -> None:
    slanted = [*SQUARE[:6], 13.0, 26.0, 6.0]
    beyond = [v + 20.0 for v in SQUARE]
    found = written(contour(build, slanted), contour(build, beyond))
    assert found.by_image == {}
    assert found.not_drawn == ("Cord, contours: 2 lie on no image of this study.",)


@pytest.mark.parametrize(
    ("data", "kind", "why"),
    [
        ([1.0, 2.0, 3.0, 4.0], "CLOSED_PLANAR", "no multiple of 3"),
        ([1e9, 2.0, 3.0], "POINT", "far outside"),
        (SQUARE, "OPEN_NONPLANAR", "of the type open nonplanar"),
    ],
)
def test_that_a_contour_that_cannot_be_drawn_is_said(
    written: Any, build: Any, data: list[float], kind: str, why: str
) -> None:
    found = written(contour(build, data, kind))
    assert found.by_image == {}
    assert why in found.not_drawn[0]


def test_that_a_structures_own_colour_is_made_readable_on_black(
    written: Any, build: Any
) -> None:
    found = written(contour(build, SQUARE), ROIDisplayColor=[0, 0, 120])
    red, green, blue = found.by_image[TWO][0].colour
    assert blue > 120
    assert red == green > 0
    kept = written(contour(build, SQUARE), ROIDisplayColor=[0, 255, 0])
    assert kept.by_image[TWO][0].colour == (0, 255, 0)
