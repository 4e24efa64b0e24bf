from __future__ import annotations

import numpy as np
import pytest

from studies.layout import PixelLayout
from studies.stored_values import masked, rounding_shift, to_rgb


def _layout(
    *, allocated: int = 16, stored: int = 12, high: int | None = None, signed: int = 0
) -> PixelLayout:
    return PixelLayout(
        rows=1,
        columns=2,
        frames=1,
        samples=1,
        photometric_interpretation="MONOCHROME2",
        bits_allocated=allocated,
        bits_stored=stored,
        high_bit=stored - 1 if high is None else high,
        pixel_representation=signed,
        planar_configuration=0,
        transfer_syntax_uid="1.2.840.10008.1.2.1",
        data_offset=0,
        data_bytes=4,
        payload_bytes=4,
    )


def test_that_bits_above_the_high_bit_are_cut_off() -> None:
    found = masked(np.array([[0xF7FF, 0x1000]], "<u2"), _layout())
    assert found.tolist() == [[0x7FF, 0]]


def test_that_the_sign_bit_is_the_high_bit() -> None:
    # 12 bits: 0x800 is -2048, 0xFFF is -1; rubbish above is cut off.
    found = masked(np.array([[0x0800, 0xAFFF]], "<u2"), _layout(signed=1))
    assert found.tolist() == [[-2048, -1]]


def test_that_a_high_bit_further_up_shifts_the_value_down() -> None:
    # Bits 4 to 15 hold the value.
    layout = _layout(high=15)
    assert masked(np.array([[0x7FF3, 0x8000]], "<u2"), layout).tolist() == [
        [0x7FF, 0x800]
    ]
    layout = _layout(high=15, signed=1)
    assert masked(np.array([[0x7FF3, 0x8000]], "<u2"), layout).tolist() == [
        [0x7FF, -2048]
    ]


def test_that_sixteen_signed_bits_are_taken_as_they_are() -> None:
    found = masked(np.array([[0xFFFF, 0x7FFF]], "<u2"), _layout(stored=16, signed=1))
    assert found.tolist() == [[-1, 32767]]


def test_that_big_endian_samples_keep_their_values() -> None:
    found = masked(np.array([[1, 258]], ">u2"), _layout(stored=16))
    assert found.tolist() == [[1, 258]]
    assert found.dtype.isnative


def test_that_eight_signed_bits_reach_from_minus_128_to_127() -> None:
    layout = _layout(allocated=8, stored=8, signed=1)
    assert masked(np.array([[0x80, 0x7F]], np.uint8), layout).tolist() == [[-128, 127]]


@pytest.mark.parametrize(
    ("ybr", "rgb"),
    [
        ((255, 128, 128), (255, 255, 255)),
        ((76, 85, 255), (254, 0, 0)),  # red: 76 + 1.402 * 127 = 254.05
        ((0, 128, 128), (0, 0, 0)),
    ],
)
def test_that_ybr_full_becomes_rgb(ybr: tuple[int, ...], rgb: tuple[int, ...]) -> None:
    found = to_rgb(np.array([[ybr]], np.uint8), _layout(stored=8), "YBR_FULL")
    assert found.tolist() == [[list(rgb)]]


def test_that_rgb_of_16_bits_keeps_its_high_bytes() -> None:
    found = to_rgb(np.array([[[0xFFFF, 0x80FF, 0]]], "<u2"), _layout(stored=16), "RGB")
    assert found.tolist() == [[[0xFF, 0x80, 0]]]


def test_that_wide_values_are_shifted_into_16_bits() -> None:
    # 2^31 - 1 has 31 bits; 15 remain beside a sign: shifted by 16.
    assert rounding_shift(np.array([[0, 2**31 - 1]])) == 16
    assert rounding_shift(np.array([[0, 1000]])) == 0
