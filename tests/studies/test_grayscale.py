"""Golden numbers, each worked out by hand from DICOM PS3.3 C.11."""

from __future__ import annotations

import numpy as np
import pytest

from studies.errors import UnsupportedImageError
from studies.grayscale import (
    apply_modality,
    apply_voi_lut,
    apply_window,
    default_voi,
    display_table,
    to_display,
    to_modality_values,
    voi_choices,
)
from studies.model import LookupTable, VoiFunction, Window

FULL = Window(128.0, 256.0)


def _values(*numbers: float) -> np.ndarray:
    return np.array(numbers, np.float32)


def test_that_the_rescale_is_slope_times_value_plus_intercept() -> None:
    found = to_modality_values(np.array([[0, 1000], [2048, 4095]]), 2.0, -1024.0)
    assert found.tolist() == [[-1024, 976], [3072, 7166]]
    assert found.dtype == np.float32


@pytest.mark.parametrize("slope", [0.0, float("nan"), float("inf")])
def test_that_an_unusable_rescale_slope_is_refused(slope: float) -> None:
    with pytest.raises(UnsupportedImageError, match="Rescale Slope"):
        to_modality_values(np.array([[1]]), slope, 0.0)


def test_that_a_rescale_intercept_that_is_no_number_is_refused() -> None:
    with pytest.raises(UnsupportedImageError, match="Rescale Intercept"):
        to_modality_values(np.array([[1]]), 1.0, float("nan"))


def test_that_a_negative_slope_turns_the_grey_scale_round(make_image) -> None:
    image = make_image([[0, 255]], slope=-1.0, intercept=255.0, windows=(FULL,))
    assert to_display(image).tolist() == [[1.0, 0.0]]


def test_that_a_modality_lut_replaces_the_rescale(make_image) -> None:
    lut = LookupTable(entries=(100, 300, 500), first_mapped=10, bits=16)
    image = make_image([[10, 11], [12, 12]], modality_lut=lut, slope=7.0)
    found = apply_modality(image.stored, image.header.grayscale)
    assert found.tolist() == [[100, 300], [500, 500]]


def test_that_values_outside_a_modality_lut_get_its_ends(make_image) -> None:
    lut = LookupTable(entries=(100, 300, 500), first_mapped=10, bits=16)
    image = make_image([[0, 255]], modality_lut=lut)
    found = apply_modality(image.stored, image.header.grayscale)
    assert found.tolist() == [[100, 500]]


def test_that_a_linear_window_follows_the_equation_of_the_standard() -> None:
    # c = 2048, w = 4096: black up to 0, white from 4095 on, (x - 2047.5) / 4095 + 0.5
    # between; PS3.3 C.11.2.1.2.1 gives this very example.
    found = apply_window(_values(-1, 0, 1024, 4095, 5000), Window(2048.0, 4096.0))
    assert found == pytest.approx([0, 0, 1024 / 4095, 1, 1])


def test_that_a_linear_window_of_width_1_is_a_step() -> None:
    # c = 2048, w = 1: black up to 2047.5, white above.
    found = apply_window(_values(2047, 2047.5, 2047.6, 2048), Window(2048.0, 1.0))
    assert found.tolist() == [0, 0, 1, 1]


def test_that_a_linear_window_of_width_100_at_zero_ends_where_the_standard_says() -> (
    None
):
    # c = 0, w = 100: black up to -50, white above 49.
    found = apply_window(_values(-50, 49, -0.5), Window(0.0, 100.0))
    assert found == pytest.approx([0, 1, 0.5])


def test_that_linear_exact_spans_center_minus_and_plus_half_the_width() -> None:
    # c = 2048, w = 4096: 0 at 0, 1 at 4096, x / 4096 between.
    window = Window(2048.0, 4096.0, "", VoiFunction.LINEAR_EXACT)
    found = apply_window(_values(-1, 0, 1024, 4096, 5000), window)
    assert found == pytest.approx([0, 0, 0.25, 1, 1])


