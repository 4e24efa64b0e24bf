"""Display shutters: which pixels are seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from studies.auto_window import window_of_pixels
from studies.model import Image
from studies.reader import read_header, read_image
from studies.shutter import Shutter

WriteFilm = Callable[..., Path]
RECTANGLE = {
    "ShutterShape": "RECTANGULAR",
    "ShutterLeftVerticalEdge": 2,
    "ShutterRightVerticalEdge": 3,
    "ShutterUpperHorizontalEdge": 1,
    "ShutterLowerHorizontalEdge": 2,
}


def lines(mask: np.ndarray) -> list[str]:
    return ["".join("x" if v else "." for v in row) for row in mask]


def test_that_a_rectangle_is_read_in_pixels_counted_from_one(
    write_film: WriteFilm,
) -> None:
    header = read_header(write_film(**RECTANGLE))[0]
    assert header.shutter == Shutter(rectangle=(0, 1, 2, 3))
    assert lines(header.shutter.mask(3, 4)) == [".xx.", ".xx.", "...."]


def test_that_a_circle_is_read_about_the_centre_of_its_pixel(
    write_film: WriteFilm,
) -> None:
    header = read_header(
        write_film(
            ShutterShape="CIRCULAR",
            CenterOfCircularShutter=[2, 3],
            RadiusOfCircularShutter=1,
        )
    )[0]
    assert header.shutter == Shutter(circle=(1.5, 2.5, 1, 1))
    assert lines(header.shutter.mask(3, 5)) == ["..x..", ".xxx.", "..x.."]


def test_that_a_circle_is_round_in_the_patient_where_pixels_are_not_square(
    write_film: WriteFilm,
) -> None:
    # Rows are twice as far apart as columns: radius 2 along a row is 1 row.
    header = read_header(
        write_film(
            ShutterShape="CIRCULAR",
            CenterOfCircularShutter=[2, 3],
            RadiusOfCircularShutter=2,
            ImagerPixelSpacing=["0.4", "0.2"],
        )
    )[0]
    assert header.shutter == Shutter(circle=(1.5, 2.5, 1, 2))


def test_that_a_polygon_is_row_and_column_of_its_corners(
    write_film: WriteFilm,
) -> None:
    # A triangle between the centres of pixels (1, 1), (1, 5) and (5, 1).
    header = read_header(
        write_film(
            ShutterShape="POLYGONAL",
            VerticesOfThePolygonalShutter=[1, 1, 1, 5, 5, 1],
        )
    )[0]
    assert header.shutter is not None
    assert header.shutter.polygon == ((0.5, 0.5), (0.5, 4.5), (4.5, 0.5))
    inside = header.shutter.mask(5, 5)
    assert inside[1].tolist() == [True, True, True, False, False]
    assert inside[3].tolist() == [True, False, False, False, False]


def test_that_of_several_shapes_only_what_lies_in_all_is_seen() -> None:
    shutter = Shutter(rectangle=(0, 0, 2, 2), polygon=((0, 1), (0, 4), (4, 4), (4, 1)))
    assert lines(shutter.mask(3, 4)) == [".x..", ".x..", "...."]


def test_that_a_shutter_that_cannot_be_used_is_told(write_film: WriteFilm) -> None:
    broken = {**RECTANGLE, "ShutterRightVerticalEdge": None}
    header = read_header(write_film(**broken))[0]
    assert header.shutter is None
    assert "The rectangular display shutter cannot be used" in header.notices


def test_that_a_film_without_a_shutter_has_none(write_film: WriteFilm) -> None:
    assert read_header(write_film())[0].shutter is None


def test_that_what_the_shutter_hides_does_not_move_the_automatic_window(
    write_film: WriteFilm,
) -> None:
    pixels = np.array([[9000, 10], [9000, 20]], "<u2").tobytes()
    edges = {**RECTANGLE, "ShutterLeftVerticalEdge": 2, "ShutterRightVerticalEdge": 2}
    image = read_image(read_header(write_film(pixels=pixels, **edges))[0])
    assert window_of_pixels(image).center == 15.5
    open_one = Image(replace(image.header, shutter=None), image.stored)
    assert window_of_pixels(open_one).center > 4000
