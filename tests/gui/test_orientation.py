"""Images turned, flipped, and of pixels that are not square."""

import itertools

import numpy as np
import pytest

from gui.orientation import Orientation
from gui.view_geometry import ViewGeometry

EIGHT = [Orientation(t, m) for t, m in itertools.product(range(4), (False, True))]
ASPECTS = (1.0, 0.5, 1.7)
# Two rows of three pixels, each told by its number.
STORED = np.array([[1, 2, 3], [4, 5, 6]], np.uint8)
SEEN = {
    (0, False): [[1, 2, 3], [4, 5, 6]],
    (1, False): [[4, 1], [5, 2], [6, 3]],
    (2, False): [[6, 5, 4], [3, 2, 1]],
    (3, False): [[3, 6], [2, 5], [1, 4]],
    (0, True): [[3, 2, 1], [6, 5, 4]],
    (1, True): [[6, 3], [5, 2], [4, 1]],
    (2, True): [[4, 5, 6], [1, 2, 3]],
    (3, True): [[1, 4], [2, 5], [3, 6]],
}


def view_of(orientation: Orientation, aspect: float = 1.0) -> ViewGeometry:
    """An image of 120 x 50 in a viewport of 400 x 300 (width x height)."""
    view = ViewGeometry(120, 50, 300, 400, ratio=1.25, aspect=aspect)
    return view.fitted().oriented(orientation)


@pytest.mark.parametrize("orientation", EIGHT)
def test_that_pixels_are_mirrored_first_and_then_turned_clockwise(
    orientation: Orientation,
) -> None:
    wanted = SEEN[orientation.turns, orientation.mirrored]
    assert orientation.laid(STORED).tolist() == wanted


@pytest.mark.parametrize("orientation", EIGHT)
def test_that_flipping_exchanges_left_and_right_of_what_is_seen(
    orientation: Orientation,
) -> None:
    seen = orientation.laid(STORED)
    assert orientation.flipped().laid(STORED).tolist() == seen[:, ::-1].tolist()
    assert orientation.flipped().flipped() == orientation


@pytest.mark.parametrize("orientation", EIGHT)
def test_that_rotating_turns_what_is_seen_clockwise(orientation: Orientation) -> None:
    seen = orientation.laid(STORED)
    assert orientation.rotated(1).laid(STORED).tolist() == np.rot90(seen, -1).tolist()
    assert orientation.rotated(4) == orientation
    assert orientation.rotated(-1).rotated(1) == orientation


@pytest.mark.parametrize(
    ("orientation", "words"),
    [
        (Orientation(), ""),
        (Orientation(1), "Rotated 90°"),
        (Orientation(0, mirrored=True), "Flipped"),
        (Orientation(3, mirrored=True), "Flipped, rotated 270°"),
    ],
)
def test_that_the_reader_is_told_how_the_image_lies(
    orientation: Orientation, words: str
) -> None:
    assert orientation.words == words


@pytest.mark.parametrize("aspect", ASPECTS)
@pytest.mark.parametrize("orientation", EIGHT)
def test_that_each_pixel_lies_where_the_laid_out_pixels_have_it(
    orientation: Orientation, aspect: float
) -> None:
    numbers = np.arange(120 * 50).reshape(120, 50).astype(np.int32)
    laid = orientation.laid(numbers)
    view = view_of(orientation, aspect)
    grid, matrix = view.grid, view.matrix()
    for row, column in ((0, 0), (0, 49), (119, 0), (119, 49), (71, 13)):
        x, y = view.to_device(row + 0.5, column + 0.5)
        at = int((y - view.y) / grid.y), int((x - view.x) / grid.x)
        assert laid[at] == numbers[row, column]
        # OpenCV counts from the centre of the first device pixel.
        centre = matrix @ (column, row, 1)
        assert centre + 0.5 == pytest.approx((x, y))


@pytest.mark.parametrize("aspect", ASPECTS)
@pytest.mark.parametrize("orientation", EIGHT)
def test_that_the_way_to_the_screen_and_back_ends_where_it_began(
    orientation: Orientation, aspect: float
) -> None:
    view = view_of(orientation, aspect).zoomed(4.7, 210, 140).panned(13, -31)
    for row, column in ((0.0, 0.0), (120.0, 50.0), (33.25, 41.5)):
        assert view.to_image(*view.to_device(row, column)) == pytest.approx(
            (row, column)
        )
        there = view.to_view(row, column)
        assert view.view_to_image(*there) == pytest.approx((row, column))
        onward = view.to_view(row + 3, column - 2)
        way = onward[0] - there[0], onward[1] - there[1]
        assert view.view_way_to_image(*way) == pytest.approx((3, -2))
        points = view.device_points(np.array([[column, row]]))
        assert points[0] == pytest.approx(view.to_device(row, column))


