"""Where an image lies on the screen."""

import numpy as np
import pytest

from gui.view_geometry import ViewGeometry

# 100 rows x 50 columns in a viewport of 200 x 200 device pixels.
START = ViewGeometry(rows=100, columns=50, height=200, width=200)


def test_that_the_whole_image_fits_and_is_centred() -> None:
    view = START.fitted()
    assert (view.scale, view.x, view.y) == (2.0, 50, 0)
    assert view.is_fit


def test_that_the_first_pixels_centre_lies_half_a_scaled_pixel_in() -> None:
    # Its outer corner is at device x = 50, its centre at 50 + 0.5 * 2 = 51, which
    # is 50.5 where OpenCV counts pixel centres as whole numbers.
    matrix = START.fitted().matrix()
    assert matrix[:, 2].tolist() == [50.5, 0.5]


def test_that_a_zoom_keeps_the_image_point_under_the_pointer() -> None:
    view = START.fitted()
    before = view.to_image(80, 40)
    after = view.zoomed(7.3, 80, 40).to_image(80, 40)
    # The origin is rounded to a device pixel: half a pixel at most.
    assert np.abs(np.subtract(before, after)).max() <= 0.5 / 7.3 + 1e-9


def test_that_a_pan_moves_by_whole_device_pixels() -> None:
    view = START.fitted().zoomed(8.0, 100, 100)
    panned = view.panned(-13.4, 7.6)
    assert (panned.x - view.x, panned.y - view.y) == (-13, 8)
    assert panned.scale == view.scale


def test_that_the_image_cannot_be_lost_off_screen() -> None:
    x, _, width, _ = START.fitted().panned(10_000, 0).visible()
    assert (x, width) == (152, 48)


def test_that_a_larger_viewport_keeps_the_fit() -> None:
    assert (
        START.fitted().resized(400, 400, 1.0)
        == START.fitted().resized(400, 400, 1.0).fitted()
    )


def test_that_a_larger_viewport_keeps_the_middle_of_a_magnified_view() -> None:
    view = START.centred(30.0, 20.0, 10.0)
    row, column = view.resized(300, 260, 1.0).center
    assert row == pytest.approx(30.0, abs=0.051)
    assert column == pytest.approx(20.0, abs=0.051)


def test_that_logical_pixels_are_device_pixels_divided_by_the_ratio() -> None:
    view = ViewGeometry(100, 50, 250, 245, ratio=1.25).fitted()
    assert view.scale == 2.5
    x, y = view.to_view(100, 50)
    assert (x, y) == (148.0, 200.0)  # (60 + 50 * 2.5) / 1.25, 100 * 2.5 / 1.25
    assert view.view_to_image(x, y) == (100.0, 50.0)


def test_that_only_the_part_in_view_is_called_visible() -> None:
    view = START.centred(0.0, 0.0, 4.0)
    assert view.visible() == (100, 100, 100, 100)


def test_that_the_zoom_stays_within_its_limits() -> None:
    view = START.fitted()
    assert view.zoomed(1e9, 0, 0).scale == 32.0
    assert view.zoomed(1e-9, 0, 0).scale == 0.5
