import numpy as np
import pytest

from inference.model_card import InputSpec
from inference.preprocess import normalise, prepare

PLAIN = InputSpec(2, 2, 3, (0.0, 100.0), 0.0, 1.0)


def test_that_a_film_is_averaged_over_areas_onto_the_networks_grid():
    display = np.array(
        [[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 1.0], [0.5] * 4, [0.5] * 4], np.float32
    )
    prepared, crop = prepare(display, PLAIN)
    assert prepared.tolist() == [[0.0, 1.0], [0.5, 0.5]]
    assert crop == (0, 0, 4, 4)


def test_that_the_whole_film_is_kept_whatever_its_aspect():
    prepared, crop = prepare(np.zeros((100, 37), np.float32), PLAIN)
    assert prepared.shape == (2, 2)
    assert crop == (0, 0, 100, 37)


def test_that_percentiles_set_the_grey_scale_and_clip_what_lies_outside():
    # Of 0, 1, 2, 3, 4 the 25th and 75th percentiles are 1 and 3.
    small = np.array([[0.0, 1.0, 2.0, 3.0, 4.0]], np.float32)
    spec = InputSpec(1, 5, 1, (25.0, 75.0), 0.0, 1.0)
    assert normalise(small, spec).tolist() == [[0.0, 0.0, 0.5, 1.0, 1.0]]


def test_that_mean_and_std_are_applied_last():
    small = np.array([[0.0, 1.0]], np.float32)
    spec = InputSpec(1, 2, 1, (0.0, 100.0), 0.5, 0.25)
    assert normalise(small, spec).tolist() == [[-2.0, 2.0]]


def test_that_a_film_of_one_value_stays_finite():
    found = normalise(np.full((2, 2), 0.3, np.float32), PLAIN)
    assert found.tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_that_brightness_and_contrast_of_the_film_do_not_matter():
    rng = np.random.default_rng(0)
    film = rng.random((40, 30)).astype(np.float32)
    spec = InputSpec(8, 8, 3, (1.0, 99.0), 0.5, 0.25)
    first, _ = prepare(film, spec)
    second, _ = prepare(film * np.float32(0.3) + np.float32(0.2), spec)
    assert first == pytest.approx(second, abs=1e-4)
    assert first.dtype == np.float32


def test_that_a_range_maps_display_values_and_applies_no_mean():
    # TorchXRayVision's films run from -1024 to 1024: 0.75 -> 512.
    spec = InputSpec(1, 2, 1, mean=9.0, scaling="range", value_range=(-1024.0, 1024.0))
    small = np.array([[0.0, 0.75]], np.float32)
    assert normalise(small, spec).tolist() == [[-1024.0, 512.0]]


def test_that_a_letterbox_pads_the_shorter_side_with_the_darkest_value():
    # 2 x 4 onto 4 x 4: one row above and one below, each the film's 0.25.
    display = np.array([[0.25, 0.5, 0.75, 1.0], [1.0, 0.75, 0.5, 0.25]], np.float32)
    spec = InputSpec(4, 4, 1, fit="letterbox", scaling="range")
    prepared, crop = prepare(display, spec)
    assert crop == (-1, 0, 4, 4)
    assert prepared.tolist() == [
        [0.25] * 4,
        [0.25, 0.5, 0.75, 1.0],
        [1.0, 0.75, 0.5, 0.25],
        [0.25] * 4,
    ]


def test_that_padding_does_not_count_in_the_percentiles():
    # The median of the film is 0.75; with twelve cells of padding it would be 0.5.
    display = np.array([[0.5, 0.75, 0.75, 1.0]], np.float32)
    spec = InputSpec(4, 4, 1, percentiles=(0.0, 50.0), fit="letterbox")
    prepared, crop = prepare(display, spec)
    assert crop == (-2, 0, 4, 4)
    assert prepared[2].tolist() == [0.0, 1.0, 1.0, 1.0]


def test_that_a_tall_film_is_letterboxed_at_its_sides():
    _, crop = prepare(
        np.zeros((200, 100), np.float32), InputSpec(50, 50, 1, fit="letterbox")
    )
    assert crop == (0, -50, 200, 200)


def test_that_a_letterbox_follows_the_networks_own_aspect():
    _, crop = prepare(
        np.zeros((100, 100), np.float32), InputSpec(20, 40, 1, fit="letterbox")
    )
    assert crop == (0, -50, 100, 200)


@pytest.mark.parametrize(
    ("shape", "crop"), [((2, 4), (0, 1, 2, 2)), ((5, 3), (1, 0, 3, 3))]
)
def test_that_a_centre_crop_cuts_the_longer_side(shape, crop):
    spec = InputSpec(2, 2, 1, fit="centre-crop", scaling="range")
    assert prepare(np.zeros(shape, np.float32), spec)[1] == crop


def test_that_a_centre_crop_shows_the_middle():
    display = np.array([[0.0, 0.2, 0.4, 0.6]] * 2, np.float32)
    spec = InputSpec(2, 2, 1, fit="centre-crop", scaling="range")
    prepared, _ = prepare(display, spec)
    assert prepared == pytest.approx(np.array([[0.2, 0.4]] * 2, np.float32))


def test_that_the_lung_box_is_cut_with_its_margin():
    # 100 x 200: rows 20-60, columns 50-150; 10 % of 40 rows and of 100 columns more.
    spec = InputSpec(10, 10, 1, region="lungs", region_margin=0.10)
    _, crop = prepare(np.zeros((100, 200), np.float32), spec, (0.2, 0.25, 0.6, 0.75))
    assert crop == (16, 40, 48, 120)


def test_that_the_margin_ends_at_the_films_edge():
    spec = InputSpec(10, 10, 1, region="lungs", region_margin=0.5)
    _, crop = prepare(np.zeros((100, 200), np.float32), spec, (0.1, 0.0, 0.9, 1.0))
    assert crop == (0, 0, 100, 200)


def test_that_lungs_are_letterboxed_with_their_own_darkest_value():
    display = np.array([[0.0] * 4, [0.5, 1.0, 0.5, 1.0], [0.0] * 4], np.float32)
    spec = InputSpec(
        4, 4, 1, fit="letterbox", region="lungs", region_margin=0.0, scaling="range"
    )
    prepared, crop = prepare(display, spec, (1 / 3, 0.0, 2 / 3, 1.0))
    assert crop == (-1, 0, 4, 4)
    assert prepared[0].tolist() == [0.5] * 4


@pytest.mark.parametrize("lungs", [None, (0.5, 0.5, 0.5, 0.9)])
def test_that_without_lungs_nothing_is_prepared(lungs):
    spec = InputSpec(2, 2, 1, region="lungs")
    with pytest.raises(ValueError, match="lung"):
        prepare(np.zeros((10, 10), np.float32), spec, lungs)