@pytest.mark.parametrize("orientation", EIGHT)
def test_that_an_image_turned_on_its_side_fits_anew(orientation: Orientation) -> None:
    # 120 rows of pixels half as high as wide: 50 wide and 60 high as stored.
    view = view_of(orientation, 0.5)
    wide, tall = (60, 50) if orientation.is_on_side else (50, 60)
    assert view.is_fit
    assert view.scale == min(400 / wide, 300 / tall)
    assert view.extent == (wide * view.scale, tall * view.scale)


@pytest.mark.parametrize("orientation", EIGHT)
def test_that_turning_keeps_the_middle_of_a_magnified_view(
    orientation: Orientation,
) -> None:
    view = ViewGeometry(120, 50, 300, 400).centred(80.0, 20.0, 10.0)
    turned = view.oriented(orientation)
    assert turned.center == pytest.approx((80.0, 20.0), abs=0.051)
    assert turned.scale == 10.0


@pytest.mark.parametrize("orientation", EIGHT)
def test_that_a_zoom_of_a_turned_image_keeps_the_point_under_the_pointer(
    orientation: Orientation,
) -> None:
    view = view_of(orientation, 1.7)
    before = view.to_image(180, 140)
    after = view.zoomed(view.scale * 3.1, 180, 140).to_image(180, 140)
    off = np.subtract(before, after) * view.scale * 3.1
    assert np.abs(off).max() <= 1.0


@pytest.mark.parametrize("orientation", EIGHT)
def test_that_what_is_visible_are_the_pixels_whose_centres_are_in_the_image(
    orientation: Orientation,
) -> None:
    view = view_of(orientation, 0.5).zoomed(3.0, 0, 0).panned(40, 55)
    x, y, width, height = view.visible()
    region = view.region(0)
    assert (region.x, region.y) == (x - view.x, y - view.y)
    assert (region.width, region.height) == (width, height)
    for at in ((x + 0.5, y + 0.5), (x + width - 1, y + height - 1)):
        row, column = view.to_image(*at)
        assert 0 <= row <= 120
        assert 0 <= column <= 50


def test_that_a_part_of_the_image_is_the_device_pixels_with_centres_in_it() -> None:
    view = ViewGeometry(120, 50, 300, 400, scale=2.0, x=5, y=7)
    # Columns 10.3 to 20 are device 20.6 to 40 from the image's corner: the pixel
    # with its centre at 20.5 is out, the one at 39.5 in.
    region = view.region_of(0, 10.3, 1, 20)
    assert (region.x, region.width, region.y, region.height) == (21, 19, 0, 2)


@pytest.mark.parametrize("orientation", EIGHT)
def test_that_an_arrow_moves_a_mark_the_way_it_points(
    orientation: Orientation,
) -> None:
    view = view_of(orientation)
    for down, right in ((1, 0), (0, -1)):
        d_row, d_column = orientation.image_way(down, right)
        x0, y0 = view.to_view(60, 25)
        x1, y1 = view.to_view(60 + d_row, 25 + d_column)
        assert (np.sign(round(y1 - y0, 6)), np.sign(round(x1 - x0, 6))) == (down, right)


def test_that_another_slice_of_the_same_size_keeps_the_very_view() -> None:
    view = ViewGeometry(120, 50, 300, 400, turns=1).centred(30, 20, 6.0)
    assert view.of_image(120, 50, 1.0) is view


def test_that_an_image_of_another_size_is_seen_at_the_same_share() -> None:
    # Twice as large: the same share in the middle at half the scale.
    view = ViewGeometry(120, 50, 300, 400).centred(30.0, 20.0, 6.0)
    other = view.of_image(240, 100, 1.0)
    assert other.scale == 3.0
    assert other.center == pytest.approx((60.0, 40.0), abs=0.2)
    assert ViewGeometry(120, 50, 300, 400).fitted().of_image(240, 100, 1.0).is_fit