def test_that_linear_exact_allows_a_width_below_1() -> None:
    window = Window(0.5, 0.5, "", VoiFunction.LINEAR_EXACT)
    found = apply_window(_values(0.25, 0.5, 0.75), window)
    assert found == pytest.approx([0, 0.5, 1])


def test_that_a_sigmoid_is_half_at_its_center_and_steep_as_its_width_says() -> None:
    # 1 / (1 + exp(-4 (x - c) / w)): at c + w / 4 it is 1 / (1 + 1 / e) = 0.731059.
    window = Window(100.0, 40.0, "", VoiFunction.SIGMOID)
    found = apply_window(_values(100, 110, 90), window)
    assert found == pytest.approx([0.5, 0.731059, 0.268941], abs=1e-6)


def test_that_a_steep_sigmoid_does_not_overflow() -> None:
    window = Window(0.0, 1e-6, "", VoiFunction.SIGMOID)
    found = apply_window(_values(-1e6, 1e6), window)
    assert found == pytest.approx([0, 1])


def test_that_a_voi_lut_maps_to_the_share_of_its_bits() -> None:
    lut = LookupTable(entries=(0, 51, 255), first_mapped=-1, bits=8)
    assert apply_voi_lut(_values(-1, 0, 1), lut) == pytest.approx([0, 0.2, 1])


def test_that_values_outside_a_voi_lut_get_its_ends() -> None:
    lut = LookupTable(entries=(51, 102), first_mapped=10, bits=8)
    assert apply_voi_lut(_values(-500, 9, 12, 900), lut) == pytest.approx(
        [0.2, 0.2, 0.4, 0.4]
    )


def test_that_a_monochrome1_image_is_inverted_for_display(make_image) -> None:
    image = make_image([[0, 51], [204, 255]], photometric="MONOCHROME1")
    assert to_display(image, FULL) == pytest.approx(np.array([[1, 0.8], [0.2, 0]]))


def test_that_a_monochrome2_image_is_not_inverted(make_image) -> None:
    image = make_image([[0, 51], [204, 255]])
    assert to_display(image, FULL) == pytest.approx(np.array([[0, 0.2], [0.8, 1]]))


def test_that_inverting_a_monochrome1_image_shows_its_values_upright(
    make_image,
) -> None:
    image = make_image([[0, 255]], photometric="MONOCHROME1")
    assert to_display(image, FULL, inverted=True).tolist() == [[0, 1]]


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("inverted", [False, True])
def test_that_padding_is_black_whatever_the_inversion(
    make_image, photometric: str, inverted: bool
) -> None:
    image = make_image(
        [[0, 100], [255, 255]], photometric=photometric, padding=(255, 255)
    )
    assert to_display(image, FULL, inverted=inverted)[1].tolist() == [0, 0]


def test_that_a_padding_range_holds_both_its_ends(make_image) -> None:
    image = make_image([[9, 10, 12, 13]], padding=(10, 12))
    shown = to_display(image, Window(0.5, 1.0))
    assert shown.tolist() == [[1, 0, 0, 1]]


def test_that_signed_values_are_windowed_as_signed(make_image) -> None:
    image = make_image([[-128, 127]], signed=True, windows=(Window(0.0, 256.0),))
    # (-128 + 0.5) / 255 + 0.5 = 0 and (127 + 0.5) / 255 + 0.5 = 1
    assert to_display(image).tolist() == [[0, 1]]


def test_that_voi_luts_come_before_windows_and_the_first_is_the_default(
    make_image,
) -> None:
    lut = LookupTable((0, 255), 0, 8, "bone")
    lung = Window(100.0, 50.0, "lung")
    image = make_image([[0, 1]], voi_luts=(lut,), windows=(FULL, lung))
    assert voi_choices(image) == (lut, FULL, lung)
    assert default_voi(image) is lut


