"""Presentation states of others: annotations, and how images are to be shown."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from studies.marks import MadeBy, Presentation
from studies.model import Window

GSPS = "1.2.840.10008.5.1.4.1.1.11.1"
ONE, TWO = ("1.2.3.1", 0), ("1.2.3.2", 0)


@pytest.fixture
def written(folder: Any, build: Any) -> Any:
    """Write a presentation state for the slices and read it."""

    def write(
        *annotations: Any, images: tuple[str, ...] = ("1.2.3.1",), **more: object
    ):
        references = [build.image_reference(uid) for uid in images]
        series = build.item(
            SeriesInstanceUID="1.2.3.50", ReferencedImageSequence=references
        )
        folder.write(
            "pr.dcm", GSPS, "1.2.3.90", Modality="PR", ContentLabel="MEASURED",
            ReferencedSeriesSequence=[series],
            GraphicAnnotationSequence=list(annotations), **more,
        )  # fmt: skip
        return folder.open()[1]

    return write


@pytest.fixture
def graphic(build: Any) -> Any:
    def make(kind: str, data: list[float], units: str = "PIXEL", **more: object) -> Any:
        one = build.item(
            GraphicType=kind, GraphicData=data, GraphicAnnotationUnits=units,
            NumberOfGraphicPoints=len(data) // 2, GraphicDimensions=2, **more,
        )  # fmt: skip
        return build.item(GraphicLayer="LAYER", GraphicObjectSequence=[one])

    return make


def test_that_pixel_graphics_are_column_and_row_from_the_outer_corner(
    written: Any, graphic: Any
) -> None:
    found = written(graphic("POLYLINE", [0, 0, 6, 4]))
    (mark,) = found.by_image[ONE]
    assert mark.shapes[0].points.tolist() == [[0, 0], [4, 6]]
    assert (found.title, mark.label) == ("MEASURED", "Layer")
    assert mark.made_by is MadeBy.UNKNOWN


def test_that_graphics_are_for_the_images_they_name_else_for_all(
    written: Any, graphic: Any, build: Any
) -> None:
    for_one = graphic("POINT", [1, 1])
    for_one.ReferencedImageSequence = [build.image_reference("1.2.3.2")]
    found = written(for_one, graphic("POINT", [2, 2]), images=("1.2.3.1", "1.2.3.2"))
    counts = {key: len(marks[0].shapes) for key, marks in found.by_image.items()}
    assert counts == {ONE: 1, TWO: 2}


def area(build: Any, first: list[int], last: list[int]) -> Any:
    return build.item(
        DisplayedAreaTopLeftHandCorner=first, DisplayedAreaBottomRightHandCorner=last
    )


@pytest.mark.parametrize(
    ("rotation", "flip", "first", "last", "point"),
    [
        # Columns 3 to 6 and rows 2 to 3 are shown; a quarter across, half down.
        (0, "N", [3, 2], [6, 3], [2.0, 3.0]),
        # Mirrored: column 6 is at the left, so a quarter across is at 6 - 1 = 5.
        (0, "Y", [6, 2], [3, 3], [2.0, 5.0]),
        # Turned clockwise: lower left comes to upper left, rows run across
        # backwards: row 3 - 0.25 * 2 = 2.5; half down is column 2 + 0.5 * 4 = 4.
        (90, "N", [3, 3], [6, 2], [2.5, 4.0]),
        (180, "N", [6, 3], [3, 2], [2.0, 5.0]),
        # Counter-clockwise: row 1 + 0.25 * 2 = 1.5, column 6 - 0.5 * 4 = 4.
        (270, "N", [6, 2], [3, 3], [1.5, 4.0]),
    ],
)
def test_that_display_graphics_follow_the_displayed_area_as_it_is_seen(
    written: Any, graphic: Any, build: Any, rotation: int, flip: str,
    first: list[int], last: list[int], point: list[float],
) -> None:  # fmt: skip
    found = written(
        graphic("POINT", [0.25, 0.5], "DISPLAY"),
        DisplayedAreaSelectionSequence=[area(build, first, last)],
        ImageRotation=rotation, ImageHorizontalFlip=flip,
    )  # fmt: skip
    assert found.by_image[ONE][0].shapes[0].points.tolist() == [point]
    shown = found.presentations[ONE]
    assert (shown.quarter_turns, shown.mirrored) == (rotation // 90, flip == "Y")


@pytest.mark.parametrize(
    ("rotation", "flip", "corner"),
    [
        (0, "N", [0, 0]),
        (90, "N", [4, 0]),
        (180, "N", [4, 6]),
        (270, "N", [0, 6]),
        (0, "Y", [0, 6]),
        (90, "Y", [0, 0]),
        (180, "Y", [4, 0]),
        (270, "Y", [4, 6]),
    ],
)
def test_that_without_a_displayed_area_the_whole_image_is_meant(
    written: Any, graphic: Any, rotation: int, flip: str, corner: list[float]
) -> None:
    # The corner seen at the upper left of the 4 x 6 image after turning.
    found = written(
        graphic("POINT", [0, 0], "DISPLAY"),
        ImageRotation=rotation, ImageHorizontalFlip=flip,
    )  # fmt: skip
    assert found.by_image[ONE][0].shapes[0].points.tolist() == [corner]


def test_that_a_text_stands_at_its_box_and_a_line_goes_to_its_anchor(
    written: Any, build: Any
) -> None:
    text = build.item(
        UnformattedTextValue="12 mm",
        BoundingBoxAnnotationUnits="PIXEL",
        BoundingBoxTopLeftHandCorner=[1, 2],
        BoundingBoxBottomRightHandCorner=[3, 3],
        AnchorPointAnnotationUnits="PIXEL",
        AnchorPoint=[5, 1],
        AnchorPointVisibility="Y",
    )
    found = written(build.item(GraphicLayer="L", TextObjectSequence=[text]))
    words, line = found.by_image[ONE][0].shapes
    assert (words.text, words.points.tolist()) == ("12 mm", [[2, 1]])
    assert line.points.tolist() == [[2, 1], [1, 5]]


def test_that_an_interpolated_line_goes_through_its_points(
    written: Any, graphic: Any
) -> None:
    found = written(graphic("INTERPOLATED", [0, 0, 2, 2, 4, 0]))
    points = found.by_image[ONE][0].shapes[0].points
    assert len(points) == 25
    for row, column in ((0, 0), (2, 2), (0, 4)):
        assert np.hypot(*(points - (row, column)).T).min() < 1e-9


def test_that_window_and_shutter_are_returned_but_not_applied(
    written: Any, build: Any
) -> None:
    voi = build.item(WindowCenter=40, WindowWidth=400)
    found = written(
        SoftcopyVOILUTSequence=[voi], ShutterShape="RECTANGULAR",
        ShutterLeftVerticalEdge=2, ShutterRightVerticalEdge=5,
        ShutterUpperHorizontalEdge=1, ShutterLowerHorizontalEdge=4,
        PresentationLUTShape="INVERSE",
    )  # fmt: skip
    shown = found.presentations[ONE]
    assert shown.voi == Window(40, 400)
    assert shown.shutter is not None
    assert shown.shutter.rectangle == (0, 1, 4, 5)
    assert shown.inverted


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("mirrored", [False, True])
def test_that_the_orientation_is_the_same_view_mirrored_first(
    turns: int, mirrored: bool
) -> None:
    image = np.arange(6).reshape(2, 3)
    # np.rot90 turns counter-clockwise.
    wanted = np.rot90(image, -turns)
    wanted = wanted[:, ::-1] if mirrored else wanted
    later, first = Presentation(quarter_turns=turns, mirrored=mirrored).orientation
    made = np.rot90(image[:, ::-1] if first else image, -later)
    assert np.array_equal(made, wanted)


@pytest.mark.parametrize(
    ("photometric", "shape", "inverted"),
    [
        ("MONOCHROME2", "IDENTITY", False),
        ("MONOCHROME2", "INVERSE", True),
        ("MONOCHROME1", "IDENTITY", True),
        ("MONOCHROME1", "INVERSE", False),
    ],
)
def test_that_inversion_is_told_from_what_the_header_alone_would_show(
    written: Any, folder: Any, photometric: str, shape: str, inverted: bool
) -> None:
    folder.slices(PhotometricInterpretation=photometric)
    found = written(PresentationLUTShape=shape)
    assert found.presentations[ONE].inverted is inverted


def test_that_what_is_not_drawn_is_said(written: Any, graphic: Any, build: Any) -> None:
    compound = build.item(CompoundGraphicType="RULER", CompoundGraphicInstanceID=1)
    found = written(
        graphic("POLYLINE", [0, 0, 1, 1], "MATRIX"),
        graphic("ELLIPSE", [0, 0]),
        graphic("POLYLINE", [0, 0, 1, 1, 2, 0], GraphicFilled="Y"),
        build.item(GraphicLayer="L", CompoundGraphicSequence=[compound]),
        images=("1.2.3.1", "1.2.3.4.5"),
        PresentationLUTSequence=[build.item(LUTExplanation="x")],
    )
    said = " ".join(found.not_drawn)
    for words in (
        "presentation LUT",
        "units matrix",
        "ellipse needs 4",
        "(ruler)",
        "drawn as outlines",
        "1 are not in this study",
    ):
        assert words in said


def test_that_layers_have_names_and_order(
    written: Any, graphic: Any, build: Any
) -> None:
    upper, lower = graphic("POINT", [1, 1]), graphic("POINT", [2, 2])
    upper.GraphicLayer, lower.GraphicLayer = "B", "A"
    layers = [
        build.item(GraphicLayer="A", GraphicLayerOrder=1,
                   GraphicLayerDescription="Lower"),
        build.item(GraphicLayer="B", GraphicLayerOrder=2),
    ]  # fmt: skip
    found = written(
        upper, lower, GraphicLayerSequence=layers, ContentCreatorName="Lind^K"
    )
    assert [mark.label for mark in found.by_image[ONE]] == ["Lower", "B"]
    assert found.by_image[ONE][0].made_by is MadeBy.MANUAL
    assert found.made_by == "Lind, K"
