"""Lengths, angles and regions, worked out by hand."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from studies.measuring import KINDS, Measured, MeasuringRefusedError, measure, notices
from studies.model import (
    GrayscaleParameters,
    Image,
    ImageHeader,
    LookupTable,
    SpacingSource,
)
from studies.reader import read_header, read_image

GREY = GrayscaleParameters("MONOCHROME2", 12, 0)


def image(
    stored: NDArray[np.integer] | None = None,
    *,
    spacing: tuple[float, float] | None = None,
    source: SpacingSource = SpacingSource.PIXEL_SPACING,
    modality: str = "CT",
    grayscale: GrayscaleParameters = GREY,
) -> Image:
    values = np.zeros((100, 100), np.uint16) if stored is None else stored
    return Image(
        ImageHeader(
            path=Path("slice.dcm"),
            frame=0,
            sop_instance_uid="1.1",
            sop_class_uid="1.2",
            series_instance_uid="1.3",
            study_instance_uid="1.4",
            modality=modality,
            rows=values.shape[0],
            columns=values.shape[1],
            grayscale=grayscale,
            spacing_mm=spacing,
            spacing_source=SpacingSource.NONE if spacing is None else source,
        ),
        values,
    )


def figures(found: Measured) -> dict[str, tuple[float, str]]:
    return {figure.name: (figure.value, figure.unit) for figure in found.figures}


def one(kind: str, points: Sequence[tuple[float, float]], on: Image) -> float:
    return measure(kind, points, on).figures[0].value


# Lengths


def test_that_a_length_counts_rows_and_columns_by_their_own_spacing() -> None:
    # 3 rows of 2 mm and 16 columns of 0.5 mm: 6 and 8, so 10 mm.
    found = measure("length", [(10, 10), (13, 26)], image(spacing=(2.0, 0.5)))
    assert figures(found) == {"length": (10.0, "mm")}


def test_that_a_length_without_spacing_is_in_pixels() -> None:
    found = measure("length", [(10, 10), (13, 14)], image())
    assert figures(found) == {"length": (5.0, "px")}


def test_that_a_length_by_imager_pixel_spacing_is_at_the_detector() -> None:
    film = image(
        spacing=(0.2, 0.2), source=SpacingSource.IMAGER_PIXEL_SPACING, modality="DX"
    )
    found = measure("length", [(0, 0), (0, 50)], film)
    assert figures(found) == {"length": (10.0, "mm at detector")}
    assert found.notices == ("At the detector: magnification is not corrected",)


def test_that_millimetres_of_a_projection_are_told_to_hold_at_one_depth() -> None:
    film = image(spacing=(0.2, 0.2), modality="CR")
    found = measure("length", [(0, 0), (0, 50)], film)
    assert found.figures[0].unit == "mm"
    assert "depth that was calibrated" in found.notices[0]
    slice_ = image(spacing=(0.2, 0.2), modality="CT")
    assert measure("length", [(0, 0), (0, 50)], slice_).notices == ()


# Angles


@pytest.mark.parametrize(
    ("end", "degrees"),
    [((50, 60), 0.0), ((40, 60), 45.0), ((40, 50), 90.0), ((50, 40), 180.0)],
)
def test_that_an_angle_is_measured_at_the_middle_point(
    end: tuple[float, float], degrees: float
) -> None:
    found = measure("angle", [(50, 70), (50, 50), end], image())
    assert figures(found)["angle"] == (pytest.approx(degrees), "deg")


def test_that_an_angle_is_true_where_pixels_are_not_square() -> None:
    # 10 rows of 1 mm against 10 columns of 0.5 mm: atan(10 / 5) = 63.435 degrees,
    # where square pixels would give 45.
    points = [(50.0, 70.0), (50.0, 50.0), (40.0, 60.0)]
    assert one("angle", points, image(spacing=(1.0, 0.5))) == pytest.approx(63.4349488)
    assert one("angle", points, image()) == pytest.approx(45.0)


def test_that_an_angle_without_spacing_says_that_pixels_are_taken_as_square() -> None:
    found = measure("angle", [(50, 70), (50, 50), (40, 60)], image())
    assert found.notices == ("No pixel spacing: pixels taken as square",)


def test_that_the_aspect_ratio_makes_angles_true_without_millimetres() -> None:
    square = image()
    high = Image(replace(square.header, pixel_aspect=2.0), square.stored)
    points = [(50.0, 70.0), (50.0, 50.0), (40.0, 60.0)]
    found = measure("angle", points, high)
    assert found.figures[0].value == pytest.approx(63.4349488)
    assert found.notices == ()
    # 3 rows of two widths each, and 8 columns: 10 widths of a pixel.
    assert figures(measure("length", [(0, 0), (3, 8)], high)) == {
        "length": (10.0, "px")
    }


def test_that_a_cobb_angle_is_the_acute_one_whichever_way_the_lines_are_drawn() -> None:
    upper = [(20.0, 20.0), (20.0, 60.0)]
    lower = [(80.0, 20.0), (80.0 - 40 * math.tan(math.radians(30)), 60.0)]
    assert one("cobb", upper + lower, image()) == pytest.approx(30.0)
    assert one("cobb", upper + lower[::-1], image()) == pytest.approx(30.0)
    assert one("cobb", upper[::-1] + lower, image()) == pytest.approx(30.0)


def test_that_a_cobb_angle_is_true_where_pixels_are_not_square() -> None:
    # The lower line falls 10 rows of 2 mm over 20 columns of 1 mm: 45 degrees.
    points = [(10.0, 10.0), (10.0, 30.0), (50.0, 10.0), (60.0, 30.0)]
    assert one("cobb", points, image(spacing=(2.0, 1.0))) == pytest.approx(45.0)
    assert one("cobb", points, image()) == pytest.approx(math.degrees(math.atan(0.5)))


def test_that_a_tiny_angle_keeps_its_digits() -> None:
    points = [(0.0, 0.0), (0.0, 100.0), (50.0, 0.0), (50.0 + 1e-7, 100.0)]
    assert one("cobb", points, image()) == pytest.approx(math.degrees(1e-9), rel=1e-6)


# Cardiothoracic ratio

HEART, CHEST = [(60.0, 30.0), (60.0, 65.0)], [(70.0, 10.0), (70.0, 80.0)]


def test_that_the_cardiothoracic_ratio_is_heart_by_chest() -> None:
    found = measure("cardiothoracic", HEART + CHEST, image(modality="CR"))
    assert figures(found) == {
        "ratio": (0.5, "1"),
        "heart": (35.0, "px"),
        "chest": (70.0, "px"),
    }
    assert found.notices == ("No pixel spacing: pixels taken as square",)


def test_that_lines_more_than_ten_degrees_apart_are_told() -> None:
    def lines(degrees: float) -> list[tuple[float, float]]:
        end = 70.0 + 70 * math.tan(math.radians(degrees))
        return [*HEART, (70.0, 10.0), (end, 80.0)]

    film = image(spacing=(1.0, 1.0), modality="CT")
    assert measure("cardiothoracic", lines(9.9), film).notices == ()
    told = measure("cardiothoracic", lines(12.0), film).notices
    assert told == ("The two lines are not parallel: 12 degrees apart",)


def test_that_a_heart_wider_than_the_chest_is_told() -> None:
    told = measure("cardiothoracic", CHEST + HEART, image()).notices
    assert any("swapped" in notice for notice in told)


# Regions

RAMP = np.arange(16, dtype=np.uint16).reshape(4, 4)


def test_that_a_rectangle_counts_the_pixels_whose_centre_is_inside() -> None:
    # Rows 1 and 2, columns 1 to 3: 5 6 7 9 10 11. Mean 8; squares 9 4 1 1 4 9.
    found = figures(measure("rectangle", [(0.6, 3.9), (2.6, 0.6)], image(RAMP)))
    assert found["mean"] == (8.0, "stored")
    assert found["sd"] == (pytest.approx(math.sqrt(28 / 6)), "stored")
    assert (found["min"][0], found["max"][0]) == (5.0, 11.0)
    assert found["pixels"] == (6.0, "1")
    assert found["area"] == (pytest.approx(2.0 * 3.3), "px2")


def test_that_rectangles_that_touch_at_a_centre_share_no_pixel() -> None:
    left = figures(measure("rectangle", [(0, 0), (4, 1.5)], image(RAMP)))
    right = figures(measure("rectangle", [(0, 1.5), (4, 4)], image(RAMP)))
    assert (left["pixels"][0], right["pixels"][0]) == (4.0, 12.0)


def test_that_an_ellipse_leaves_out_the_corners_of_its_frame() -> None:
    # In a circle of radius 2 about (2, 2) the corners' centres lie 2.12 away.
    found = figures(measure("ellipse", [(0, 0), (4, 4)], image(RAMP)))
    assert found["pixels"] == (12.0, "1")
    assert found["mean"][0] == 7.5
    assert found["min"][0] == 1.0
    assert found["area"] == (pytest.approx(4 * math.pi), "px2")


def test_that_an_ellipse_counts_as_many_pixels_as_its_area_is_large() -> None:
    found = figures(measure("ellipse", [(10, 5), (70, 95)], image()))
    assert found["pixels"][0] == pytest.approx(found["area"][0], rel=0.005)


def test_that_an_area_is_in_square_millimetres_of_both_spacings() -> None:
    found = measure("rectangle", [(0, 0), (2, 4)], image(RAMP, spacing=(2.0, 0.5)))
    assert figures(found)["area"] == (8.0, "mm2")
    film = image(RAMP, spacing=(2.0, 0.5), source=SpacingSource.IMAGER_PIXEL_SPACING)
    found = measure("rectangle", [(0, 0), (2, 4)], film)
    assert figures(found)["area"] == (8.0, "mm2 at detector")


def test_that_a_single_pixel_has_its_value_and_no_spread() -> None:
    found = figures(measure("rectangle", [(1.2, 2.2), (1.8, 2.8)], image(RAMP)))
    names = ("mean", "sd", "min", "max", "pixels")
    assert [found[name][0] for name in names] == [6, 0, 6, 6, 1]


def test_that_a_ct_is_measured_in_hounsfield_units() -> None:
    rescaled = replace(GREY, rescale_slope=2.0, rescale_intercept=-1024.0)
    found = figures(
        measure("rectangle", [(0, 0), (1, 2)], image(RAMP, grayscale=rescaled))
    )
    assert found["mean"] == (-1023.0, "HU")
    assert found["sd"] == (1.0, "HU")
    assert found["max"] == (-1022.0, "HU")


def test_that_signed_values_stay_signed() -> None:
    stored = np.array([[-1000, 40], [-1000, 40]], np.int16)
    signed = replace(GREY, pixel_representation=1, bits_stored=16)
    found = figures(
        measure("rectangle", [(0, 0), (2, 2)], image(stored, grayscale=signed))
    )
    assert found["mean"] == (-480.0, "HU")
    assert found["sd"][0] == 520.0


def test_that_monochrome1_is_measured_as_stored_not_as_shown() -> None:
    inverse = replace(GREY, photometric_interpretation="MONOCHROME1")
    film = image(RAMP, modality="CR", grayscale=inverse)
    found = figures(measure("rectangle", [(3, 3), (4, 4)], film))
    assert found["mean"] == (15.0, "stored")


@pytest.mark.parametrize(
    ("modality", "changes", "unit"),
    [
        ("CT", {}, "stored"),  # unsigned and not rescaled: air could not be -1000
        ("CT", {"rescale_intercept": -1024.0}, "HU"),
        ("CT", {"rescale_type": "HU"}, "HU"),
        ("CT", {"rescale_type": "MGML"}, "MGML"),
        ("MR", {}, "stored"),
        ("MR", {"rescale_slope": 0.5}, "US"),
        ("PT", {"rescale_type": "BQML"}, "BQML"),
        ("CR", {"modality_lut": LookupTable((0, 1), 0, 8)}, "US"),
    ],
)
def test_that_the_unit_is_the_rescale_type_or_says_there_is_none(
    modality: str, changes: dict[str, object], unit: str
) -> None:
    film = image(RAMP, modality=modality, grayscale=replace(GREY, **changes))
    found = measure("rectangle", [(0, 0), (1, 1)], film)
    assert found.figures[0].unit == unit


def test_that_a_modality_lut_is_applied() -> None:
    lut = LookupTable((10, 20, 40), first_mapped=1, bits=8)
    film = image(RAMP, modality="CR", grayscale=replace(GREY, modality_lut=lut))
    # Stored 0 1 2 3 become 10 10 20 40.
    found = figures(measure("rectangle", [(0, 0), (1, 4)], film))
    assert found["mean"] == (20.0, "US")


def test_that_padding_is_left_out_and_counted() -> None:
    film = image(RAMP, grayscale=replace(GREY, padding=(0, 2)))
    found = figures(measure("rectangle", [(0, 0), (1, 4)], film))
    assert found["mean"][0] == 3.0
    assert (found["pixels"][0], found["padding"][0]) == (1.0, 3.0)


def test_that_a_colour_image_is_measured_by_its_luminance() -> None:
    stored = np.zeros((2, 2, 3), np.uint8)
    stored[0, 0] = (255, 0, 0)
    stored[0, 1] = (0, 100, 0)
    shown = image(stored, modality="US")
    found = measure("rectangle", [(0, 0), (1, 2)], shown)
    # 0.299 * 255 = 76.245 and 0.587 * 100 = 58.7.
    assert figures(found)["mean"] == (pytest.approx(67.4725), "stored")
    assert figures(found)["max"][0] == pytest.approx(76.245)
    assert any("luminance" in notice for notice in found.notices)


def test_that_values_far_apart_are_summed_one_by_one() -> None:
    stored = np.array([[0, 4_000_000_000]], np.uint32)
    deep = replace(GREY, bits_stored=32)
    found = figures(
        measure("rectangle", [(0, 0), (1, 2)], image(stored, grayscale=deep))
    )
    assert found["mean"][0] == 2_000_000_000.0


def test_that_a_region_over_the_edge_is_told_and_measures_what_is_there() -> None:
    found = measure("rectangle", [(-2, -2), (1, 1)], image(RAMP))
    assert figures(found)["pixels"][0] == 1.0
    assert found.notices == ("Part of the region lies outside the image",)


# Refusals


@pytest.mark.parametrize(
    ("points", "what"),
    [
        ([(10, 10), (20, 20)], "outside the image"),
        ([(-9, -9), (-1, -1)], "outside the image"),
        ([(1.6, 1.6), (2.4, 2.4)], "no pixel inside"),
        ([(1.5, 0), (1.5, 4)], "no pixel inside"),
    ],
)
@pytest.mark.parametrize("kind", ["rectangle", "ellipse"])
def test_that_a_region_without_pixels_is_refused(
    kind: str, points: list[tuple[float, float]], what: str
) -> None:
    with pytest.raises(MeasuringRefusedError, match=what):
        measure(kind, points, image(RAMP))


def test_that_a_region_of_padding_alone_is_refused() -> None:
    film = image(RAMP, grayscale=replace(GREY, padding=(0, 15)))
    with pytest.raises(MeasuringRefusedError, match="only padding, 16 pixels"):
        measure("rectangle", [(0, 0), (4, 4)], film)


@pytest.mark.parametrize(
    ("kind", "points"),
    [
        ("length", [(5, 5), (5, 5)]),
        ("angle", [(5, 5), (5, 5), (9, 9)]),
        ("cobb", [(1, 1), (1, 1), (5, 5), (9, 9)]),
        ("cardiothoracic", [(1, 1), (1, 5), (9, 9), (9, 9)]),
    ],
)
def test_that_points_in_one_place_are_refused(
    kind: str, points: list[tuple[float, float]]
) -> None:
    with pytest.raises(MeasuringRefusedError, match="in one place"):
        measure(kind, points, image())


def test_that_missing_and_impossible_points_are_refused() -> None:
    with pytest.raises(MeasuringRefusedError, match="3 points"):
        measure("length", [(0, 0), (1, 1), (2, 2)], image())
    with pytest.raises(MeasuringRefusedError, match="finite"):
        measure("length", [(0, 0), (math.nan, 1)], image())
    with pytest.raises(MeasuringRefusedError, match="volume"):
        measure("volume", [(0, 0)], image())


def test_that_notices_need_no_pixels() -> None:
    header = image(RAMP).header
    assert notices("ellipse", [(-1, 0), (2, 2)], header) == (
        "Part of the region lies outside the image",
    )
    assert set(KINDS) == {
        "length",
        "angle",
        "cobb",
        "ellipse",
        "rectangle",
        "cardiothoracic",
    }


# Real images


def test_that_a_region_of_a_real_ct_agrees_with_pydicom(development_data: Path) -> None:
    import pydicom

    folder = development_data / "dicom" / "ct_prior_current_A002304"
    path = sorted(folder.rglob("*.dcm"))[0]
    dataset = pydicom.dcmread(path)
    values = dataset.pixel_array * float(dataset.RescaleSlope)
    part = (values + float(dataset.RescaleIntercept))[200:260, 150:350]
    (header,) = read_header(path)
    found = figures(measure("rectangle", [(200, 150), (260, 350)], read_image(header)))
    assert found["mean"] == (pytest.approx(part.mean(), abs=1e-3), "HU")
    assert found["sd"][0] == pytest.approx(part.std(), abs=1e-3)
    assert (found["min"][0], found["max"][0]) == (part.min(), part.max())
    row, column = (float(value) for value in dataset.PixelSpacing)
    assert found["area"] == (pytest.approx(60 * row * 200 * column), "mm2")


def test_that_the_sample_chest_film_is_measured_in_pixels_alone(rg1: Path) -> None:
    film = read_image(read_header(rg1)[0])
    found = figures(measure("cardiothoracic", HEART + CHEST, film))
    assert found["heart"][1] == "px"
    found = figures(measure("rectangle", [(500, 500), (600, 600)], film))
    part = film.stored[500:600, 500:600]
    assert found["mean"] == (pytest.approx(part.mean()), "stored")
    assert found["area"] == (10_000.0, "px2")
