"""Colours of marks."""

from __future__ import annotations

from studies.mark_colours import (
    ORANGE,
    SKY,
    TOKENS,
    YELLOW,
    from_dicom_lab,
    hue,
    luminance,
    palette,
    readable,
)


def test_that_lab_white_grey_and_black_are_neutral() -> None:
    # a* and b* of 0 are stored as 128 / 255 * 65535 = 32896.
    assert from_dicom_lab(65535, 32896, 32896) == (255, 255, 255)
    assert from_dicom_lab(0, 32896, 32896) == (0, 0, 0)
    red, green, blue = from_dicom_lab(32768, 32896, 32896)
    assert red == green == blue == 119


def test_that_lab_directions_are_red_and_yellow() -> None:
    red, green, _ = from_dicom_lab(35000, 50000, 40000)
    assert red > green + 80
    red, _, blue = from_dicom_lab(60000, 32896, 55000)
    assert red > blue + 80


def test_that_a_dark_colour_is_lifted_until_it_reads_on_black() -> None:
    assert luminance((0, 0, 128)) < 0.02
    assert luminance(readable((0, 0, 128))) >= 0.175
    assert readable((255, 255, 0)) == (255, 255, 0)


def test_that_a_set_of_three_takes_the_designs_colours() -> None:
    assert palette([(1, 2, 3)] * 3) == (SKY, YELLOW, ORANGE)
    assert palette([(255, 255, 0), None, None, None])[0] == (255, 255, 0)


def test_that_further_hues_differ_and_read_on_black() -> None:
    hues = [hue(index) for index in range(12)]
    assert hues[:3] == list(TOKENS)
    assert len(set(hues)) == 12
    assert min(map(luminance, hues)) >= 0.175
