import numpy as np
import pytest

from explain.rendering import (
    CONTOUR_LEVELS,
    MAXIMUM_ALPHA,
    blend,
    color_table,
    contours,
    to_rgba,
)


def heat(*values):
    return np.array([values], np.float32)


def test_that_heat_is_clear_up_to_the_floor_and_uniform_above():
    alpha = to_rgba(heat(0.0, 0.05, 0.10, 0.12, 0.5, 1.0), 1.0)[0, :, 3]
    # 255 * 0.60 = 153 for the slider's 100 %.
    assert alpha.tolist() == [0, 0, 0, 153, 153, 153]


def test_that_the_slider_scales_the_opacity():
    assert to_rgba(heat(0.5), 0.7)[0, 0, 3] == round(255 * MAXIMUM_ALPHA * 0.7)
    assert to_rgba(heat(0.5), 0.0)[0, 0, 3] == 0
    assert to_rgba(heat(0.5), 7.0)[0, 0, 3] == 153


def test_that_the_colour_is_that_of_the_absolute_heat():
    table = color_table()
    rgba = to_rgba(heat(0.2, 1.0), 1.0)
    assert rgba[0, 0, :3].tolist() == table[51].tolist()
    assert rgba[0, 1, :3].tolist() == table[255].tolist()


def test_that_the_colours_go_from_dark_to_light():
    table = color_table().astype(int)
    assert table.shape == (256, 3)
    assert table[0].sum() < 10
    assert table[255].sum() > 500
    # Inferno: red above blue in the middle, not the other way round.
    assert table[128, 0] > table[128, 2]


def test_that_the_film_shows_through_where_there_is_no_heat():
    film = np.array([[0, 100, 255]], np.uint8)
    found = blend(film, heat(0.0, 0.05, 0.10), 1.0)
    assert found[0, :, 0].tolist() == [0, 100, 255]
    assert found.shape == (1, 3, 3)


def test_that_heat_hides_at_most_60_percent_of_the_film():
    black, white = np.zeros((1, 1), np.uint8), np.full((1, 1), 255, np.uint8)
    peak = heat(1.0)
    span = blend(white, peak, 1.0).astype(int) - blend(black, peak, 1.0)
    assert span.min() == pytest.approx(0.4 * 255, abs=1)


def test_that_contours_stand_at_the_agreed_levels():
    rows, columns = np.mgrid[-20:21, -20:21]
    hill = np.clip(1.0 - np.hypot(rows, columns) / 20.0, 0.0, 0.6).astype(np.float32)
    lines = contours(hill)
    assert tuple(lines) == CONTOUR_LEVELS
    # 1 - r / 20 reaches 0.25 at r = 15, 0.5 at r = 10; 0.75 lies above the hill.
    radii = [np.hypot(*(lines[level][0] - 20).T).max() for level in (0.25, 0.5)]
    assert radii == pytest.approx([15, 10], abs=0.01)
    assert lines[0.75] == []