def test_that_an_image_without_a_window_gets_one_from_its_pixels(make_image) -> None:
    # 10..40: LINEAR from c - 0.5 - (w - 1) / 2 = 10 to 40 is c = 25.5, w = 31.
    image = make_image([[10, 20], [30, 40]], bits=12)
    assert default_voi(image) == Window(25.5, 31.0, "from the pixels")
    assert to_display(image) == pytest.approx(np.array([[0, 1 / 3], [2 / 3, 1]]))


@pytest.mark.parametrize(("value", "shown"), [(255, 1.0), (1, 1.0), (0, 0.0)])
def test_that_a_full_mask_is_white_and_an_empty_one_black(
    make_image, value: int, shown: float
) -> None:
    image = make_image([[value, value]], bits=8)
    assert to_display(image).tolist() == [[shown, shown]]


def test_that_padding_is_left_out_of_a_window_from_the_pixels(make_image) -> None:
    image = make_image([[10, 40], [4000, 4000]], bits=12, padding=(4000, 4000))
    assert default_voi(image) == Window(25.5, 31.0, "from the pixels")


def test_that_hot_pixels_do_not_darken_a_window_from_the_pixels(make_image) -> None:
    stored = np.tile(np.arange(100, 200), (100, 1))  # 10000 pixels
    stored[0, :5] = 4095  # 0.05 %
    window = default_voi(make_image(stored, bits=12))
    assert (window.center, window.width) == (150.0, 100.0)


def test_that_an_image_of_one_value_can_be_shown(make_image) -> None:
    image = make_image([[7, 7], [7, 7]], bits=12)
    assert np.isfinite(to_display(image)).all()


def test_that_a_png_film_of_8_bits_is_shown_as_stored(make_image) -> None:
    image = make_image([[0, 51], [204, 255]], is_dicom=False)
    assert to_display(image) == pytest.approx(np.array([[0, 0.2], [0.8, 1]]))


def test_that_a_colour_image_becomes_its_luminance(make_image) -> None:
    rgb = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)
    image = make_image(rgb, photometric="RGB")
    # 0.299, 0.587 and 0.114 of 255, rounded: 76, 150 and 29.
    assert to_display(image) == pytest.approx(np.array([[76, 150, 29]]) / 255)


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize(
    "voi",
    [
        FULL,
        Window(40.0, 30.0, "", VoiFunction.SIGMOID),
        Window(100.0, 55.0, "", VoiFunction.LINEAR_EXACT),
        LookupTable(tuple(range(0, 256, 2)), -20, 8),
    ],
)
def test_that_the_display_table_agrees_with_to_display(
    make_image, voi: Window | LookupTable, inverted: bool
) -> None:
    stored = np.arange(-128, 128).reshape(16, 16)
    image = make_image(
        stored, signed=True, slope=1.5, intercept=-3.0, photometric="MONOCHROME1"
    )
    table = display_table(image, voi, inverted=inverted)
    shown = table.values[image.stored.astype(int) - table.first_stored] / 255
    assert np.abs(shown - to_display(image, voi, inverted=inverted)).max() <= 1 / 255


def test_that_the_display_table_covers_all_values_of_the_bits(make_image) -> None:
    image = make_image([[0, 1]], bits=10, signed=True)
    table = display_table(image, FULL)
    assert (table.first_stored, len(table.values)) == (-512, 1024)
    assert not table.values.flags.writeable


def test_that_the_sample_chest_film_shows_bone_bright_and_air_dark(rg1) -> None:
    from studies.reader import read_film

    image = read_film(rg1)
    # Window 15000/30000 on MONOCHROME1: stored 15000 is 1 - (15000 - 14999.5)
    # / 29999 - 0.5 = 0.499983.
    table = display_table(image, default_voi(image))
    assert table.values[15000 - table.first_stored] == 127
    row, column = np.argwhere(image.stored == 15000)[0]
    assert to_display(image)[row, column] == pytest.approx(0.499983, abs=1e-5)
