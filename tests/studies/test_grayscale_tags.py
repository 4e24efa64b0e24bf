from __future__ import annotations

import pytest
from pydicom.dataset import Dataset

from studies.errors import UnsupportedImageError
from studies.model import GrayscaleParameters, LookupTable, VoiFunction, Window
from studies.reader import read_header


def _lut(keyword: str, descriptor: list[int], data: bytes) -> Dataset:
    item = Dataset()
    item.add_new("LUTDescriptor", "US", descriptor)
    item.add_new("LUTData", "OW", data)
    item.LUTExplanation = keyword
    return item


def _grayscale(write_film, **elements: object) -> GrayscaleParameters:
    return read_header(write_film(**elements))[0].grayscale


def test_that_every_window_of_the_header_is_read(write_film) -> None:
    found = _grayscale(
        write_film,
        WindowCenter=["40", "-600"],
        WindowWidth=["400", "1500"],
        WindowCenterWidthExplanation=["soft tissue", "lung"],
        VOILUTFunction="SIGMOID",
    )
    assert found.windows == (
        Window(40.0, 400.0, "soft tissue", VoiFunction.SIGMOID),
        Window(-600.0, 1500.0, "lung", VoiFunction.SIGMOID),
    )


@pytest.mark.parametrize(
    ("center", "width"), [("0", "0"), ("nan", "nan"), ("1e38", "1e38"), ("5", "-3")]
)
def test_that_a_window_that_shows_nothing_is_told_and_left_out(
    write_film, center: str, width: str
) -> None:
    path = write_film()
    _patch(path, WindowCenter=center, WindowWidth=width)
    header = read_header(path)[0]
    assert header.grayscale.windows == ()
    assert any("cannot be used" in notice for notice in header.notices)


def test_that_a_linear_window_narrower_than_1_is_left_out_but_an_exact_one_kept(
    write_film,
) -> None:
    narrow = {"WindowCenter": "0.5", "WindowWidth": "0.5"}
    assert _grayscale(write_film, **narrow).windows == ()
    exact = _grayscale(write_film, VOILUTFunction="LINEAR_EXACT", **narrow)
    assert exact.windows[0].width == 0.5


def test_that_centers_without_widths_are_told(write_film) -> None:
    path = write_film(WindowCenter=["1", "2"], WindowWidth=["10"])
    header = read_header(path)[0]
    assert len(header.grayscale.windows) == 1
    assert "2 window centers but 1 widths" in header.notices


@pytest.mark.parametrize("slope", ["0", "nan", "inf", "1,5", "abc"])
def test_that_a_film_with_an_unusable_slope_is_refused(write_film, slope: str) -> None:
    path = write_film()
    _patch(path, RescaleSlope=slope)
    with pytest.raises(UnsupportedImageError, match="Slope"):
        read_header(path)


def test_that_a_modality_lut_is_read_with_its_first_mapped_value(write_film) -> None:
    item = _lut("x", [3, 0xFFFE, 16], bytes([1, 0, 2, 0, 0, 1]))
    found = _grayscale(write_film, PixelRepresentation=1, ModalityLUTSequence=[item])
    assert found.modality_lut == LookupTable((1, 2, 256), -2, 16, "x")


def test_that_the_first_mapped_value_of_unsigned_pixels_is_unsigned(write_film) -> None:
    item = _lut("x", [2, 0xFFFE, 16], bytes(4))
    found = _grayscale(write_film, ModalityLUTSequence=[item])
    assert found.modality_lut is not None
    assert found.modality_lut.first_mapped == 65534


def test_that_a_film_with_a_damaged_modality_lut_is_refused(write_film) -> None:
    item = _lut("x", [4, 0, 16], bytes(4))  # four entries declared, two there
    with pytest.raises(UnsupportedImageError, match="Modality LUT"):
        read_header(write_film(ModalityLUTSequence=[item]))


def test_that_a_damaged_voi_lut_is_told_and_the_others_kept(write_film) -> None:
    good = _lut("good", [2, 0, 8], bytes([0, 255]))
    bad = _lut("bad", [4, 0, 16], bytes(4))
    header = read_header(write_film(VOILUTSequence=[bad, good]))[0]
    assert header.grayscale.voi_luts == (LookupTable((0, 255), 0, 8, "good"),)
    assert "A VOI LUT is damaged and was left out" in header.notices


def test_that_bits_of_a_lut_are_raised_to_what_its_entries_need(write_film) -> None:
    # 12 bits declared, but 8191 = 2^13 - 1 is there.
    item = _lut("x", [2, 0, 12], bytes([0, 0, 0xFF, 0x1F]))
    found = _grayscale(write_film, VOILUTSequence=[item])
    assert found.voi_luts[0].bits == 13


def test_that_0_entries_stand_for_65536(write_film) -> None:
    item = _lut("x", [0, 0, 16], bytes(2 * 65536))
    found = _grayscale(write_film, VOILUTSequence=[item])
    assert len(found.voi_luts[0].entries) == 65536


def test_that_padding_reaches_to_its_range_limit_in_either_order(write_film) -> None:
    found = _grayscale(write_film, PixelPaddingValue=40, PixelPaddingRangeLimit=30)
    assert found.padding == (30, 40)


def test_that_a_negative_padding_value_written_as_unsigned_is_negative(
    write_film,
) -> None:
    path = write_film(PixelRepresentation=1)
    _patch(path, PixelPaddingValue=63536)  # 65536 - 2000
    assert read_header(path)[0].grayscale.padding == (-2000, -2000)


def test_that_the_rescale_of_each_frame_comes_from_its_functional_groups(
    write_film,
) -> None:
    groups = []
    for intercept in ("-10", "-20"):
        rescale, group = Dataset(), Dataset()
        rescale.RescaleSlope, rescale.RescaleIntercept = "2", intercept
        rescale.RescaleType = "US"
        group.PixelValueTransformationSequence = [rescale]
        groups.append(group)
    path = write_film(
        NumberOfFrames=2, PerFrameFunctionalGroupsSequence=groups, pixels=bytes(16)
    )
    first, second = read_header(path)
    assert (first.grayscale.rescale_intercept, first.frame) == (-10.0, 0)
    assert (second.grayscale.rescale_intercept, second.frame) == (-20.0, 1)


def _patch(path, **elements: object) -> None:
    """Write values that pydicom refuses to write."""
    from pydicom import dcmread
    from pydicom.datadict import tag_for_keyword
    from pydicom.dataelem import DataElement

    dataset = dcmread(path)
    for keyword, value in elements.items():
        tag = tag_for_keyword(keyword)
        if isinstance(value, int):
            dataset.add_new(tag, "US", value)
        else:
            # LO holds any text; the bytes on disk get the real VR below.
            dataset[tag] = DataElement(tag, "LO", value)
    dataset.save_as(path)
    content = path.read_bytes()
    for keyword, value in elements.items():
        if isinstance(value, str):
            tag = tag_for_keyword(keyword)
            head = tag.to_bytes(4, "big")
            place = bytes([head[1], head[0], head[3], head[2]])
            content = content.replace(place + b"LO", place + b"DS")
    path.write_bytes(content)
